/** What Traefik is told, wherever it is told: by flags, by variables or in a file. */
import { mountedTexts } from './mounted.ts';
import { argvOf, type ServiceView } from './view.ts';

/** The static configuration, as far as it is at hand. Names are in lower case: Traefik does not tell cases apart. */
export interface TraefikSettings {
  readonly flags: ReadonlyMap<string, string>;
  /** Files of the configuration, YAML or TOML. */
  readonly texts: readonly string[];
}

export function traefikSettings(view: ServiceView): TraefikSettings {
  const flags = argvOf(view.service).flatMap((word) => {
    const [, name = '', value = 'true'] = /^--([^=]+)(?:=([\s\S]*))?$/.exec(word) ?? [];
    return name === '' ? [] : [[name.toLowerCase(), value] as const];
  });
  const variables = Object.entries(view.service.environment ?? {}).flatMap(([name, value]) =>
    name.startsWith('TRAEFIK_') ? [[name.slice(8).replaceAll('_', '.').toLowerCase(), value ?? ''] as const] : [],
  );
  const all = new Map([...variables, ...flags]);
  const file = all.get('configfile');
  return { flags: all, texts: mountedTexts(view, file ?? '/etc/traefik') };
}

/** Whether it looks for containers, and may route to each of them. */
export function findsContainers({ flags, texts }: TraefikSettings): boolean {
  const isSwitchedOn = flags.get('providers.docker') === 'true';
  const hasOptions = [...flags.keys()].some((name) => name.startsWith('providers.docker.'));
  return isSwitchedOn || hasOptions || texts.some((text) => /^[ \t]+docker:|^\[providers\.docker/m.test(text));
}
