/** What a person should know before a plan is carried out, and no answer can hold. */
import type { Draft, Sources } from './answers/complete/types.ts';
import type { Answers } from './answers/schema.ts';
import type { Observation } from './disk/observe.ts';
import type { Baseline } from './plan/compare.ts';
import { secretWarnings } from './plan/secret-files.ts';
import { appEnvFile } from './stack/blocks/app.ts';
import { secretsFolder } from './stack/secrets.ts';
import type { Stack } from './stack/types.ts';

/** Warnings about this repo and this plan, each a sentence or two. */
export function warningsFor(
  { observation, sources }: { readonly observation: Observation; readonly sources: Sources },
  {
    answers,
    stack,
    draft,
    baseline,
  }: { readonly answers: Answers; readonly stack: Stack; readonly draft: Draft; readonly baseline: Baseline },
): readonly string[] {
  const all = [
    ...draft.warnings,
    ...missingExternals(answers),
    ...filledNulls(observation, stack),
    ...unreachedSettings(observation, answers, stack, sources),
    ...breakingChanges(answers, stack, baseline),
    ...secretWarnings(stack, observation),
    ...openSecrets(observation, stack),
  ];
  // Two apps of one workspace say the same of it.
  return [...new Set(all)];
}

/** The files of secrets are readable for containers, which run as other users: their folder must keep those out. */
function openSecrets(observation: Observation, { secrets }: Stack): readonly string[] {
  const mode = secrets.length === 0 ? undefined : observation.folderMode(secretsFolder);
  return mode === undefined || (mode & 0o077) === 0
    ? []
    : [`${secretsFolder}/ lets other users of this machine in, and its files are readable: chmod 700 ${secretsFolder}`];
}

/** Laravel's `.env` says `null` for no password. The stack has one, and so has it then. */
function filledNulls(observation: Observation, stack: Stack): readonly string[] {
  const text = observation.read('.env') ?? '';
  return stack.env
    .filter(
      ({ kind, name }) => kind === 'secret' && new RegExp(`^[ \\t]*${name}[ \\t]*=[ \\t]*null[ \\t]*$`, 'm').test(text),
    )
    .map(
      ({ name }) =>
        `.env: ${name} is null and gets a value, which the stack needs. A server on this machine without a password then refuses what is run outside of Docker: use that of the stack (development publishes it on 127.0.0.1), or set the password there.`,
    );
}

function missingExternals(answers: Answers): readonly string[] {
  return Object.entries(answers.apps).flatMap(([name, app]) =>
    app.uses
      .filter((key) => (key === 'postgres' || key === 'redis') && answers[key] === undefined)
      .map((key) => `apps.${name} uses ${key}, and the stack has none: its variables are not set.`),
  );
}

/** An app's own `.env` is read by nobody inside a container. Said until the file for it exists. */
function unreachedSettings(
  observation: Observation,
  answers: Answers,
  stack: Stack,
  { file }: Sources,
): readonly string[] {
  if (file !== undefined) return [];
  const ours = new Set(stack.env.map((variable) => variable.name));
  return Object.entries(answers.apps).flatMap(([name, app]) => {
    const target = appEnvFile(name);
    const own = stack.services.filter((service) => service.envFile === target);
    // What the compose file says itself, an env file cannot change.
    const said = new Set([
      ...own.flatMap((service) => Object.keys(service.environment)),
      // These are read when the image is built.
      ...(('buildVariables' in app ? app.buildVariables : undefined) ?? []),
      ...((app.stack === 'laravel' ? app.assets?.buildVariables : undefined) ?? []),
    ]);
    const source = app.path === '.' ? '.env' : `${app.path}/.env`;
    const text = observation.read(source);
    if (text === undefined || own.length === 0 || observation.raw(target)) return [];
    const names = [...text.matchAll(/^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=/gm)]
      .map((match) => match[1] ?? '')
      .filter((one) => !ours.has(one) && !said.has(one) && !one.startsWith('COMPOSE_'));
    if (names.length === 0) return [];
    return [
      `${source} does not reach the container of ${name}. Copy what it needs to ${target}: ${names.slice(0, 12).join(', ')}${names.length > 12 ? ', ...' : ''}`,
    ];
  });
}

/** Changes of a stack that may hold data already. */
function breakingChanges(answers: Answers, stack: Stack, baseline: Baseline): readonly string[] {
  const before = baseline[stack.composeFile] ?? '';
  const name = /^name: (\S+)$/m.exec(before)?.[1];
  const version = /^ +image: postgres:(\d+)/m.exec(before)?.[1];
  const warnings: string[] = [];
  if (name !== undefined && name !== answers.name) {
    warnings.push(
      `The stack was named ${name}: its containers go on under that name (docker compose --project-name ${name} down), and its volumes ${name}_... are not those of ${answers.name}.`,
    );
  }
  const wasShared = /@postgres:5432\/app"?$/m.test(before) && !/^ {2}postgres-setup:$/m.test(before);
  if (wasShared && answers.postgres?.separate !== undefined) {
    warnings.push(
      `Each app starts with an empty ${answers.postgres.separate === 'databases' ? 'database' : 'schema'} of its own; what they shared stays where it is (docs/DOCKER_TROUBLESHOOTING.md, "permission denied", says how to move it).`,
    );
  }
  if (version !== undefined && answers.postgres && Number(version) !== answers.postgres.version) {
    warnings.push(
      `PostgreSQL ${answers.postgres.version} cannot read the data of PostgreSQL ${version}: dump before the change, and load after it (docs/DOCKER_TROUBLESHOOTING.md, "database files are incompatible with server").`,
    );
  }
  return warnings;
}
