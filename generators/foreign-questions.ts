/** What is asked about something that is added to a project of somebody else's. */
import { askHostnames } from './answers/questions/edge.ts';
import type { Ui } from './answers/questions/ui.ts';
import { catalogue } from './foreign/add.ts';
import { likelyApps } from './foreign/app.ts';
import { databaseNames } from './foreign/backup/database.ts';
import { isRole } from './foreign/roles.ts';
import { servicesOf } from './foreign/services.ts';
import type { Foreign } from './foreign/types.ts';
import { isEdge, isPart, type Part } from './foreign/wish.ts';

/** What the request leaves open. */
interface Open {
  readonly block: string | undefined;
  readonly name?: string | undefined;
  readonly for: readonly string[];
  readonly settings: readonly unknown[];
}

/** Whom it is for, and what goes with that. */
type Asked = Pick<Open, 'for' | 'settings'>;

/** Asks which services it is for, where nobody said so. */
export async function askForeign(ui: Ui, foreign: Foreign, open: Open): Promise<Asked> {
  const { block = '', settings } = open;
  if (open.for.length > 0) return open;
  if (block === 'backup' || block === 'pooler') {
    const question = block === 'backup' ? 'Which database is backed up?' : 'Which database does it stand before?';
    return { for: await oneOf(ui, question, databaseNames(foreign)), settings };
  }
  if (isRole(block)) return { for: await oneOf(ui, 'For which service?', likelyApps(foreign)), settings };
  if (!isPart(block) || isThere(foreign, block, open.name)) return open;
  const apps = await askApps(ui, block, likelyApps(foreign));
  if (!isEdge(block) || settings.length > 0 || apps.length === 0) return { for: apps, settings };
  const hostnames = await askHostnames(ui, {
    kind: block,
    certificates: undefined,
    apps,
    stack: foreign.name,
    before: {},
  });
  return { for: apps, settings: [{ edge: { [block]: { hostnames } } }] };
}

/** Nothing is asked where one is all there is. */
async function oneOf(ui: Ui, message: string, names: readonly string[]): Promise<readonly string[]> {
  if (names.length < 2) return [];
  return [await ui.select({ message, choices: names.map((name) => ({ name, value: name })) })];
}

async function askApps(ui: Ui, block: Part, names: readonly string[]): Promise<readonly string[]> {
  const apps: string[] = [];
  for (const name of names) {
    const message = isEdge(block) ? `Does ${block} lead to ${name}?` : `Does ${name} use ${block}?`;
    if (await ui.confirm({ message, default: names.length === 1 })) apps.push(name);
  }
  return apps;
}

/** Then nothing is added, and nothing is to be asked. */
function isThere(foreign: Foreign, block: Part, name: string | undefined): boolean {
  const same = servicesOf(foreign, catalogue[block].kind);
  return name === undefined && block !== 'cache' ? same.length > 0 : same.includes(name ?? catalogue[block].service);
}
