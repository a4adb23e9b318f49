/** Whatever stands in a compose file of somebody else's: `add backup` takes it for a value, or refuses. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { applySplices } from '../../generators/compose/edit/index.ts';
import { readYaml, writeYaml } from '../../generators/compose/yaml.ts';
import { UserError } from '../../generators/errors.ts';
import { planForeign } from '../../generators/foreign/plan.ts';
import { assignmentsOf, plainValue } from '../../generators/plan/dotenv.ts';
import { ambient } from '../support/plan.ts';
import { opened } from '../unit/foreign/support.ts';

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
  const seen = { planned: 0, refused: 0 };
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
      let plan: ReturnType<typeof planForeign>;
      try {
        plan = planForeign(
          opened({ 'compose.yaml': before, '.env': 'A=1\n' }),
          { block: 'backup', for: [service], settings: [] },
          { detected: { apps: [] }, random: ambient.random, tracked: () => false },
        );
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        seen.refused++;
        return;
      }
      seen.planned++;
      const after = new Map(
        plan.outcomes.flatMap(({ path, planned }) =>
          planned?.kind === 'create'
            ? [[path, planned.content] as const]
            : planned?.kind === 'edit'
              ? [[path, applySplices(path === '.env' ? 'A=1\n' : before, planned.edits)] as const]
              : [],
        ),
      );
      const { services } = readYaml(after.get('compose.yaml') ?? '', '') as {
        readonly services: Readonly<Record<string, { readonly environment: Readonly<Record<string, string>> }>>;
      };
      const told = services['backup']?.environment ?? {};
      const of = (part: string) => Object.entries(told).find(([key]) => new RegExp(`^DB_.*_${part}$`).test(key))?.[1];
      expect(of('HOST')).toBe(service);
      expect(of('NAME')).toBe(database);
      expect(of('USER')).toBe(user);
      // Nothing but what was meant becomes a line of `.env`.
      const env = after.get('.env') ?? '';
      expect(env.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toHaveLength(
        2 + assignmentsOf(env, 'BACKUP_DATABASE_PASSWORD').length,
      );
      const [written] = assignmentsOf(env, 'BACKUP_DATABASE_PASSWORD');
      if (written && written.raw !== '') expect(plainValue(written.raw)).toBe(password.replaceAll('$$', '$'));
      // In scripts there are names only, and each is one word.
      const [, users] = /^users=\((.*)\)$/m.exec(after.get('scripts/restore') ?? '') ?? [];
      expect(users).toBe('app');
    }),
    { numRuns: 80 },
  );
  expect(seen.planned).toBeGreaterThan(10);
  expect(seen.refused).toBeGreaterThan(0);
});
