/** Where servers get the images of apps from: decided here for all services, so that no block has to know. */
import type { Answers } from '../answers/schema.ts';
import type { EnvVar, Service, Value } from './types.ts';
import { envPrefix, variable } from './values.ts';

/** The variable with the tag that all images of apps have. */
export const imageTag = 'IMAGE_TAG';

interface Settled {
  readonly services: readonly Service[];
  readonly env: readonly EnvVar[];
}

/**
 * Puts the images of apps where the answers want them. Built on the host, they have a name without a registry, and a
 * tag that may stay as it is; pulled, each has a variable with its place, and the tag has to be said: a server that
 * runs whatever is newest can neither be told apart from another nor go back.
 */
export function settleImages({ services, env }: Settled, { name: stack, images }: Answers): Settled {
  if (images?.from !== 'registry') return { services, env };
  const names = new Map(
    services.flatMap(({ image }) => {
      const name = nameOf(image);
      return name === undefined ? [] : [[name, imageVariable(stack, name)] as const];
    }),
  );
  return {
    services: services.map((service) => {
      const name = nameOf(service.image);
      const own = name === undefined ? undefined : names.get(name);
      return own === undefined
        ? service
        : { ...service, image: [variable(own), ':', variable(imageTag)], pulled: true };
    }),
    env: [
      ...env.map((one) => (one.name === imageTag ? required(one) : one)),
      ...[...names].map(
        ([name, own], index): EnvVar => ({
          name: own,
          meaning: index === 0 ? 'Where the images of the apps are, without their tag.' : '',
          kind: 'optional',
          default: `${images.prefix}/${name}`,
          group: 'Stack',
        }),
      ),
    ],
  };
}

/** `shop-api`, of an image that this stack builds. */
function nameOf(image: Value): string | undefined {
  if (typeof image === 'string') return undefined;
  const last = image.at(-1);
  return typeof last === 'object' && last.variable === imageTag ? image.slice(0, -1).join('').slice(0, -1) : undefined;
}

/** `API_IMAGE` for `shop-api`. */
function imageVariable(stack: string, image: string): string {
  return `${envPrefix(image.slice(stack.length + 1))}_IMAGE`;
}

function required({ default: _none, ...one }: EnvVar): EnvVar {
  return {
    ...one,
    meaning:
      'The tag of the images that run: a release. docs/DEPLOYMENT.md says how a new one comes in, and how one goes back.',
    kind: 'required',
    // Development builds its own images, and only has to get past the question.
    developmentValue: 'dev',
  };
}
