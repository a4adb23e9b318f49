export { type DotEnv, readDotEnv } from './dotenv.ts';
export type { PlacedUse } from './expand.ts';
export type { Files } from './files.ts';
export { type Loaded, type LoadOptions, loadCompose } from './load.ts';
export type { ComposeProblem, ProblemCode } from './problem.ts';
export { type ComposeProject, type FileCombination, findProjects } from './projects.ts';
export type { Purpose } from './purposes.ts';
export type { Place } from './tree.ts';
