import { folderOf } from '../../../paths.ts';
import type { Warn } from '../findings.ts';
import type { Source } from '../source.ts';
import type { Evidence, Uses } from '../types.ts';
import type { View } from '../view.ts';
import type { Deployment } from './deployment.ts';
import { dependencyOf, type Project } from './project.ts';

/** What the detectors of one Python app share. */
export interface PythonContext {
  readonly view: View;
  readonly project: Project;
  readonly sources: readonly Source[];
  /** How a Dockerfile or Procfile that is there starts it. */
  readonly deployment: Deployment;
  readonly uses: Uses;
  readonly warn: Warn;
}

/** What shows that a folder is a project of this kind: a dependency, else any manifest. */
export function manifestOf({ view, project }: PythonContext, ...packages: readonly string[]): Evidence {
  const { pyproject, pipfile, requirementsFile } = project;
  const file = pyproject?.path ?? pipfile?.path ?? requirementsFile;
  return (
    dependencyOf(project, ...packages)?.evidence ?? {
      file: file ?? view.files.find((path) => folderOf(path) === project.folder) ?? project.folder,
    }
  );
}
