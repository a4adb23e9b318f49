/** Hosts for whatever apps a combination has. */
import { edgeKinds } from '../../generators/answers/edge.ts';
import { listeners } from '../../generators/answers/public.ts';
import type { Answers } from '../../generators/answers/schema.ts';

/** An edge that leads to all apps with a port, with these answers of its kind; undefined where there is none. */
export function edgeFor(answers: Answers, choice: Readonly<Record<string, object>>): object | undefined {
  const kind = edgeKinds.find((one) => one in choice);
  // Reverb is found at its app, without a line of its own.
  const apps = listeners(answers).flatMap(({ service }) => (service in answers.apps ? [service] : []));
  const [first] = apps;
  if (kind === undefined || first === undefined) return undefined;
  const hosts = (app: string) =>
    kind === 'tailscale'
      ? app === first
        ? 'shop'
        : [`shop/${app}`]
      : app === first
        ? ['main.example.com', 'main.example.org']
        : [`${app}.example.com`, `main.example.com/${app}/v1`];
  return { [kind]: { hostnames: Object.fromEntries(apps.map((app) => [app, hosts(app)])), ...choice[kind] } };
}
