import { finding, place } from '../findings.ts';
import { from, isInside, join } from '../paths.ts';
import { lineOf } from '../source.ts';
import type { Evidence, Finding } from '../types.ts';
import { carrierOf } from './bins.ts';
import type { NodeContext } from './context.ts';
import { inPackage } from './package.ts';
import { follow, type Program, startScripts } from './scripts.ts';

/** Scripts that apply migrations, those that say production first. */
const scriptNames = [
  'migrate:deploy',
  'migrate:prod',
  'migrate:production',
  'db:migrate:deploy',
  'db:migrate:prod',
  'db:deploy',
  'prisma:deploy',
  'prisma:migrate:deploy',
  'migration:run',
  'migrations:run',
  'migration:up',
  'migrate:up',
  'migrate:latest',
  'db:migrate',
  'migrate',
  'prisma:migrate',
];

/** Programs that apply migrations, with what makes a call of theirs one that does. */
const tools: readonly (readonly [RegExp, RegExp])[] = [
  [/^prisma$/, /^migrate (?:deploy|dev)\b/],
  [/^drizzle-kit$/, /^migrate\b/],
  [/^knex$/, /\bmigrate:(?:latest|up)\b/],
  [/^typeorm(?:-ts-node-\w+)?$/, /\bmigration:run\b/],
  [/^sequelize(?:-cli)?$/, /\bdb:migrate\b(?!:undo)/],
  [/^mikro-orm(?:-esm)?$/, /\bmigration:up\b/],
  [/^node-pg-migrate$/, /\bup\b/],
];

/** What migrates the database: a script, a step before the start, else what Prisma or Drizzle have in the repo. */
export function detectMigrate(context: NodeContext): Finding<string> | undefined {
  const found = fromScripts(context) ?? fromStart(context) ?? fromProcfile(context) ?? fromFiles(context);
  if (!found) warnOfPush(context);
  return found;
}

/** Whether a step before the start is what `migrate` does. */
export function migrates(context: NodeContext, step: string): boolean {
  return stepCommand(context, step) !== undefined;
}

/** A step as the answer `migrate`; undefined where it does not migrate. */
function stepCommand(context: NodeContext, step: string): string | undefined {
  const program = follow({ ...context.pack.scripts, [stepName]: step }, stepName);
  if (!program || !(isMigration(program.words) || scriptNames.includes(program.script))) return undefined;
  return commandOf(context, program);
}

/** No script of package.json can be called like this. */
const stepName = ' ';

function fromStart(context: NodeContext): Finding<string> | undefined {
  const { scripts } = context.pack;
  for (const name of startScripts) {
    const program = name in scripts ? follow(scripts, name) : undefined;
    const [command] = (program?.dropped ?? []).flatMap((step) => stepCommand(context, step) ?? []);
    if (program && command !== undefined) return finding(command, inPackage(context.pack, 'scripts', program.script));
  }
  return undefined;
}

function isMigration(words: readonly string[]): boolean {
  const [bin = '', ...args] = words;
  const name = bin.replace(/^.*\//, '');
  return tools.some(([program, call]) => program.test(name) && call.test(args.join(' ')));
}

function fromScripts(context: NodeContext): Finding<string> | undefined {
  const { pack, warn } = context;
  const all = scriptNames.flatMap((name) => {
    const program = name in pack.scripts ? follow(pack.scripts, name) : undefined;
    const command = program && commandOf(context, program);
    return command === undefined ? [] : [{ name, command }];
  });
  const [first] = all;
  if (!first) return undefined;
  const evidence = inPackage(pack, 'scripts', first.name);
  const other = all.find(({ command }) => command !== first.command);
  if (other)
    warn(
      `Two scripts migrate: ${first.name} (${place(evidence)}) and ${other.name} (${place(inPackage(pack, 'scripts', other.name))}). ${first.name} is used`,
    );
  return finding(first.command, evidence);
}

/** The release step of a platform that reads Procfile. */
function fromProcfile(context: NodeContext): Finding<string> | undefined {
  const { view, pack } = context;
  const file = join(pack.folder, 'Procfile');
  const text = view.read(file) ?? '';
  const step = /^release[ \t]*:[ \t]*(.+)$/m.exec(text)?.[1];
  const program = step === undefined ? undefined : follow({ ...pack.scripts, release: step }, 'release');
  const command = program && commandOf(context, program);
  const line = lineOf(text, /^release[ \t]*:/m);
  return command === undefined ? undefined : finding(command, { file, ...(line !== undefined && { line }) });
}

/** A program as the answer `migrate`; undefined where it is none that could run in an image. */
function commandOf(context: NodeContext, { words }: Program): string | undefined {
  const [bin = '', ...args] = words;
  const name = bin.replace(/^(?:\.\/)?node_modules\/\.bin\//, '');
  if (name === 'prisma') return isMigration(words) ? 'prisma' : undefined;
  if (name === 'drizzle-kit') {
    if (args[0] !== 'migrate') return undefined;
    return args.length === 1 ? 'drizzle' : ['drizzle-kit', ...args].join(' ');
  }
  // The image of the migrations has its programs on the PATH.
  if (name === 'node') return ['node', ...args.filter((word) => !word.startsWith('--env-file'))].join(' ');
  return carrierOf(context, name) ? [name, ...args].join(' ') : undefined;
}

function fromFiles(context: NodeContext): Finding<string> | undefined {
  const inside = (pattern: RegExp): Evidence | undefined => {
    const file = context.view.files.find(
      (one) => isInside(one, context.pack.folder) && pattern.test(from(context.pack.folder, one)),
    );
    return file === undefined ? undefined : { file };
  };
  const prisma = carrierOf(context, 'prisma') && inside(/^(?:src\/)?(?:prisma|db)\/migrations\/[^/]+\/migration\.sql$/);
  if (prisma) return finding('prisma', prisma);
  const config = carrierOf(context, 'drizzle-kit') && inside(/^drizzle\.config\.[cm]?[jt]s$/);
  return config && inside(/\/meta\/_journal\.json$/) ? finding('drizzle', config) : undefined;
}

/** A schema that is pushed has no migrations, and a push may drop what the new schema lacks. */
function warnOfPush({ view, pack, warn }: NodeContext): void {
  const schema = ['prisma/schema.prisma', 'drizzle.config.ts', 'drizzle.config.js'].find((file) =>
    view.has(join(pack.folder, file)),
  );
  const isOfPostgres = schema !== undefined && /postgres/i.test(view.read(join(pack.folder, schema)) ?? '');
  if (!isOfPostgres) return;
  const make = schema.startsWith('prisma') ? 'npx prisma migrate dev' : 'npx drizzle-kit generate';
  warn(
    `${join(pack.folder, schema)} has no migrations, so nothing makes its tables in production: make some (${make}) and commit them, or set migrate`,
  );
}
