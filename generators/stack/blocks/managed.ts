/** What a stack has of servers that somebody else runs: the variables with their addresses, and what goes wrong there. */
import { caFile, isPooled, providers } from '../../answers/providers.ts';
import type { Answers } from '../../answers/schema.ts';
import { usersOf } from '../../answers/servers.ts';
import type { Contribution, EnvVar, GuideEntry } from '../types.ts';
import { envPrefix } from '../values.ts';
import { addressVariables, migrates } from './databases.ts';

type Managed<E extends 'postgres' | 'redis'> = Extract<NonNullable<Answers[E]>, { mode: 'managed' }>;

/** A managed PostgreSQL: where it is, and as whom apps and migrations come. */
export function managedPostgres(answers: Answers, postgres: Managed<'postgres'>): Contribution {
  const provider = providers[postgres.provider];
  const apps = usersOf(answers, 'postgres');
  const addresses = apps.flatMap(([name, app]) => {
    const names = addressVariables(answers, name);
    const whose = postgres.separate === undefined ? '' : ` of ${name}`;
    return [
      address(
        names.app,
        `The address of the database${whose} as ${provider.title} shows it, with the application role: ${provider.addresses}. In user and password, @ : / ? # % are written as %40 %3A %2F %3F %23 %25. What it says of TLS (sslmode and the like) does not count: the stack says that itself, in the words of each driver.`,
        postgresAddress,
      ),
      ...(migrates(app)
        ? [
            address(
              names.migration,
              `The same for migrations${whose}: the role that owns the tables, past any pooler. docs/DOCKER_TROUBLESHOOTING.md, "must be owner of table", has the SQL for both roles.`,
              postgresAddress,
            ),
          ]
        : []),
    ];
  });
  const [first] = apps;
  const file = caFile(postgres);
  return {
    // Apps that share a database share its variables.
    env: [...new Map(addresses.map((one) => [one.name, one])).values()],
    guide: first
      ? databaseGuide({
          app: first[0],
          variable: addressVariables(answers, first[0]).app,
          migrationVariable: addressVariables(answers, first[0]).migration,
          provider: provider.title,
          addresses: provider.addresses,
          access: provider.access,
          caFile: file,
          caFrom: provider.ca === file ? provider.from : undefined,
          pooled: isPooled(postgres),
          isDjango: apps.some(([, app]) => app.stack === 'python' && app.framework === 'django'),
          isSupabase: postgres.provider === 'supabase',
        })
      : [],
  };
}

const postgresAddress = 'postgresql://<user>:<password>@<host>:<port>/<name>';

/** A managed Redis, or the one for the cache. */
export function managedRedis(answers: Answers, which: 'redis' | 'cache', redis: Managed<'redis'>): Contribution {
  const variable = `${envPrefix(which)}_URL`;
  const [app] = usersOf(answers, which)[0] ?? [];
  if (app === undefined) return {};
  return {
    env: [
      address(
        variable,
        `The address of ${which === 'redis' ? 'Redis' : 'the cache'} as your provider shows it; the stack speaks TLS to it, whatever it says of that. In the password, @ : / ? # % are written as %40 %3A %2F %3F %23 %25.`,
        'rediss://<user>:<password>@<host>:<port>',
      ),
    ],
    guide: [{ id: 'managed-redis', view: { app, variable, caFile: caFile(redis) } }],
  };
}

function address(name: string, meaning: string, example: string): EnvVar {
  return { name, meaning: `${meaning} ${example}`, kind: 'required', example, sensitive: true, group: 'Secrets' };
}

function databaseGuide(view: GuideEntry['view']): readonly GuideEntry[] {
  return [
    'managed-waiting',
    'managed-certificate',
    'managed-plain',
    'managed-roles',
    'managed-connections',
    ...(view['pooled'] === true ? ['managed-pooler'] : []),
    'managed-ipv6',
  ].map((id) => ({ id, view }));
}
