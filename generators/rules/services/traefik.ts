import { factsOf } from '../builds.ts';
import { parseImage, versionOf } from '../image.ts';
import { github } from '../sources.ts';
import { findsContainers, type TraefikSettings, traefikSettings } from '../traefik.ts';
import { type ServiceView, serviceRule } from '../view.ts';

const docs = 'https://doc.traefik.io/traefik/';

export const traefikOptIn = serviceRule({
  id: 'traefik-opt-in',
  severity: 'error',
  title: 'Traefik routes to those services only that ask for it',
  why: 'Unless told otherwise it has a route to every container of the host that exposes a port, by the name of the container: an admin page that nobody published is open to the world.',
  fix: 'Set `--providers.docker.exposedbydefault=false`, and `traefik.enable=true` on what the world may reach.',
  source: `${docs}reference/install-configuration/providers/docker/`,
  scope: 'production',
  of: isTraefik,
  at: ['command'],
  check: (view) => {
    const settings = traefikSettings(view);
    const isClosed =
      settings.flags.get('providers.docker.exposedbydefault')?.toLowerCase() === 'false' ||
      settings.texts.some((text) => /^[ \t]*exposedByDefault[ \t]*[:=][ \t]*false\b/im.test(text));
    return findsContainers(settings) && !isClosed
      ? 'exposedByDefault is not false: it exposes every container'
      : undefined;
  },
});

export const traefikApiClosed = serviceRule({
  id: 'traefik-api-closed',
  severity: 'error',
  title: 'The API of Traefik is not open',
  why: 'With api.insecure whoever reaches port 8080 of it, every container of its networks at least, reads all routes, hosts and middlewares, with the hashes of passwords in them.',
  fix: 'Remove `--api.insecure`; a dashboard that is needed gets a router of its own with authentication.',
  source: `${docs}reference/install-configuration/api-dashboard/`,
  scope: 'production',
  of: isTraefik,
  at: ['command'],
  check: (view) => (hasOpenApi(traefikSettings(view)) ? 'api.insecure is on' : undefined),
});

export const traefikDockerApi = serviceRule({
  id: 'traefik-docker-api',
  severity: 'error',
  title: 'Traefik speaks an API that current Docker Engines know',
  why: 'Engine 29 takes no API older than 1.44: an older Traefik logs "client version 1.24 is too old", finds no container and answers 404 to everything.',
  fix: 'Use `traefik:v3.6.1` or later; 2.11 from 2.11.31 on.',
  source: github('traefik/traefik/issues/12253'),
  scope: 'every',
  of: (view) => isTraefik(view) && findsContainers(traefikSettings(view)),
  at: ['image'],
  check: ({ service: { image = '' } }) => {
    const tag = parseImage(image)?.tag;
    return isTooOld(versionOf(tag)) ? `${tag} is refused by Docker Engine 29` : undefined;
  },
});

function isTraefik({ project, service }: ServiceView): boolean {
  return factsOf(project, service)?.family === 'traefik';
}

function hasOpenApi({ flags, texts }: TraefikSettings): boolean {
  return (
    flags.get('api.insecure')?.toLowerCase() === 'true' ||
    texts.some((text) =>
      // The key has namesakes in other sections.
      /^api:[ \t]*\n(?:[ \t]+.*\n)*?[ \t]+insecure:[ \t]*true\b|^\[api\][ \t]*\n(?:[^[\n].*\n|\n)*?[ \t]*insecure[ \t]*=[ \t]*true\b/im.test(
        text,
      ),
    )
  );
}

/** A tag such as `v3` or `v2.11` is whatever is the newest of it. */
function isTooOld([major, minor, patch]: readonly number[]): boolean {
  if (major === undefined) return false;
  const [first, last] = major === 2 ? [11, 31] : [6, 1];
  if (major < 2) return true;
  if (major > 3 || minor === undefined) return false;
  return minor < first || (minor === first && patch !== undefined && patch < last);
}
