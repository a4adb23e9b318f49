import { baseImageOf, inheritedInstructions, scriptOf } from '../dockerfile.ts';
import { dockerfileRule } from '../dockerfile-rule.ts';
import { parseImage, versionOf } from '../image.ts';
import { commands } from '../shell.ts';
import { github } from '../sources.ts';

export const noMissingCorepack = dockerfileRule({
  id: 'no-missing-corepack',
  severity: 'error',
  title: 'Corepack is used only where the image has it',
  why: 'Images of Node 25 and later have no corepack: the build ends with "corepack: not found", exit status 127.',
  fix: 'Install the package manager itself: `npm install --global pnpm@10`.',
  source: github('nodejs/docker-node/blob/main/README.md'),
  check: ({ dockerfile }) =>
    dockerfile.stages.flatMap((stage) => {
      const image = parseImage(baseImageOf(dockerfile, stage));
      if (image?.repository !== 'node' || (versionOf(image.tag)[0] ?? 0) < 25) return [];
      const order = inheritedInstructions(dockerfile, stage);
      const installed = order.findIndex((one) => /\bnpm\b.*\s(?:-g|--global)\b.*\bcorepack\b/.test(scriptOf(one)));
      return stage.instructions
        .filter(({ keyword }) => keyword === 'RUN')
        .filter((run) => commands(scriptOf(run)).some(({ words }) => words[0] === 'corepack'))
        .filter((run) => installed < 0 || installed > order.indexOf(run))
        .map(({ line }) => ({ line, message: `node:${image.tag} has no corepack` }));
    }),
});
