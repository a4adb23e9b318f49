/** What is asked about the edge. */
import { isData, mapOf } from '../../data.ts';
import type { Draft } from '../complete/types.ts';
import { edgeKinds } from '../edge.ts';
import { isLocalName, publicPlace } from '../host-names.ts';
import { type EdgeKind, hostIn } from '../public.ts';
import { refusesLocal } from '../validate/edge.ts';
import { secondNode } from '../validate/tailnet.ts';
import { appValues, namedApps } from './apps.ts';
import { type Choice, type Ui, validator } from './ui.ts';

/** A kind of edge, and what makes it this way of the kind. */
interface Way {
  readonly kind: EdgeKind;
  readonly answers: Readonly<Record<string, unknown>>;
}

/** The ways to choose from; what their answers leave open has a safe default. */
const ways: readonly Choice<Way>[] = [
  { name: 'Caddy: ports 80 and 443 are open, certificates come by themselves', value: way('caddy') },
  { name: 'A tunnel of Cloudflare: no port is open; its rules are in the dashboard', value: way('cloudflare') },
  {
    name: 'A tunnel of Cloudflare: no port is open; its rules are in this repo',
    value: way('cloudflare', { config: 'local' }),
  },
  { name: 'Tailscale: no port is open, only devices of the tailnet come in', value: way('tailscale') },
  { name: 'Tailscale Funnel: no port is open, the whole world comes in', value: way('tailscale', { funnel: true }) },
  { name: 'Traefik: ports 80 and 443 are open, certificates come by themselves', value: way('traefik') },
  { name: 'nginx: ports 80 and 443 are open, you bring the certificates', value: way('nginx') },
];

function way(kind: EdgeKind, answers: Way['answers'] = {}): Way {
  return { kind, answers };
}

/** One question where apps stay on this machine; else the host of each of them. */
export async function askEdge(ui: Ui, draft: Draft): Promise<unknown> {
  const apps = namedApps(draft)
    .map(([name]) => name)
    .filter((name) => appValues(draft, name)['port'] !== 'none');
  if (apps.length === 0) return {};
  const current = currentEdge(draft);
  const chosen = await ui.select<Way | null>({
    message: 'What lets the world in?',
    choices: [{ name: 'Nothing here: apps are on 127.0.0.1, for a proxy or tunnel of your own', value: null }, ...ways],
    default: ways.find(({ value }) => isWay(value, current))?.value ?? null,
  });
  if (chosen === null) return 'edge' in draft.answers ? { edge: null } : {};
  const { kind, answers } = chosen;
  const certificates = current?.kind === kind ? current.said['certificates'] : undefined;
  const hostnames = await askHostnames(ui, {
    kind,
    certificates: typeof certificates === 'string' ? certificates : undefined,
    apps,
    stack: String(draft.answers['name']),
    before: current?.hostnames ?? {},
  });
  // What made it another way of its kind goes.
  const reset = Object.fromEntries(
    ways.flatMap(({ value }) => (value.kind === kind ? Object.keys(value.answers).map((key) => [key, null]) : [])),
  );
  // Only rules in this repo name their tunnel; which one it is, its credentials say, and there are none yet.
  const unnamed = kind === 'cloudflare' && answers['config'] !== 'local' && { tunnel: null };
  return { edge: { [kind]: { ...reset, ...unnamed, ...answers, hostnames } } };
}

interface Current {
  readonly kind: EdgeKind;
  readonly said: Readonly<Record<string, unknown>>;
  readonly hostnames: Readonly<Record<string, unknown>>;
}

function currentEdge({ answers: { edge } }: Draft): Current | undefined {
  const kind = edgeKinds.find((one) => isData(edge) && isData(edge[one]));
  const said = kind && isData(edge) ? edge[kind] : undefined;
  if (!kind || !isData(said)) return undefined;
  return { kind, said, hostnames: mapOf(said['hostnames']) };
}

function isWay({ kind, answers }: Way, current: Current | undefined): boolean {
  const others = ways.filter(({ value }) => value.kind === kind && Object.keys(value.answers).length > 0);
  const is = (one: Way) => Object.entries(one.answers).every(([key, value]) => current?.said[key] === value);
  if (kind !== current?.kind) return false;
  return Object.keys(answers).length > 0 ? is({ kind, answers }) : others.every(({ value }) => !is(value));
}

/** What is asked for the hosts of. */
export interface Asked {
  readonly kind: EdgeKind;
  /** Where its certificates come from, if that was said before. */
  readonly certificates: string | undefined;
  readonly apps: readonly string[];
  readonly stack: string;
  /** The hosts that apps had. */
  readonly before: Readonly<Record<string, unknown>>;
}

/** A host for each app; none for those that nobody outside asks, but at least one. */
export async function askHostnames(ui: Ui, asked: Asked): Promise<Readonly<Record<string, unknown>>> {
  const { kind, apps, stack } = asked;
  const hostnames: Record<string, string | readonly string[] | null> = {};
  for (const [index, app] of apps.entries()) {
    const said = asked.before[app];
    const node = nodeOf(hostnames);
    const trouble = (text: string): string | undefined => {
      const other = Object.keys(hostnames).find((one) => [hostnames[one]].flat().includes(text));
      return other === undefined ? troubleWith(asked, text, node) : `leads to ${other} already`;
    };
    const fits = (one: unknown): one is string => typeof one === 'string' && trouble(one) === undefined;
    // A list was written by hand, and stays where it can.
    if (Array.isArray(said) && said.every(fits) && (kind !== 'tailscale' || new Set(said.map(hostIn)).size === 1)) {
      hostnames[app] = said;
      continue;
    }
    const isLast = index === apps.length - 1;
    const mayBeEmpty = !isLast || Object.values(hostnames).some((one) => one !== null);
    const suggested = kind === 'tailscale' ? (node === undefined ? stack : `${node}/${app}`) : undefined;
    const offered = fits(said) ? said : suggested;
    const host = await ui.input({
      message: `${kind === 'tailscale' ? 'The name of the machine in the tailnet, and a path of it, that lead' : 'The host that leads'} to ${app}${mayBeEmpty ? ', or - for none' : ''}`,
      ...(offered !== undefined && { default: offered }),
      validate: (text) => {
        if (text === '-') return mayBeEmpty || 'is needed: the world has to come in somewhere';
        return trouble(text) ?? true;
      },
    });
    hostnames[app] = host === '-' ? null : host;
  }
  return hostnames;
}

/** The first host that was named: in a tailnet, the one name of the node. */
function nodeOf(hostnames: Readonly<Record<string, string | readonly string[] | null>>): string | undefined {
  const first = Object.values(hostnames)
    .flat()
    .find((one) => one !== null);
  return first && hostIn(first);
}

/** What is wrong with a place for an edge of this kind, whose node is called so if it is one of a tailnet. */
function troubleWith({ kind, certificates }: Asked, text: string, node: string | undefined): string | undefined {
  const valid = validator(publicPlace)(text);
  if (valid !== true) return valid;
  const host = hostIn(text);
  if (kind !== 'tailscale') return isLocalName(host) ? refusesLocal(kind, certificates) : undefined;
  if (host.includes('.')) return 'must be one name without dots: Tailscale adds that of the tailnet';
  return node === undefined || host === node ? undefined : secondNode(node);
}
