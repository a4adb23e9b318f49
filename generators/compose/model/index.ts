export { readDotEnv } from './dotenv.ts';
export type { Files } from './files.ts';
export { type Loaded, loadCompose } from './load.ts';
export type { ComposeProblem } from './problem.ts';
export { type ComposeProject, type FileCombination, findProjects } from './projects.ts';
export { defaultFiles, defaultOverrides, isDefaultName, isOverride, type Purpose } from './purposes.ts';
