import { parseImage } from '../image.ts';
import { dockerDocs } from '../sources.ts';
import { serviceRule } from '../view.ts';

export const registryImageNotBuilt = serviceRule({
  id: 'registry-image-not-built',
  severity: 'info',
  title: 'What production pulls from a registry it cannot build',
  why: 'With both an image of a registry and a build context, a server builds what it cannot pull: it then runs something that was never tested and has the same name.',
  fix: 'Keep `build` in the base or production free of it and in an overlay of its own for the machine that builds.',
  source: dockerDocs('reference/compose-file/build/#using-build-and-image'),
  scope: 'production',
  of: ({ service }) => service.build !== undefined,
  at: ['build'],
  check: ({ service: { image = '' } }) => {
    const first = image.split('/')[0] ?? '';
    const isOfRegistry = image.includes('/') && /[.:]/.test(first) && !/^(?:localhost|127\.)/.test(first);
    return isOfRegistry && parseImage(image) ? `${image} is pulled or built, whichever works` : undefined;
  },
});
