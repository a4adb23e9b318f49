/** `add worker --for api`: a further process of an app of theirs, from its image and with its settings. */

import * as v from 'valibot';
import { splitCommand } from '../answers/command.ts';
import { merge } from '../answers/map.ts';
import { roleName } from '../answers/names.ts';
import { defaultGrace, worker } from '../answers/stacks/common.ts';
import { writeYaml } from '../compose/yaml.ts';
import type { Data } from '../data.ts';
import { mapOf } from '../data.ts';
import { UserError } from '../errors.ts';
import { inFolder } from '../paths.ts';
import type { ForeignContext, ForeignPlan, ForeignWish } from './add.ts';
import { likelyApps, type TargetApp, targetApp } from './app.ts';
import type { FileEdits } from './connect.ts';
import { conventionsOf } from './conventions.ts';
import { environmentOf, textOf } from './data.ts';
import { isWhole } from './places.ts';
import { proveAdded } from './proof.ts';
import { composeCommand } from './report.ts';
import { declared, serviceNamed } from './services.ts';
import type { ComposeSource, Foreign } from './types.ts';
import { composeOutcomes } from './written.ts';

/** What can be said for a role, and what it is called without a name of its own. */
export const roleWords = ['worker', 'queue', 'scheduler', 'horizon', 'celery', 'beat', 'cron'] as const;
export type RoleWord = (typeof roleWords)[number];

export const isRole = (word: string): word is RoleWord => (roleWords as readonly string[]).includes(word);

/** Commands that every app of a framework has. */
const usual: Readonly<Record<string, Partial<Readonly<Record<RoleWord, string>>>>> = {
  laravel: {
    worker: 'php artisan queue:work --tries=3 --max-time=3600',
    queue: 'php artisan queue:work --tries=3 --max-time=3600',
    scheduler: 'php artisan schedule:work',
    horizon: 'php artisan horizon',
  },
};

/** A command that could be meant, where nothing is known. */
const examples: Readonly<Record<string, string>> = {
  node: 'node worker.js',
  python: 'python worker.py',
  fastapi: 'python worker.py',
  laravel: 'php artisan queue:work',
};

/**
 * What a role has as its app does: the same program with the same settings and the same rights. Not what the app is reached
 * by: ports, names, labels of a proxy, its health check.
 */
const inherited = [
  'image',
  'build',
  'platform',
  'pull_policy',
  'profiles',
  'user',
  'group_add',
  'working_dir',
  'init',
  'environment',
  'env_file',
  'secrets',
  'configs',
  'depends_on',
  'networks',
  'network_mode',
  'volumes',
  'extra_hosts',
  'dns',
  'read_only',
  'tmpfs',
  'shm_size',
  'cap_drop',
  'cap_add',
  'security_opt',
  'logging',
  'restart',
  'mem_limit',
  'cpus',
  'pids_limit',
  'deploy',
];

/**
 * A role beside an app of theirs.
 * @throws UserError `usage` where nobody says what it runs, `answers`, `repo`
 */
export function planRole(
  foreign: Foreign,
  word: RoleWord,
  wish: Pick<ForeignWish, 'name' | 'settings' | 'for'>,
  context: ForeignContext,
): ForeignPlan {
  const app = oneApp(foreign, word, wish.for, context);
  const key = roleKey(word, wish.name);
  const name = `${app.service.name}-${key}`;
  if (serviceNamed(foreign, name))
    return { outcomes: [], services: [], notes: [`There is a service ${name} already: nothing to do.`], next: [] };
  const role = roleOf(app, word, key, wish.settings);
  const parts = app.service.sources.flatMap((source) => roleEdits(foreign, source, app, { name, key, role }));
  const outcomes = composeOutcomes(foreign, parts, `${name}: the new role`);
  proveAdded(foreign, outcomes, { services: [name] });
  return {
    outcomes,
    services: [name],
    notes: literalSecrets(app, name),
    next: [`${composeCommand(foreign)} up -d --build ${name}`],
  };
}

type Role = v.InferOutput<typeof worker>;

function oneApp(foreign: Foreign, word: string, named: readonly string[], { detected }: ForeignContext): TargetApp {
  const [first, ...others] = named.length > 0 ? named : likelyApps(foreign);
  if (first !== undefined && others.length === 0) return targetApp(foreign, first, detected);
  const names = named.length > 0 ? named : likelyApps(foreign);
  throw new UserError('usage', `Which app is the ${word} of?`, {
    hint: names.length > 0 ? `One of: ${names.map((name) => `--for ${name}`).join(', ')}` : '--for SERVICE',
  });
}

function roleKey(word: RoleWord, name: string | undefined): string {
  const result = v.safeParse(roleName, name ?? word);
  if (result.success) return result.output;
  // `scheduler` is the name of a role of ours; theirs may be called so.
  if (name === undefined) return word;
  throw new UserError('usage', `${JSON.stringify(name.slice(0, 60))} ${result.issues[0].message}.`, {
    hint: `For example: create-prodstack add ${word} mails`,
  });
}

