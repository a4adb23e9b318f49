import { listed } from '../../words.ts';
import { dockerfilePath } from '../builds.ts';
import { dockerfileRule } from '../dockerfile-rule.ts';
import { everyInstall } from '../installs.ts';
import { dockerDocs } from '../sources.ts';

export const multiStage = dockerfileRule({
  id: 'multi-stage',
  severity: 'info',
  title: 'What is needed to build an app is not in its image',
  why: 'With one stage the package manager, compilers and development dependencies are shipped: larger, slower to pull, and more to break into.',
  fix: 'Install and build in a stage of its own, and `COPY --from` what runs.',
  source: dockerDocs('build/building/multi-stage/'),
  check: ({ dockerfile }) => {
    const first = dockerfile.stages[0];
    // A Dockerfile that only configures an image has nothing to leave behind.
    const isNeeded = dockerfile.stages.length === 1 && everyInstall(dockerfile).length > 0;
    return isNeeded && first ? [{ line: first.line, message: 'has one stage' }] : [];
  },
});

export const stageNames = dockerfileRule({
  id: 'stage-names',
  severity: 'info',
  title: 'An app that is developed in containers has a development and a production stage',
  why: 'With both in one Dockerfile, development runs on the same base and dependencies as production.',
  fix: 'Name the stages development and production, and set `build.target` in the overlays.',
  source: dockerDocs('build/building/multi-stage/#stop-at-a-specific-build-stage'),
  check: ({ project, file, dockerfile }) => {
    // Who develops without containers needs no stage for it.
    const isDevelopedIn = project.combinations.some(
      ({ purpose, model }) =>
        purpose === 'development' &&
        Object.values(model.services).some((service) => dockerfilePath(project, service) === file.path),
    );
    if (!isDevelopedIn || everyInstall(dockerfile).length === 0) return [];
    const names = dockerfile.stages.map(({ name = '' }) => name.toLowerCase());
    // The last stage is what is built where none is named.
    const isLastForServers = names.length > 1 && !isDevelopment(names.at(-1) ?? '');
    const hasProduction = isLastForServers || names.some((name) => /^prod(?:uction)?$/.test(name));
    const missing = [...(names.some(isDevelopment) ? [] : ['development']), ...(hasProduction ? [] : ['production'])];
    return missing.length > 0 ? [{ line: 1, message: `no stage is named ${listed(missing, 'or')}` }] : [];
  },
});

function isDevelopment(stage: string): boolean {
  return /^dev(?:elopment)?$/.test(stage);
}
