/** Settings of apps whose names belong to something else, and buckets that are named twice. */
import type { Problem } from '../../errors.ts';
import { envPrefix, secretVariable } from '../env-names.ts';
import type { Answers, App } from '../schema.ts';

/** What the stack sets in the containers of an app, beside what no app may name (`settingName`). */
function setByStack(app: App, name: string): string | undefined {
  const by: readonly (readonly [boolean, RegExp, string])[] = [
    [
      app.stack === 'laravel',
      /^(?:APP_(?:ENV|DEBUG|KEY|URL)|LOG_(?:CHANNEL|LEVEL)|DB_.+|REDIS_.+|QUEUE_CONNECTION|CACHE_STORE|SESSION_DRIVER|BROADCAST_CONNECTION|REVERB_.+|PHP_MEMORY_LIMIT|FRANKENPHP_.+|GOMEMLIMIT|XDEBUG_.+)$/,
      'Laravel',
    ],
    [app.stack === 'python' && app.framework === 'django', /^DJANGO_SETTINGS_MODULE$/, 'settings'],
    [
      app.stack === 'python' && app.hosts !== undefined,
      exactly(app.stack === 'python' ? [app.hosts?.allowed, app.hosts?.origins] : []),
      'hosts',
    ],
    [
      app.uses.includes('storage'),
      /^(?:S3_(?:ENDPOINT|REGION|BUCKET.*|FORCE_PATH_STYLE)|AWS_.+|FILESYSTEM_DISK)$/,
      'storage',
    ],
    [app.uses.includes('mail'), /^(?:SMTP|MAIL|EMAIL)_.+$|^DEFAULT_FROM_EMAIL$/, 'mail'],
    [app.uses.includes('cache'), /^CACHE_URL$/, 'cache'],
    [app.uses.length > 0, exactly(app.uses.map((one) => `${envPrefix(one)}_URL`)), 'uses'],
    [true, /^(?:WAIT_FOR|SECRET_.+_URL)$/, 'secrets'],
  ];
  return by.find(([applies, names]) => applies && names.test(name))?.[2];
}

function exactly(names: readonly (string | undefined)[]): RegExp {
  return new RegExp(`^(?:${names.filter((one) => one !== undefined).join('|') || '(?!)'})$`);
}

/** What `.env` holds under the name of a Laravel app anyway. */
const laravelVariables =
  /^(?:KEY|URL|LOG_LEVEL|REVERB_KEY|REVERB_SECRET|WEBSOCKET_HOST|WEBSOCKET_PORT|WEBSOCKET_SCHEME|CHILDREN|THREADS|PHP_MEMORY|XDEBUG_MODE)$/;

/** What `.env` holds for the stack as a whole, in the form of a setting of an app called `s3`, say. */
const stackVariables =
  /^(?:IMAGE_TAG|COMPOSE_.+|S3_.+|SMTP_.+|MAIL_.+|STORAGE_.+|OIDC_.+|OTEL_.+|CACHE_.+|MQTT_.+|BACKUP_.+)$/;

/** Settings that would share a name with something else, in a container or in `.env`. */
export function settingNames(answers: Answers): readonly Problem[] {
  const taken = new Map<string, string>(
    Object.entries(answers.apps).flatMap(([name, app]) =>
      (('secrets' in app ? app.secrets : undefined) ?? []).map(
        (secret, index) => [secretVariable(name, secret), `apps.${name}.secrets.${index}`] as const,
      ),
    ),
  );
  return Object.entries(answers.apps).flatMap(([name, app]) => {
    const ownSecrets = (('secrets' in app ? app.secrets : undefined) ?? []).flatMap((secret, index) =>
      strange(app, name, secret).map((message) => ({ path: `apps.${name}.secrets.${index}`, message })),
    );
    const derived = ('variables' in app ? app.variables : undefined) ?? {};
    const settings = Object.keys(('environment' in app ? app.environment : undefined) ?? {}).flatMap(
      (key): readonly Problem[] => {
        const path = `apps.${name}.environment.${key}`;
        const inEnv = secretVariable(name, key);
        const other = Object.hasOwn(derived, key) ? `apps.${name}.variables.${key}` : taken.get(inEnv);
        taken.set(inEnv, path);
        const [message = other && `has the same name as ${other}`] = strange(app, name, key);
        return message === undefined ? [] : [{ path, message }];
      },
    );
    return [...ownSecrets, ...settings];
  });
}

/** Why a name, of a secret or a setting of an app, is not the app's to give; nothing where it is. */
function strange(app: App, name: string, key: string): readonly [string] | readonly [] {
  const inEnv = secretVariable(name, key);
  const by = setByStack(app, key);
  if (by !== undefined) return [`is set by the stack itself (${by})`];
  return (app.stack === 'laravel' && laravelVariables.test(key)) || stackVariables.test(inEnv)
    ? [`would be ${inEnv} in .env, which the stack has for something else`]
    : [];
}

/** A bucket that is there already. */
export function bucketNames({ storage }: Answers): readonly Problem[] {
  if (storage?.mode !== 'bundled') return [];
  return storage.buckets.flatMap((bucket, index) =>
    storage.buckets.indexOf(bucket) === index
      ? []
      : [{ path: `storage.buckets.${index}`, value: bucket, message: 'is named twice' }],
  );
}