/** What was said of it, what the sources say, what every app of the framework has. */
function roleOf(app: TargetApp, word: RoleWord, key: string, settings: readonly unknown[]): Role {
  const said = settings.reduce<unknown>(merge, {});
  const { apps, ...short } = mapOf(said);
  const own = Object.values(mapOf(apps)).map((one) => mapOf(mapOf(one)['workers'])[key]);
  const found = app.detected?.found as { readonly workers?: { readonly value: unknown } } | undefined;
  const workers = mapOf(found?.workers?.value);
  const names = Object.keys(workers);
  const detected = workers[key] ?? (names.length === 1 ? workers[names[0] ?? ''] : undefined);
  const framework = usual[app.detected?.stack ?? '']?.[word];
  const values = [detected ?? (framework === undefined ? {} : { start: framework }), ...own, short].reduce<unknown>(
    merge,
    {},
  );
  const result = v.safeParse(worker, values);
  if (result.success && splitCommand(result.output.start)) return result.output;
  if (!('start' in mapOf(values)))
    throw new UserError('usage', `What does the ${word} of ${app.service.name} run? Nothing here says it.`, {
      hint: `Name its command: --set start='${examples[app.detected?.stack ?? ''] ?? 'PROGRAM ARGUMENTS'}'`,
    });
  const [issue] = result.success ? [] : result.issues;
  throw new UserError('answers', 'The answers about the role are wrong.', {
    problems: [
      {
        path: issue?.path?.map((item) => String(item.key)).join('.') ?? 'start',
        message: issue?.message ?? 'has an open quote',
      },
    ],
    hint: 'They are: start, grace, health, limits.',
  });
}

/** What one file gets: where the app is declared, the role is; where it is changed, the role is in the same way. */
function roleEdits(
  foreign: Foreign,
  source: ComposeSource,
  app: TargetApp,
  { name, key, role }: { readonly name: string; readonly key: string; readonly role: Role },
): readonly FileEdits[] {
  const its = declared(source, app.service.name);
  refuseTags(foreign, source, app.service.name);
  const same = Object.fromEntries(inherited.flatMap((one) => (one in its ? [[one, its[one]]] : [])));
  const value = isWhole(source, app.service.name) ? { ...same, ...ownOf(foreign, source, app, role, same) } : same;
  if (Object.keys(value).length === 0) return [];
  const comment = isWhole(source, app.service.name)
    ? `# ${key} of ${app.service.name}: its image, its settings.\n`
    : '';
  return [
    { source, edits: [{ op: 'set', path: ['services', name], value, text: comment + writeYaml({ [name]: value }) }] },
  ];
}

/** What is the role's own. */
function ownOf(foreign: Foreign, source: ComposeSource, app: TargetApp, role: Role, same: Data): Data {
  const { restart } = conventionsOf(foreign, source);
  const says = app.service.model.restart !== undefined || app.service.model.deploy?.restart_policy !== undefined;
  const probe = role.health === undefined ? undefined : splitCommand(role.health);
  return {
    command: splitCommand(role.start),
    // An entrypoint may wait for things and prepare others: it goes with the image.
    ...(declared(source, app.service.name)['entrypoint'] !== undefined && {
      entrypoint: declared(source, app.service.name)['entrypoint'],
    }),
    ...(same['restart'] === undefined && !says && { restart }),
    ...(probe
      ? { healthcheck: { test: ['CMD', ...probe], interval: '60s', timeout: '15s', start_period: '60s' } }
      : hasHealthcheck(foreign, source, app)
        ? { healthcheck: { disable: true } }
        : {}),
    stop_grace_period: `${role.grace ?? defaultGrace}s`,
  };
}

/** Whether the image asks the app for something that no other process of it answers. */
function hasHealthcheck({ repo }: Foreign, source: ComposeSource, { folder, service }: TargetApp): boolean {
  if (folder === undefined) return false;
  const { build } = declared(source, service.name);
  const file = textOf(mapOf(build)['dockerfile']) ?? 'Dockerfile';
  return /^\s*HEALTHCHECK\s+(?!NONE)/im.test(repo.read(inFolder(folder, file)) ?? '');
}

/** `!reset` and `!override` say how a value is laid over another: a copy of the value would say something else. */
function refuseTags({ repo }: Foreign, { path }: ComposeSource, service: string): void {
  if (!/:\s+!(?:reset|override)\b/.test(repo.read(path) ?? '')) return;
  throw new UserError(
    'repo',
    `${path} has !reset or !override, and what they do for ${service} cannot be copied safely.`,
    {
      hint: `Write the role by hand, with \`extends: { service: ${service} }\`.`,
    },
  );
}

/** Values that are secrets and stand in their file are in it twice now. */
function literalSecrets({ service }: TargetApp, name: string): readonly string[] {
  const literal = service.sources.flatMap((source) =>
    Object.entries(environmentOf(declared(source, service.name)['environment'])).flatMap(([key, value]) =>
      /PASSWORD|SECRET|TOKEN|API_?KEY/.test(key) && value !== undefined && value !== '' && !value.includes('$')
        ? [key]
        : [],
    ),
  );
  return literal.length === 0
    ? []
    : [
        `${literal.join(', ')} of ${service.name} stands in the compose file itself, and so now for ${name} too: .env is the place for it.`,
      ];
}
