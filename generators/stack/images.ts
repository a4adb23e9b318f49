import catalogue from '../../templates/images.json' with { type: 'json' };

/**
 * The pinned reference of an image, from `templates/images.json`, the one place where versions live.
 * @throws Error when the catalogue has no such image: a block asks for one that was never pinned (a bug)
 */
export function image(name: keyof typeof catalogue): string {
  return catalogue[name];
}
