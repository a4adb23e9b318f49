/** The roles of a Node app beside `web`: how its migrations run, and how each role's entry is proven to be there. */
import { splitCommand } from '../../answers/command.ts';
import { type Migration, migrationOf } from '../../answers/migration.ts';
import { valuedOptions } from '../../answers/node-options.ts';
import type { NodeApp } from '../../answers/schema.ts';

/** What the app migrates with; undefined where it does not. */
export function nodeMigration({ migrate, standalone }: NodeApp): Migration | undefined {
  const migration = migrationOf(migrate);
  // The image of a standalone server has no packages beside its own.
  return migration && { ...migration, ownImage: migration.ownImage || standalone === true };
}

/**
 * Words that end with 0 in an image when a command can start there: its program is found and may be run, the files
 * that it names are there. They start nothing.
 */
export function nodeCheck(command: string | readonly string[]): readonly string[] {
  const [program = '', ...rest] = typeof command === 'string' ? (splitCommand(command) ?? []) : command;
  return ['node', '-e', checkSource, program, ...entryFiles(program, rest)];
}

// `require.resolve` finds what Node would: without the extension, the index of a folder, `main` of a package.
const checkSource = [
  "const { accessSync, constants } = require('node:fs')",
  'const [program, ...files] = process.argv.slice(1)',
  "const places = program.includes('/') ? [program] : process.env.PATH.split(':').map((folder) => folder + '/' + program)",
  'const runs = (place) => { try { accessSync(place, constants.X_OK); return true } catch { return false } }',
  "if (!places.some(runs)) throw new Error(program + ' is not there')",
  'for (const file of files) require.resolve(file)',
].join('; ');

/** The files among the arguments of a command: for `node` its script, for other programs what looks like a source. */
function entryFiles(program: string, args: readonly string[]): readonly string[] {
  const words = args.filter((word, index) => !word.startsWith('-') && !valuedOptions.test(args[index - 1] ?? ''));
  const files =
    program === 'node'
      ? args.some((word) => /^(?:-e|--eval|-p|--print)$/.test(word))
        ? []
        : words.slice(0, 1)
      : words.filter((word) => /\.[cm]?[jt]sx?$/.test(word));
  return files.map((file) => (/^(?:\/|\.\.?(?:\/|$))/.test(file) ? file : `./${file}`));
}
