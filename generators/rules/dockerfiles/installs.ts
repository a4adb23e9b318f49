import { inheritedInstructions } from '../dockerfile.ts';
import { dockerfileRule } from '../dockerfile-rule.ts';
import { everyInstall, installedBefore, installsOf } from '../installs.ts';
import { dockerDocs } from '../sources.ts';

export const cacheMount = dockerfileRule({
  id: 'cache-mount',
  severity: 'info',
  title: 'Installs of dependencies use a cache mount',
  why: 'Otherwise one changed dependency downloads all of them again, and the cache of the package manager ends in a layer.',
  fix: 'Write `RUN --mount=type=cache,target=/root/.npm npm ci`, with the folder of your package manager.',
  source: dockerDocs('build/cache/optimize/#use-cache-mounts'),
  check: ({ dockerfile }) =>
    everyInstall(dockerfile)
      .filter(({ run }) => !run.flags.some((flag) => flag.startsWith('--mount=') && flag.includes('type=cache')))
      .map(({ run, command }) => ({ line: run.line, message: `${command} has no cache mount` })),
});

export const frozenLockfile = dockerfileRule({
  id: 'frozen-lockfile',
  severity: 'warning',
  title: 'Installs take exactly what the lockfile says',
  why: 'Otherwise the image contains what was newest when it was built: not what was tested, and not the same tomorrow.',
  fix: 'Use `npm ci`, `pnpm install --frozen-lockfile`, `yarn install --immutable`, `bun install --frozen-lockfile`, `uv sync --locked`, `pipenv sync`, or a requirements file, and copy the lockfile.',
  source: 'https://docs.npmjs.com/cli/commands/npm-ci',
  check: ({ dockerfile }) =>
    everyInstall(dockerfile).flatMap(({ run, command, loose }) =>
      loose === undefined ? [] : [{ line: run.line, message: `${command}: ${loose}` }],
    ),
});

export const depsBeforeSources = dockerfileRule({
  id: 'deps-before-sources',
  severity: 'info',
  title: 'Dependencies are installed before the sources are copied',
  why: 'A layer is built again when anything before it changes: after COPY . every edit of a source installs all dependencies.',
  fix: 'Copy the manifests and the lockfile, install, and then `COPY . .`.',
  source: dockerDocs('build/cache/optimize/#order-your-layers'),
  check: ({ dockerfile }) =>
    dockerfile.stages.flatMap((stage) => {
      const order = inheritedInstructions(dockerfile, stage);
      return installsOf(dockerfile, stage).flatMap(({ run, command }) => {
        const copied = order
          .slice(0, order.indexOf(run))
          .find(
            ({ keyword, flags, text }) =>
              (keyword === 'COPY' || keyword === 'ADD') &&
              !flags.some((flag) => flag.startsWith('--from=')) &&
              /^(?:\[")?\.\/?["\s]/.test(text),
          );
        // A second install, of the project itself, may follow the sources.
        if (!copied || installedBefore(dockerfile, stage, copied)) return [];
        return [{ line: run.line, message: `${command} comes after the sources (line ${copied.line})` }];
      });
    }),
});
