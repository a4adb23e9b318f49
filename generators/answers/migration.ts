import { splitCommand } from './command.ts';
import { loaderOptions } from './node-options.ts';

/** How the migrations of a Node app run. */
export interface Migration {
  readonly command: readonly string[];
  /**
   * Whether they run in an image of their own, with the development dependencies: there the tools for it are, as a
   * rule. What `node` starts without a loader was built, or needs no build, and runs in the image of the app.
   */
  readonly ownImage: boolean;
}

const tools: Readonly<Record<string, readonly string[]>> = {
  // Neither asks anything nor makes migrations: applies what is there and not applied yet.
  prisma: ['prisma', 'migrate', 'deploy'],
  drizzle: ['drizzle-kit', 'migrate'],
};

/** The answer `migrate` of a Node app as a command; undefined for none. */
export function migrationOf(answer: string | undefined): Migration | undefined {
  if (answer === undefined || answer === 'none') return undefined;
  const tool = Object.hasOwn(tools, answer) ? tools[answer] : undefined;
  const command = tool ?? splitCommand(answer) ?? [];
  const loads = command.some((word) => loaderOptions.test(word.replace(/=.*/, '')));
  return { command, ownImage: command[0] !== 'node' || loads };
}
