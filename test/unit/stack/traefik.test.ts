/** What Traefik is told by labels, files and flags, and who may ask the Docker API. */
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { UserError } from '../../../generators/errors.ts';
import { traefikLabels } from '../../../generators/stack/blocks/edge/traefik-labels.ts';
import { run, type Tree } from '../../support/plan.ts';

const node = { stack: 'node', start: 'node server.js', uses: [] };
const apps = {
  web: { ...node, path: 'web', port: 3000, health: '/health' },
  api: { ...node, path: 'api', port: 3001, health: 'none' },
  jobs: { ...node, path: 'jobs', port: 'none' },
};
const hostnames = { web: ['shop.example.com', 'shop.example.org'], api: ['api.example.com', 'shop.example.com/api'] };
const redirects = { 'www.example.com': 'shop.example.com' };
const input: Tree = { 'web/x': '', 'api/x': '', 'jobs/x': '' };

const generated = async (traefik: object, more: object = {}) => {
  const { stack, after } = await run(input, {
    name: 'shop',
    apps,
    backup: { engine: 'none' },
    edge: { traefik: { hostnames, ...traefik } },
    ...more,
  });
  const prod = parse(after['compose.prod.yaml'] ?? '') as Compose;
  return { stack, after, prod, proxy: prod.services['traefik'], dynamic: parse(after[config] ?? '') };
};

const config = 'docker/traefik/dynamic/proxy.yml';

interface Compose {
  readonly services: Readonly<
    Record<
      string,
      {
        labels?: Record<string, string>;
        command?: string[];
        volumes?: (string | object)[];
        depends_on?: object;
        networks?: string[];
      }
    >
  >;
}

/** The labels and flags that are used, as the documentation of Traefik 3.7 has them ("Docker", "CLI options"), in lower case. */
const knownLabels = [
  /^traefik\.enable$/,
  /^traefik\.http\.routers\.[a-z0-9-]+(?:_\d+)?\.(?:entrypoints|rule|priority|service)$/,
  /^traefik\.http\.services\.[a-z0-9-]+\.loadbalancer\.server\.port$/,
  /^traefik\.http\.services\.[a-z0-9-]+\.loadbalancer\.healthcheck\.(?:path|hostname|interval|timeout|unhealthyinterval)$/,
  /^traefik\.http\.services\.[a-z0-9-]+\.loadbalancer\.healthcheck\.headers\.x-forwarded-proto$/,
];
const knownFlags = [
  'accesslog.fields.queryparameters.defaultmode',
  'accesslog.format',
  'certificatesresolvers.<name>.acme.email',
  'certificatesresolvers.<name>.acme.keytype',
  'certificatesresolvers.<name>.acme.storage',
  'certificatesresolvers.<name>.acme.tlschallenge',
  'entrypoints.<name>.address',
  'entrypoints.<name>.http.middlewares',
  'entrypoints.<name>.http.tls',
  'entrypoints.<name>.http.tls.certresolver',
  'entrypoints.<name>.http.underscoreheadersstrategy',
  'entrypoints.<name>.http3.advertisedport',
  'entrypoints.<name>.transport.lifecycle.gracetimeout',
  'entrypoints.<name>.transport.respondingtimeouts.readtimeout',
  'global.checknewversion',
  'global.sendanonymoususage',
  'log.format',
  'ping.entrypoint',
  'providers.docker.constraints',
  'providers.docker.endpoint',
  'providers.docker.exposedbydefault',
  'providers.docker.network',
  'providers.file.directory',
  'providers.providersthrottleduration',
  'serverstransport.forwardingtimeouts.dialtimeout',
  'serverstransport.forwardingtimeouts.idleconntimeout',
  'serverstransport.forwardingtimeouts.responseheadertimeout',
];

describe('the labels', () => {
  const of = (...routes: Parameters<typeof traefikLabels>[0]) => traefikLabels(routes);
  const at = (host: string, path = '/', service = 'web') => ({ host, path, service, port: 3000 });

  it('put hosts that share a path into one router', () => {
    expect(of(at('a.example.com'), at('b.example.com'))['web']).toMatchObject({
      'traefik.http.routers.web.rule': 'Host(`a.example.com`) || Host(`b.example.com`)',
      'traefik.http.routers.web.service': 'web',
      'traefik.http.services.web.loadbalancer.server.port': '3000',
    });
  });

  it('take a path with what is below it, and not what only begins alike', () => {
    const labels = of(at('a.example.com', '/api'), at('b.example.com', '/api'))['web'];
    expect(labels?.['traefik.http.routers.web.rule']).toBe(
      '(Host(`a.example.com`) || Host(`b.example.com`)) && (Path(`/api`) || PathPrefix(`/api/`))',
    );
  });

  it('prefer the longest path, however long the rules are', () => {
    const many = Array.from({ length: 20 }, (_, index) => at(`a-rather-long-name-${index}.example.com`));
    const labels = of(...many, at('a-rather-long-name-0.example.com', '/v1/api', 'api'));
    const priority = (service: string) => Number(labels[service]?.[`traefik.http.routers.${service}.priority`]);
    expect(priority('api')).toBeGreaterThan(priority('web'));
  });

  it('ask as the world would whether a service is ready, and only one that has a route for it', () => {
    const check = 'traefik.http.services.web.loadbalancer.healthcheck';
    expect(of({ ...at('a.example.com'), health: '/up' })['web']).toMatchObject({
      [`${check}.path`]: '/up',
      [`${check}.hostname`]: 'a.example.com',
      [`${check}.headers.X-Forwarded-Proto`]: 'https',
    });
    expect(Object.keys(of(at('a.example.com'))['web'] ?? {}).filter((name) => name.includes('healthcheck'))).toEqual(
      [],
    );
  });

  it('are those that Traefik knows, and on what it leads to only', async () => {
    const { prod } = await generated({ redirects });
    for (const [name, { labels = {} }] of Object.entries(prod.services)) {
      const unknown = Object.keys(labels).filter((label) => !knownLabels.some((one) => one.test(label.toLowerCase())));
      expect({ name, unknown, any: Object.keys(labels).length > 0 }).toEqual({
        name,
        unknown: [],
        any: ['web', 'api', 'maintenance'].includes(name),
      });
    }
  });
});

