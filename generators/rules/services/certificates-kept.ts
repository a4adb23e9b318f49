import { factsOf } from '../builds.ts';
import { mountedTexts, mountsAt } from '../mounted.ts';
import { traefikSettings } from '../traefik.ts';
import { type ServiceView, serviceRule } from '../view.ts';

export const certificatesKept = serviceRule({
  id: 'certificates-kept',
  severity: 'error',
  title: 'A proxy that gets its certificates itself keeps them on a volume',
  why: "Each new container asks for new ones, and Let's Encrypt gives five for the same names in a week: a day of deploys, and https is down for days.",
  fix: 'Mount a volume: /data for Caddy and FrankenPHP, the folder of acme.json for Traefik.',
  source: 'https://letsencrypt.org/docs/rate-limits/',
  scope: 'production',
  at: ['volumes'],
  check: (view) =>
    placesOf(view)
      .filter((place) => !mountsAt(view, place))
      .map((place) => `no volume at ${place}, where its certificates are`),
});

/** Where a service keeps certificates of its own making; nothing where it surely makes none. */
function placesOf(view: ServiceView): readonly string[] {
  const family = factsOf(view.project, view.service)?.family;
  if (family === 'traefik') {
    return [...traefikSettings(view).flags]
      .filter(([name]) => /^certificatesresolvers\.[^.]+\.acme\.storage$/.test(name))
      .map(([, path]) => path);
  }
  if (family !== 'caddy' && family !== 'frankenphp') return [];
  const { environment = {}, ports = [] } = view.service;
  const hasOwn = mountedTexts(view, '/etc/caddy').some((text) =>
    /^[ \t]*(?:tls[ \t]+\S*\/|auto_https[ \t]+off)/m.test(text),
  );
  // Without https there are no certificates.
  return ports.some(({ target }) => target === 443) && !hasOwn ? [environment['XDG_DATA_HOME'] ?? '/data'] : [];
}
