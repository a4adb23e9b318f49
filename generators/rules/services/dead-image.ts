import { baseReference, buildOf } from '../builds.ts';
import { dockerfileViews } from '../dockerfile-rule.ts';
import { endOfLifeOf } from '../end-of-life.ts';
import { parseImage } from '../image.ts';
import type { Project, Rule, Violation } from '../types.ts';
import { services, violation } from '../view.ts';

export const noDeadImage: Rule = {
  id: 'no-dead-image',
  severity: 'error',
  title: 'No image is past its end of life',
  why: 'An image without releases gets no security fixes, and clients and base systems move on without it.',
  fix: 'Move to a supported version; for databases that is a dump and restore or an upgrade, never only a new tag.',
  source: 'https://endoflife.date/',
  check: (project) => [...ofServices(project), ...ofDockerfiles(project)],
};

function ofServices(project: Project): readonly Violation[] {
  return [...services(project, 'every')].flatMap((view) => {
    // What a Dockerfile is built on is reported there.
    if (buildOf(project, view.service)?.file) return [];
    const reason = dead(project, baseReference(project, view.service));
    return reason === undefined ? [] : [violation(view, ['image'], reason)];
  });
}

function ofDockerfiles(project: Project): readonly Violation[] {
  return dockerfileViews(project).flatMap(({ file, dockerfile }) =>
    dockerfile.stages.flatMap((stage) => {
      const reason = dead(project, stage.from);
      return reason === undefined ? [] : [{ file: file.path, line: stage.line, message: reason }];
    }),
  );
}

function dead(project: Project, reference: string | undefined): string | undefined {
  const image = reference === undefined ? undefined : parseImage(reference);
  const reason = image && endOfLifeOf(image, project.today);
  return reason === undefined ? undefined : `${reference}: ${reason}`;
}