describe('Traefik', () => {
  it.each([
    ['acme', { email: 'ops@example.com' }],
    ['files', { certificates: 'files' }],
  ])('has flags that it knows, with certificates from %s', async (_from, answers) => {
    const { proxy } = await generated(answers);
    const flags = proxy?.command?.map((flag) =>
      flag
        .replace(/^--|=.*$/gs, '')
        .toLowerCase()
        .replace(/^(entrypoints|certificatesresolvers)\.[^.]+/, '$1.<name>'),
    );
    expect(flags?.filter((flag) => !knownFlags.includes(flag))).toEqual([]);
  });

  it('opens neither API nor dashboard, and takes nobody at their word', async () => {
    const { proxy, after } = await generated({});
    const text = [...(proxy?.command ?? []), after[config]].join('\n');
    expect(text).not.toMatch(/--api|insecure|trustedIPs|proxyProtocol|dashboard/i);
    expect(text).toContain('--providers.docker.exposedByDefault=false');
    expect(text).toContain('Label(`com.docker.compose.project`, `${COMPOSE_PROJECT_NAME}`)');
  });

  it('gets certificates by itself and keeps them, or reads those that are brought', async () => {
    const acme = await generated({ email: 'ops@example.com' });
    expect(acme.proxy?.command).toContain('--certificatesResolvers.acme.acme.email=ops@example.com');
    expect(acme.proxy?.volumes).toContain('traefik-data:/var/tmp');
    expect(acme.stack.volumes.find(({ name }) => name === 'traefik-data')?.disposable).toBeUndefined();
    expect(acme.dynamic.tls.certificates).toBeUndefined();

    const files = await generated({ certificates: 'files', redirects });
    expect(files.stack.volumes).toEqual([]);
    expect(files.dynamic.tls.certificates).toEqual(
      ['shop.example.com', 'shop.example.org', 'api.example.com', 'www.example.com'].map((host) => ({
        certFile: `/etc/traefik/certs/${host}.crt`,
        keyFile: `/etc/traefik/certs/${host}.key`,
      })),
    );
    expect(files.after['.gitignore']).toContain('/docker/traefik/certs/');
    expect(files.proxy?.depends_on).toHaveProperty('traefik-check');
  });

  it('leads known hosts to https, and whole hosts elsewhere', async () => {
    const { dynamic } = await generated({ redirects });
    expect(dynamic.http.routers['to-https'].rule).toBe(
      'Host(`shop.example.com`) || Host(`shop.example.org`) || Host(`api.example.com`) || Host(`www.example.com`)',
    );
    expect(dynamic.http.routers['redirect-1'].rule).toBe('Host(`www.example.com`)');
    const { regex, replacement } = dynamic.http.middlewares['redirect-1'].redirectRegex;
    const moved = (url: string) => url.replace(new RegExp(regex), replacement.replace('${1}', '$1'));
    expect(moved('https://www.example.com/')).toBe('https://shop.example.com/');
    expect(moved('https://www.example.com:8443/a/b?c=d&e=https://x/y')).toBe(
      'https://shop.example.com/a/b?c=d&e=https://x/y',
    );
  });

  it('is told that a limit for uploads cannot be kept', async () => {
    const error: unknown = await generated({ upload: '50M' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).problems).toMatchObject([{ path: 'edge.traefik.upload', value: '"50M"' }]);
  });
});

describe('the Docker API', () => {
  it('is mounted into the filter alone, which nobody but Traefik shares a network with', async () => {
    const { stack, prod } = await generated({});
    const withSocket = Object.entries(prod.services).filter(([, { volumes = [] }]) =>
      JSON.stringify(volumes).includes('docker.sock'),
    );
    expect(withSocket.map(([name]) => name)).toEqual(['docker-proxy']);
    const on = (network: string) =>
      stack.services.filter(({ networks }) => networks.includes(network)).map(({ name }) => name);
    expect(on('socket')).toEqual(['docker-proxy', 'traefik']);
    expect(stack.services.find(({ name }) => name === 'docker-proxy')?.networks).toEqual(['socket']);
    expect(stack.networks.find(({ name }) => name === 'socket')?.internal).toBe(true);
  });

  it('is asked for no other protocol: the filter takes Upgrade away from all that it lets through', async () => {
    const { after } = await generated({});
    const filter = after['docker/docker-proxy/haproxy.cfg'] ?? '';
    const [, frontend = ''] = /^frontend api\n(.*?)\n\n/ms.exec(filter) ?? [];
    // Without a condition.
    expect(frontend).toMatch(/^ {2}http-request del-header Upgrade$/m);
  });

  it('is no part of development', async () => {
    const { after } = await generated({});
    for (const file of ['compose.yaml', 'compose.dev.yaml'])
      expect(after[file]).not.toMatch(/docker\.sock|traefik:|docker-proxy:/);
  });
});
