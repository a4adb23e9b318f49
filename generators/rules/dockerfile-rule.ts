import {
  type Dockerfile,
  dockerfileOf,
  type Instruction,
  inheritedInstructions,
  productionStage,
  type Stage,
} from './dockerfile.ts';
import type { DockerfileText, Project, Rule, RuleText } from './types.ts';

/** One Dockerfile, taken apart. */
export interface DockerfileView {
  readonly project: Project;
  readonly file: DockerfileText;
  readonly dockerfile: Dockerfile;
  /** The stage that servers run. */
  readonly production: Stage;
  /** What makes the production image: all of its instructions, inherited ones included. */
  readonly shipped: readonly Instruction[];
}

interface Complaint {
  readonly line: number;
  readonly message: string;
}

interface DockerfileCheck extends RuleText {
  readonly check: (view: DockerfileView) => readonly Complaint[];
}

/** A rule that looks at each Dockerfile on its own. */
export function dockerfileRule({ check, ...text }: DockerfileCheck): Rule {
  return {
    ...text,
    check: (project) =>
      dockerfileViews(project).flatMap((view) =>
        check(view).map((complaint) => ({ ...complaint, file: view.file.path })),
      ),
  };
}

/** Those of production: what only developers run may be as it likes. */
export function dockerfileViews(project: Project): readonly DockerfileView[] {
  return project.dockerfiles.flatMap((file) => {
    if (file.development) return [];
    const dockerfile = dockerfileOf(file);
    const production = productionStage(dockerfile);
    if (!production) return [];
    return [{ project, file, dockerfile, production, shipped: inheritedInstructions(dockerfile, production) }];
  });
}

/** All instructions of all stages, with their stage. */
export function* everyInstruction(dockerfile: Dockerfile): Generator<readonly [Stage, Instruction]> {
  for (const stage of dockerfile.stages) for (const instruction of stage.instructions) yield [stage, instruction];
}
