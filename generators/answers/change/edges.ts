/** `add` of what lets the world in. */
import { isData } from '../../data.ts';
import { UserError } from '../../errors.ts';
import { type EdgeKind, edgeOf } from '../public.ts';
import { hasPort } from '../stacks/common.ts';
import { appsOf, type Kind, namedApps } from './apps.ts';
import { valueAt } from './differences.ts';
import type { AddWords, Present, Wish } from './types.ts';

/** Apps that somebody can ask for. */
export const reachable: Kind = { is: hasPort, refusal: 'listens on no port that the world could come in by' };

/** Another kind takes the place of the one that is there only where that is said: `update`, or `remove` first. */
export function refuseSecondEdge(present: Present, kind: EdgeKind): void {
  const current = edgeOf(present.answers);
  if (!current || current.kind === kind) return;
  throw new UserError('usage', `The world comes in by ${current.kind} already, and a stack has one way in.`, {
    hint: `To have ${kind} instead: create-prodstack remove ${current.kind}, then add ${kind}`,
  });
}

/** @throws UserError `usage` where there is another edge, or nobody says which host leads to which app */
export function wishForEdge(present: Present, { apps }: AddWords, kind: EdgeKind): Wish {
  refuseSecondEdge(present, kind);
  const place = ['edge', kind, 'hostnames'];
  const said = present.sources.chosen.flatMap((one) => {
    const hostnames = valueAt(one, place);
    return isData(hostnames) ? Object.keys(hostnames) : [];
  });
  const known = Object.keys(edgeOf(present.answers)?.answers.hostnames ?? {});
  const missing = namedApps(present, apps ?? [], reachable).filter((name) => ![...known, ...said].includes(name));
  const isOpen = known.length + said.length === 0;
  const [any] = appsOf(present, reachable);
  if (isOpen && any === undefined)
    throw new UserError('usage', 'No app of this stack listens on a port that the world could come in by.');
  const asked = missing.length > 0 || !isOpen || any === undefined ? missing : [any];
  if (asked.length > 0) {
    const hosts = asked.map((name) => `--set ${place.join('.')}.${name}=${exampleHost(present, kind, name)}`);
    throw new UserError('usage', `Which host leads to ${asked.join(', and which to ')}?`, {
      hint: `Name ${asked.length === 1 ? 'it' : 'them'}: ${hosts.join(' ')}`,
    });
  }
  return { title: kind, places: [['edge', kind]], patch: {} };
}

/** A host for examples; in a tailnet all apps are on one name. */
export function exampleHost({ answers }: Present, kind: EdgeKind, app: string): string {
  if (kind !== 'tailscale') return `${app}.example.com`;
  return Object.keys(answers.apps).length === 1 ? answers.name : `${answers.name}/${app}`;
}
