/** What is asked about something that is added to a stack. */
import { isData } from '../../data.ts';
import { addable } from '../change/add.ts';
import { appsOf, type Kind, newApps } from '../change/apps.ts';
import { nested, valueAt } from '../change/differences.ts';
import { reachable, refuseSecondEdge } from '../change/edges.ts';
import { appsToConnect } from '../change/externals.ts';
import { foundRole, havingRole, type RoleWord } from '../change/roles.ts';
import type { AddWords, Present } from '../change/types.ts';
import { sizes } from '../deployment.ts';
import { type ExternalName, isExternal } from '../external-names.ts';
import { appName, command, folder, roleName } from '../names.ts';
import { type EdgeKind, edgeOf } from '../public.ts';
import { stacks } from '../stacks/index.ts';
import { askStarter } from './apps.ts';
import { askHostnames } from './edge.ts';
import { type Choice, type Ui, validator } from './ui.ts';

/** Words that are still open, and settings that go with what was answered. */
export interface Asked {
  readonly words: AddWords;
  readonly chosen: unknown;
}

/** What can be added, as a person looks for it; each once. */
const blocks: readonly Choice<string>[] = [
  { name: 'an app: one of this repo, or a starter', value: 'app' },
  { name: 'a worker of an app', value: 'worker' },
  { name: 'the scheduler of an app', value: 'scheduler' },
  { name: 'PostgreSQL', value: 'postgres' },
  { name: 'Redis', value: 'redis' },
  { name: 'a Redis for the cache alone', value: 'cache' },
  { name: 'a broker for MQTT', value: 'mqtt' },
  { name: 'object storage', value: 'storage' },
  { name: 'a catcher of mails', value: 'mail' },
  { name: 'PgBouncer before PostgreSQL', value: 'pooler' },
  { name: 'backups', value: 'backup' },
  { name: 'Caddy, which lets the world in', value: 'caddy' },
  { name: 'a tunnel of Cloudflare', value: 'cloudflare' },
  { name: 'Tailscale', value: 'tailscale' },
  { name: 'Traefik', value: 'traefik' },
  { name: 'nginx', value: 'nginx' },
  { name: 'Sentry', value: 'sentry' },
  { name: 'OpenTelemetry', value: 'opentelemetry' },
  { name: 'OpenID Connect', value: 'oidc' },
  { name: 'a target: a host with limits of its own', value: 'target' },
];

/** Asks what it shall be, in any repo. */
export function askBlock(ui: Ui): Promise<string> {
  return ui.select({ message: 'What shall be added?', choices: blocks });
}

/** Asks for what the words of `add` leave open in a stack of ours. */
export async function askAddition(ui: Ui, present: Present, words: AddWords): Promise<Asked> {
  const { block } = words;
  if (isExternal(block)) return { words: await withUsers(ui, present, words, block), chosen: {} };
  if (is(addable.roles, block)) return askRole(ui, present, words, block);
  if (is(addable.edges, block)) return askEdgeHosts(ui, present, words, block);
  if (block === 'app' && words.name === undefined) return askNewApp(ui, present, words);
  if (block === 'target' && words.name === undefined)
    return { words: { ...words, name: await askSize(ui) }, chosen: {} };
  if (is(addable.integrations, block))
    return {
      words: await withApp(ui, present, words, { is: (app) => app.stack !== 'static', refusal: '' }),
      chosen: {},
    };
  return { words, chosen: {} };
}

function is<T extends string>(words: readonly T[], word: string): word is T {
  return (words as readonly string[]).includes(word);
}

/** Each app that could use it: where a client was found, and where there is only one, the answer is at hand. */
async function withUsers(ui: Ui, present: Present, words: AddWords, external: ExternalName): Promise<AddWords> {
  if (words.apps) return words;
  const { able, found } = appsToConnect(present, external);
  const apps: string[] = [];
  for (const name of able) {
    const uses = await ui.confirm({
      message: `Does ${name} use ${external}${found.includes(name) ? ' (a client was found)' : ''}?`,
      default: found.includes(name) || able.length === 1,
    });
    if (uses) apps.push(name);
  }
  return { ...words, apps };
}

async function withApp(ui: Ui, present: Present, words: AddWords, kind: Kind): Promise<AddWords> {
  const able = appsOf(present, kind);
  if (words.apps || able.length < 2) return words;
  const app = await ui.select({ message: 'For which app?', choices: able.map((name) => ({ name, value: name })) });
  return { ...words, apps: [app] };
}

async function askRole(ui: Ui, present: Present, given: AddWords, word: RoleWord): Promise<Asked> {
  const words = await withApp(ui, present, given, havingRole(word));
  const [app] = words.apps ?? appsOf(present, havingRole(word));
  const role = app === undefined ? undefined : foundRole(present, app, word);
  if (app === undefined || role === undefined) return { words, chosen: {} };
  const name =
    words.name ?? (await ui.input({ message: 'Its name', default: role.name, validate: validator(roleName) }));
  const place = ['apps', app, role.key, name];
  const isKnown =
    role.answersOf(name) !== undefined || present.sources.chosen.some((one) => isData(valueAt(one, place)));
  if (isKnown) return { words: { ...words, name }, chosen: {} };
  const start = await ui.input({ message: 'Its production command', validate: validator(command) });
  return { words: { ...words, name }, chosen: nested([...place, 'start'], start) };
}

async function askEdgeHosts(ui: Ui, present: Present, words: AddWords, kind: EdgeKind): Promise<Asked> {
  refuseSecondEdge(present, kind);
  const current = edgeOf(present.answers)?.answers;
  const said = present.sources.chosen.map((one) => valueAt(one, ['edge', kind])).find(isData);
  const known = { ...current?.hostnames, ...(isData(said?.['hostnames']) ? said['hostnames'] : {}) };
  const apps = (words.apps ?? appsOf(present, reachable)).filter((name) => !Object.hasOwn(known, name));
  if (apps.length === 0 || (words.apps === undefined && Object.keys(known).length > 0)) return { words, chosen: {} };
  const certificates = said?.['certificates'] ?? (current && 'certificates' in current && current.certificates);
  const hostnames = await askHostnames(ui, {
    kind,
    certificates: typeof certificates === 'string' ? certificates : undefined,
    apps,
    stack: present.answers.name,
    before: {},
  });
  return { words, chosen: { edge: { [kind]: { hostnames } } } };
}

async function askNewApp(ui: Ui, present: Present, words: AddWords): Promise<Asked> {
  const found = newApps(present);
  const chosen =
    found.length === 0
      ? undefined
      : await ui.select<string | null>({
          message: 'Which app?',
          choices: [
            ...found.map(({ name, path, stack }) => ({
              name: `${name}: ${stacks[stack].title}, in ${path}`,
              value: name,
            })),
            { name: 'a starter, in a new folder', value: null },
          ],
        });
  if (typeof chosen === 'string') return { words: { ...words, name: chosen }, chosen: {} };
  const answers = await askStarter(ui);
  const name = await ui.input({ message: 'Name of the app', validate: validator(appName) });
  const path = await ui.input({ message: 'Folder', default: name, validate: validator(folder) });
  return { words: { ...words, name }, chosen: { apps: { [name]: { ...answers, path } } } };
}

function askSize(ui: Ui): Promise<string> {
  return ui.select({
    message: 'Which target?',
    choices: [...sizes, 'selfhosted', 'digitalocean'].map((value) => ({ name: value, value })),
  });
}
