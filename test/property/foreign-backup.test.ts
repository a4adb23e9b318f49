/** Whatever stands in a compose file of somebody else's: `add backup` takes it for a value, or refuses. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readYaml, writeYaml } from '../../generators/compose/yaml.ts';
import { UserError } from '../../generators/errors.ts';
import { planForeign } from '../../generators/foreign/plan.ts';
import { assignmentsOf, plainValue } from '../../generators/plan/dotenv.ts';
import { ambient } from '../support/plan.ts';
import { opened, treeAfter } from '../unit/foreign/support.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom(
    'a: b',
    '# a',
    '${HOME}',
    '$(id)',
    '`id`',
    "it's",
    '"',
    '\\',
    'a\nB=c',
    "a'\nPATH=x",
    '${X:-"}"}',
    '$$',
    '{{x}}',
  ),
);
const name = fc.stringMatching(/^[a-zA-Z0-9._-]{1,12}$/);

it('keeps values and names what they are', () => {
  let planned = 0;
  fc.assert(
    fc.property(name, text, text, text, name, (service, database, user, password, volume) => {
      const before = writeYaml({
        services: {
          [service]: {
            image: 'postgres:17',
            environment: { POSTGRES_DB: database, POSTGRES_USER: user, POSTGRES_PASSWORD: password },
          },
          app: { build: '.', depends_on: [service], volumes: [`${volume}:/srv/uploads`] },
        },
        volumes: { [volume]: {} },
      });
      const tree = { 'compose.yaml': before, '.env': 'A=1\n' };
      let plan: ReturnType<typeof planForeign>;
      try {
        plan = planForeign(
          opened(tree),
          { block: 'backup', for: [service], settings: [] },
          { detected: { apps: [] }, random: ambient.random, tracked: () => false },
        );
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return;
      }
      planned++;
      const after = treeAfter(tree, plan);
      const { services } = readYaml(after['compose.yaml'] ?? '', '') as {
        readonly services: Readonly<Record<string, { readonly environment: Readonly<Record<string, string>> }>>;
      };
      const told = services['backup']?.environment ?? {};
      const of = (part: string) => Object.entries(told).find(([key]) => new RegExp(`^DB_.*_${part}$`).test(key))?.[1];
      expect(of('HOST')).toBe(service);
      expect(of('NAME')).toBe(database);
      expect(of('USER')).toBe(user);
      // Nothing but what was meant becomes a line of `.env`.
      const env = after['.env'] ?? '';
      expect(env.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toHaveLength(
        2 + assignmentsOf(env, 'BACKUP_DATABASE_PASSWORD').length,
      );
      const [written] = assignmentsOf(env, 'BACKUP_DATABASE_PASSWORD');
      if (written && written.raw !== '') expect(plainValue(written.raw)).toBe(password.replaceAll('$$', '$'));
      // In scripts there are names only, and each is one word.
      const [, users] = /^users=\((.*)\)$/m.exec(after['scripts/restore'] ?? '') ?? [];
      expect(users).toBe('app');
    }),
    { numRuns: 80 },
  );
  expect(planned).toBeGreaterThan(10);
});
