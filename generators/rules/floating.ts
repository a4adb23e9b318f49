import { parseImage } from './image.ts';
import { imageFacts } from './image-facts.ts';

/** Releases of Debian and Ubuntu by their names. */
const codename = /^(?:buster|bullseye|bookworm|trixie|forky|focal|jammy|noble|resolute)(?:-|$)/;

/** What is wrong with a reference that does not name a version. */
export function floating(reference: string | undefined): string | undefined {
  const image = reference === undefined ? undefined : parseImage(reference);
  if (!image || image.digest !== undefined) return undefined;
  const { tag } = image;
  if (tag === undefined) return `image ${reference} has no tag, which means latest`;
  // Of images that are not known, a tag without a number may be somebody's own.
  const isNamed = /\d/.test(tag) || codename.test(tag) || imageFacts(reference) === undefined;
  return /^(?:latest|nightly)(?:-|$)/.test(tag) || !isNamed
    ? `the tag of ${reference} moves with every release`
    : undefined;
}
