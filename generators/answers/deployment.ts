/** The answers about where and how a stack runs. */
import * as v from 'valibot';
import { postgres, redis } from './externals.ts';
import { cores, imagePrefix, logSize, memory, targetName } from './names.ts';

export const secrets = v.strictObject({
  from: v.pipe(
    v.picklist(['env', 'files', 'infisical']),
    v.description(
      'Where containers get secrets from. env: variables, from .env; files: one file each, in secrets/; infisical: such files, written by its agent.',
    ),
  ),
});

export const images = v.variant('from', [
  v.strictObject({
    from: v.pipe(v.literal('build'), v.description('build: the host builds them.')),
  }),
  v.strictObject({
    from: v.pipe(v.literal('registry'), v.description('registry: the host pulls them.')),
    prefix: v.pipe(imagePrefix, v.description('Where they are: ghcr.io/acme.')),
  }),
]);

/** Hosts of a usual size. */
export const sizes = ['small', 'medium', 'large'] as const;

/** What may be another one on the host of a target. */
export const targetExternals = ['postgres', 'redis', 'cache'] as const;

const target = v.strictObject({
  size: v.optional(
    v.pipe(v.picklist(sizes), v.description('A host of a usual size, which the limits are fitted into.')),
  ),
  host: v.optional(v.pipe(v.strictObject({ memory, cpus: cores }), v.description('The host, if it has another size.'))),
  postgres: v.optional(v.pipe(postgres, v.description('PostgreSQL there, if another one.'))),
  redis: v.optional(v.pipe(redis, v.description('Redis there, if another one.'))),
  cache: v.optional(v.pipe(redis, v.description('The cache there, if another one.'))),
});

export const targets = v.pipe(
  v.record(targetName, target),
  v.description(
    'Hosts that it runs on, each with an overlay of its own: selfhosted, digitalocean, small, medium, large.',
  ),
);

export const logs = v.strictObject({
  size: v.pipe(logSize, v.description('The size at which the log of a container is rotated: 10m.')),
  files: v.pipe(
    v.number('must be a number'),
    v.integer('must be a whole number'),
    v.minValue(1, 'must be 1 or more'),
    v.maxValue(100, 'must be 100 or less'),
    v.description('How many files of it are kept.'),
  ),
});

export const restart = v.pipe(
  v.picklist(['unless-stopped', 'always']),
  v.description(
    'When a container that has ended is started again. unless-stopped: not what was stopped by hand; always: that too, after a reboot.',
  ),
);

export const makefile = v.pipe(
  v.boolean(),
  v.description('Whether a Makefile has the commands of production under short names: make prod-up.'),
);
