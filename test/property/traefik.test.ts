/** Whoever is away, being rolled out or worked on: what is for an app reaches that app, or nobody. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { run } from '../support/plan.ts';

const hosts = ['a.example.com', 'b.example.com'] as const;
const names = ['one', 'two', 'three'] as const;
type App = (typeof names)[number];

interface Place {
  readonly host: string;
  readonly path: string;
  readonly app: App;
}

/** Few words, of which some begin alike: so paths are below each other, or only look like it. */
const path = fc
  .array(fc.constantFrom('a', 'ab', 'api', 'api-2', 'v1'), { maxLength: 4 })
  .map((words) => `/${words.join('/')}`);
const places = fc.uniqueArray(
  fc.record({ host: fc.constantFrom(...hosts), path, app: fc.constantFrom(...names) }) satisfies fc.Arbitrary<Place>,
  { minLength: 1, maxLength: 8, selector: ({ host, path }) => host + path },
);

interface Router {
  readonly name: string;
  readonly rule: string;
  readonly priority: number;
  readonly service: string;
}

interface Files {
  readonly labels: Readonly<Record<string, readonly Router[]>>;
  readonly file: readonly Router[];
  readonly rollout: readonly Router[];
}

/** The routers for https, from the files as they are written. */
async function routersFor(all: readonly Place[]): Promise<Files> {
  const app = { stack: 'node', start: 'node server.js', health: 'none', uses: [] };
  const hostnames = Object.fromEntries(
    [...Map.groupBy(all, (one) => one.app)].map(([name, own]) => [
      name,
      own.map(({ host, path }) => (path === '/' ? host : host + path)),
    ]),
  );
  const { after } = await run(Object.fromEntries(names.map((name) => [`${name}/x`, ''])), {
    name: 'shop',
    apps: Object.fromEntries(names.map((name, index) => [name, { ...app, path: name, port: 3000 + index }])),
    backup: { engine: 'none' },
    edge: { traefik: { hostnames } },
  });
  const { services } = parse(after['compose.prod.yaml'] ?? '') as {
    services: Record<string, { labels?: Record<string, string> }>;
  };
  const { routers } = parse(after['docker/traefik/dynamic/proxy.yml'] ?? '').http as {
    routers: Record<string, Omit<Router, 'name'> & { entryPoints: string[] }>;
  };
  const twins = (after['scripts/rollout'] ?? '').match(/^ {4}rollout-\S+: \{ entryPoints: .*$/gm) ?? [];
  return {
    labels: Object.fromEntries(Object.entries(services).map(([name, { labels = {} }]) => [name, labelled(labels)])),
    file: Object.entries(routers)
      .filter(([, { entryPoints }]) => entryPoints.includes('websecure'))
      .map(([name, one]) => ({ ...one, name })),
    rollout: Object.entries<Omit<Router, 'name'>>(parse(twins.join('\n'))).map(([name, one]) => ({ ...one, name })),
  };
}

function labelled(labels: Readonly<Record<string, string>>): readonly Router[] {
  return Object.keys(labels).flatMap((label) => {
    const [, name] = /^traefik\.http\.routers\.([^.]+)\.rule$/.exec(label) ?? [];
    const said = (key: string) => labels[`traefik.http.routers.${name}.${key}`] ?? '';
    if (name === undefined) return [];
    return [{ name, rule: said('rule'), priority: Number(said('priority')), service: said('service') }];
  });
}

/** Whether a rule is for a request, as Traefik reads it: matchers, `&&` before `||`, parentheses. */
function fits(rule: string, host: string, asked: string): boolean {
  const flat = (text: string) =>
    text.split('||').some((some) => some.split('&&').every((one) => one.trim() === 'true'));
  let text = rule.replace(/(Host|Path|PathPrefix)\(`([^`]*)`\)/g, (_, matcher: string, value: string) => {
    if (matcher === 'Host') return String(host === value);
    return String(matcher === 'Path' ? asked === value : asked.startsWith(value));
  });
  while (text.includes('(')) text = text.replace(/\(([^()]*)\)/g, (_, inner: string) => String(flat(inner)));
  return flat(text);
}

/** Where Traefik sends a request: never a matter of chance. */
function sentTo(routers: readonly Router[], host: string, asked: string): string | undefined {
  const fitting = routers
    .filter(({ rule }) => fits(rule, host, asked))
    .toSorted((one, other) => other.priority - one.priority);
  const [first, second] = fitting;
  if (first && second) expect(first.priority, `${first.name}, ${second.name}`).toBeGreaterThan(second.priority);
  return first?.service;
}

const isAt = (asked: string, at: string) => at === '/' || asked === at || asked.startsWith(`${at}/`);

describe('the routers of Traefik for any hosts and paths', () => {
  it('lead to the app with the longest path, or to nobody while that is away, and never to another', async () => {
    await fc.assert(
      fc.asyncProperty(places, fc.array(path, { maxLength: 5 }), async (all, others) => {
        const { labels, file, rollout } = await routersFor(all);
        const up = (apps: readonly App[]) => apps.flatMap((name) => labels[name] ?? []);
        const requests = hosts.flatMap((host) =>
          [...all.map((one) => one.path), ...others].flatMap((one) => [
            { host, asked: one },
            { host, asked: `${one === '/' ? '' : one}/x` },
            { host, asked: `${one}x` },
          ]),
        );
        for (const { host, asked } of requests) {
          const [place] = all
            .filter((one) => one.host === host && isAt(asked, one.path))
            .toSorted((one, other) => other.path.length - one.path.length);
          const known = all.some((one) => one.host === host);
          const what = `${host}${asked}`;
          expect(sentTo([...file, ...up(names)], host, asked), what).toBe(place?.app);
          for (const away of names) {
            const rest = [...file, ...up(names.filter((name) => name !== away))];
            expect(sentTo(rest, host, asked), `${what} without ${away}`).toBe(
              place?.app === away ? 'nobody' : place?.app,
            );
          }
          for (const name of names) {
            const twins = rollout.filter(({ service }) => service === `rollout-${name}`);
            expect(sentTo([...file, ...up(names), ...twins], host, asked), `${what} while ${name} is rolled out`).toBe(
              place?.app === name ? `rollout-${name}` : place?.app,
            );
          }
          const page = [...file, ...up(names), ...rollout, ...(labels['maintenance'] ?? [])];
          expect(sentTo(page, host, asked), `${what} while it is worked on`).toBe(known ? 'maintenance' : undefined);
        }
      }),
      { numRuns: 40 },
    );
  });
});
