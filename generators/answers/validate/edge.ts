/** The edge: hosts that lead to something, each place to one thing only. */
import type { Problem } from '../../errors.ts';
import { isLocalName } from '../host-names.ts';
import { type EdgeAnswers, type EdgeKind, edgeOf, hostIn, listeners, placesOf, textOf } from '../public.ts';
import type { Answers } from '../schema.ts';
import { hasPort } from '../stacks/common.ts';
import { suggest } from '../suggest.ts';

export function edges(answers: Answers): readonly Problem[] {
  const edge = edgeOf(answers);
  if (!edge) return [];
  const at = `edge.${edge.kind}`;
  return [
    ...Object.keys(edge.answers.hostnames).flatMap((name) => unknown(answers, name, `${at}.hostnames.${name}`)),
    ...taken(answers, edge.answers, `${at}.hostnames`),
    ...circles(edge.answers, `${at}.redirects`),
    ...uncertified(edge, at),
  ];
}

/** What no host can lead to. */
function unknown(answers: Answers, name: string, path: string): readonly Problem[] {
  const known = listeners(answers).map(({ service }) => service);
  if (known.includes(name)) return [];
  const there = known.length === 0 ? 'and there is no other app that does' : `there are ${known.join(', ')}`;
  const app = answers.apps[name];
  if (app && !hasPort(app)) return [{ path, message: `is an app that listens on no port: ${there}` }];
  const owner = Object.entries(answers.apps).find(([one, { ...its }]) =>
    rolesOf(its).some((role) => name === `${one}-${role}`),
  );
  if (owner) return [{ path, message: `is a worker of ${owner[0]}, which listens on no port: ${there}` }];
  const near = suggest(name, known);
  return [{ path, message: `is no app of this stack: ${there}`, ...(near ? { suggestion: near } : {}) }];
}

function rolesOf(app: object): readonly string[] {
  const names = (key: string) => Object.keys((key in app ? Object(app)[key] : undefined) ?? {});
  return [...names('workers'), ...names('queues')];
}

/** Places that two services would answer at. */
function taken(answers: Answers, { hostnames }: EdgeAnswers, at: string): readonly Problem[] {
  const first = new Map<string, string>();
  const said = Object.keys(hostnames).flatMap((name) =>
    placesOf(answers, name).flatMap((place): readonly Problem[] => {
      const value = textOf(place);
      const other = first.get(value);
      first.set(value, name);
      if (other === undefined) return [];
      return [
        { path: `${at}.${name}`, value, message: other === name ? 'is named twice' : `leads to ${other} already` },
      ];
    }),
  );
  // The Reverb of an app has a place that nobody named.
  const implied = listeners(answers)
    .filter(({ service }) => hostnames[service] === undefined)
    .flatMap(({ service }) =>
      placesOf(answers, service).flatMap((place): readonly Problem[] => {
        const other = first.get(textOf(place));
        if (other === undefined) return [];
        const message = `is where ${service} listens, unless ${at}.${service} says another place`;
        return [{ path: `${at}.${other}`, value: textOf(place), message }];
      }),
    );
  return [...said, ...implied];
}

/** Redirects that take a host from an app, or end nowhere. */
function circles({ hostnames, redirects = {} }: EdgeAnswers, at: string): readonly Problem[] {
  const hosts = new Set(Object.values(hostnames).flat().map(hostIn));
  return Object.entries(redirects).flatMap(([from, to]): readonly Problem[] => {
    const path = `${at}.${from}`;
    if (hosts.has(from)) return [{ path, value: to, message: 'leads to an app already, and cannot lead elsewhere' }];
    if (from === to) return [{ path, value: to, message: 'leads to itself' }];
    if (to in redirects) return [{ path, value: to, message: `leads on to ${redirects[to]}: name the host of an app` }];
    if (hosts.has(to)) return [];
    const near = suggest(to, [...hosts]);
    return [
      {
        path,
        value: to,
        message: `leads to no app: the hosts of apps are ${[...hosts].join(', ')}`,
        ...(near ? { suggestion: near } : {}),
      },
    ];
  });
}

/** Names that whoever makes the certificates cannot certify. */
function uncertified(
  { kind, answers }: { readonly kind: EdgeKind; readonly answers: EdgeAnswers },
  at: string,
): readonly Problem[] {
  const message = refusesLocal(kind, 'certificates' in answers ? answers.certificates : undefined);
  if (message === undefined) return [];
  const hostnames = Object.entries(answers.hostnames).flatMap(([name, places]) =>
    [places].flat().map((text) => [`hostnames.${name}`, hostIn(text)] as const),
  );
  const redirects = Object.keys(answers.redirects ?? {}).map((host) => [`redirects.${host}`, host] as const);
  return [...hostnames, ...redirects]
    .filter(([, host]) => isLocalName(host))
    .map(([key, value]) => ({ path: `${at}.${key}`, value, message }));
}

/** What to say of a name that is there on one network only; undefined where it can be certified all the same. */
export function refusesLocal(kind: EdgeKind, certificates?: string): string | undefined {
  if (kind === 'cloudflare') return 'must be in a domain that Cloudflare has: shop.example.com';
  if (kind === 'traefik' && certificates !== 'files')
    return 'is a name that no public authority certifies: certificates: files, or caddy, which has an authority of its own';
  return undefined;
}
