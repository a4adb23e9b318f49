import { buildOf, factsOf } from '../builds.ts';
import { dockerDocs, github } from '../sources.ts';
import { type ServiceView, serviceRule } from '../view.ts';

export const capDropAll = serviceRule({
  id: 'cap-drop-all',
  severity: 'warning',
  title: 'Every service drops all capabilities and adds back only what it needs',
  why: 'Docker leaves a container 14 capabilities of root, among them to send raw packets and to change owners; almost no service needs one.',
  fix: 'Set `cap_drop: [ALL]`, and `user:` where the entrypoint would change the user itself; add back single ones with cap_add.',
  source: dockerDocs('engine/security/#linux-kernel-capabilities'),
  scope: 'production',
  at: ['cap_drop'],
  check: ({ service }) => (dropsAll(service.cap_drop) ? undefined : 'keeps the default capabilities'),
});

export const capDropStarts = serviceRule({
  id: 'cap-drop-starts',
  severity: 'error',
  title: 'What has no capabilities can start without them',
  why: 'The binaries of Caddy and FrankenPHP carry a file capability and cannot even be executed once it is dropped; entrypoints that change the user need SETUID and SETGID.',
  fix: 'Add `cap_add: [NET_BIND_SERVICE]` for Caddy and FrankenPHP; set `user:` for images that would change it themselves.',
  source: github('caddyserver/caddy-docker/issues/396'),
  scope: 'every',
  of: ({ service }) => dropsAll(service.cap_drop) && !service.entrypoint?.length,
  at: ['cap_drop'],
  check: (view) => missing(view),
});

function missing({ project, service }: ServiceView): string | undefined {
  const facts = factsOf(project, service);
  const has = (name: string): boolean => (service.cap_add ?? []).some((one) => one.replace(/^CAP_/, '') === name);
  if (facts?.family === 'caddy' || facts?.family === 'frankenphp') {
    const isStripped = buildOf(project, service)?.instructions.some((one) => /\bsetcap\b/.test(one.text));
    return has('NET_BIND_SERVICE') || isStripped ? undefined : 'its binary needs NET_BIND_SERVICE to be executed';
  }
  // A Dockerfile may set the user or another entrypoint.
  if (facts?.runsAs !== 'drops' || service.build || service.user !== undefined || !changesUser.has(facts.family))
    return undefined;
  return has('SETUID') && has('SETGID') ? undefined : 'its entrypoint changes the user, which needs SETUID and SETGID';
}

/** Images whose entrypoint is gosu, su-exec or setpriv. */
const changesUser: ReadonlySet<string> = new Set(['postgres', 'redis', 'mysql', 'mongo', 'mosquitto']);

function dropsAll(dropped: readonly string[] | undefined): boolean {
  return (dropped ?? []).some((one) => one.toUpperCase() === 'ALL');
}
