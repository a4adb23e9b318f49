/** What a person should know of the edge that was chosen, before it is put before the apps. */
import { edgeOf, hostIn, listeners, placesOf } from '../answers/public.ts';
import type { Answers } from '../answers/schema.ts';
import { controlScript } from '../plan/control.ts';
import { listed } from '../words.ts';

/** Warnings about the hosts of the edge, each a sentence or two. */
export function edgeWarnings(answers: Answers): readonly string[] {
  return [...namelessTailnet(answers), ...exampleHosts(answers), ...unroutedApps(answers)];
}

/** Half of the name of a node is that of its tailnet, which nobody can guess. */
function namelessTailnet({ edge }: Answers): readonly string[] {
  return edge?.tailscale && edge.tailscale.tailnet === undefined
    ? [
        'edge.tailscale.tailnet is not set, so no app is told the address that it is found by: what needs it (APP_URL, ALLOWED_HOSTS and the like) has to be set by hand. https://login.tailscale.com/admin/dns shows the name: tail1234.ts.net.',
      ]
    : [];
}

/** The edge that the stack had goes on leading the world to the apps, until somebody takes its container away. */
export function leftEdge(service: string | undefined): readonly string[] {
  return service === undefined
    ? []
    : [
        `The edge was ${service}, and is no longer: its container runs on, and leads the world to the apps as before, until ${controlScript} up --detach --wait --remove-orphans takes it away.`,
      ];
}

/** Names that nobody owns (RFC 2606): those of a preset, until somebody changes them. */
function exampleHosts(answers: Answers): readonly string[] {
  const edge = edgeOf(answers);
  if (!edge) return [];
  const hosts = [
    ...Object.values(edge.answers.hostnames).flat().map(hostIn),
    ...Object.keys(edge.answers.redirects ?? {}),
  ];
  const examples = [...new Set(hosts)].filter((host) => /(?:^|\.)example(?:\.(?:com|net|org))?$/.test(host));
  return examples.length === 0
    ? []
    : [
        `${listed(examples)} ${
          examples.length === 1 ? 'is an example, which leads' : 'are examples, which lead'
        } nowhere. Set your own: edge.${edge.kind}.hostnames in prodstack.yaml.`,
      ];
}

/** Behind an edge an app publishes no port, so one without a host can only be asked by other apps. */
function unroutedApps(answers: Answers): readonly string[] {
  const edge = edgeOf(answers);
  if (!edge) return [];
  const apps = Object.entries(answers.apps);
  return listeners(answers)
    .map(({ service }) => service)
    .filter((name) => placesOf(answers, name).length === 0)
    .filter((name) => apps.every(([, app]) => !app.uses.includes(name)))
    .map(
      (name) =>
        `${name} has no host, and no other app uses it: nobody reaches it in production. Set edge.${edge.kind}.hostnames.${name} in prodstack.yaml.`,
    );
}
