/** What puts right what services lack. Each says what it must not touch, and why it can do no harm elsewhere. */
import type { Edit } from '../../compose/edit/types.ts';
import type { ComposeService } from '../../compose/model.ts';
import { buildOf, factsOf, startedFrom } from '../builds.ts';
import type { Family } from '../image-facts.ts';
import { mountedTexts } from '../mounted.ts';
import { probeOf } from '../probe.ts';
import { healthcheckDollar } from '../services/healthcheck-dollar.ts';
import { healthcheckTool } from '../services/healthcheck-tool.ts';
import { programName } from '../shell.ts';
import { sizeInBytes } from '../sizes.ts';
import { argvOf, isDataService, isNotRestarted } from '../view.ts';
import { everywhere, filesWith, isList, type Place, probeWords, serviceRepair, variable } from './compose.ts';
import type { Repairer } from './types.ts';

const set = (place: Place, keys: readonly string[], value: unknown): Edit => ({
  op: 'set',
  path: place.at(...keys),
  value,
});

/** Where somebody has chosen a driver, logs are wanted elsewhere. */
export const logRotation = serviceRepair((place) => {
  const { project, service } = place.view;
  const services = project.combinations.flatMap(({ model }) => Object.values(model.services));
  if (services.some(({ logging }) => !/^(?:json-file)?$/.test(logging?.driver ?? ''))) return undefined;
  const options = service.logging?.options ?? {};
  return [
    ...(service.logging?.driver === undefined ? [set(place, ['logging', 'driver'], 'json-file')] : []),
    set(place, ['logging', 'options', 'max-size'], '10m'),
    ...('max-file' in options ? [] : [set(place, ['logging', 'options', 'max-file'], '5')]),
  ];
});

/**
 * Only what is a server for sure: a task that is started again after it has ended would never stop. Who has written that
 * it is not restarted has decided.
 */
export const restartSet = serviceRepair((place) => {
  const { service } = place.view;
  const isDatabase = isDataService(place.view) && startedFrom(service) === 'server';
  const isServer = (service.ports ?? []).length > 0 || probeOf(service.healthcheck) !== undefined || isDatabase;
  return isServer && !isNotRestarted(service) ? [set(place, ['restart'], 'unless-stopped')] : undefined;
});

/** Compose takes deploy.restart_policy wherever there are both, so that `restart` can go without a change. */
export const restartPolicyOnce = serviceRepair((place) => {
  const { view, file } = place;
  const files = filesWith(view.project, ['services', view.name, 'restart']);
  const isAlways = everywhere(view).every(({ service }) => service.deploy?.restart_policy !== undefined);
  return isAlways && files.length === 1 && files[0] === file
    ? [{ op: 'remove', path: place.at('restart') }]
    : undefined;
});

/** What waits for it never starts as it is. */
export const oneShotNotRestarted = serviceRepair((place) =>
  place.view.service.deploy?.restart_policy === undefined ? [set(place, ['restart'], 'no')] : undefined,
);

/** Programs whose answer is known: they fail while the database does not answer, and at nothing else. */
const soundProbes = new Set(['pg_isready', 'redis-cli', 'valkey-cli', 'mysqladmin', 'mariadb-admin', 'healthcheck.sh']);

/** A check that is never healthy would keep the app from starting: only those that everybody uses, and that hold here. */
export const dependsOnConditions = serviceRepair((place) => {
  const { view, file } = place;
  const name = /^waits only until (\S+) is started, not until it is healthy$/.exec(place.message)?.[1];
  if (name === undefined) return undefined;
  const isSound = everywhere(view)
    .filter(({ service }) => service.depends_on?.[name])
    .every(({ model }) => {
      const commands = probeOf(model.services[name]?.healthcheck)?.commands ?? [];
      return commands.some(({ words }) => soundProbes.has(programName(words[0] ?? '')));
    });
  const suspects = [healthcheckTool, healthcheckDollar].flatMap((rule) => rule.check(view.project));
  if (!isSound || suspects.some(({ service }) => service === name)) return undefined;
  if (!isList(place, 'depends_on')) {
    const isHere = place.written('depends_on', name).length > 0;
    return isHere ? [set(place, ['depends_on', name, 'condition'], 'service_healthy')] : undefined;
  }
  const names = place.written('depends_on').flatMap(({ path, value }) => (path.length === 4 ? (value ?? []) : []));
  if (!names.includes(name) || filesWith(view.project, ['services', view.name, 'depends_on'])[0] !== file)
    return undefined;
  const condition = (one: string): string => (one === name ? 'service_healthy' : 'service_started');
  return [set(place, ['depends_on'], Object.fromEntries(names.map((one) => [one, { condition: condition(one) }])))];
});

/** Node is the same under the engine's own init, which passes signals on. */
export const init = serviceRepair((place) => [set(place, ['init'], true)]);

/** As long as the program itself says, and a little longer: nobody waits for more than is at work. */
export const stopGraceCoversJob = serviceRepair((place) => {
  const longest = /may be at work for ([\d.]+)s$/.exec(place.message)?.[1];
  return longest === undefined ? undefined : [set(place, ['stop_grace_period'], `${Math.ceil(Number(longest)) + 10}s`)];
});

/** Workers of Laravel and Symfony handle SIGTERM, or neither of the two. */
export const phpStopSignal = serviceRepair((place) => [set(place, ['stop_signal'], 'SIGTERM')]);

/** Apps may serve by the name that they are asked for (ALLOWED_HOSTS, server_name); these programs do not. */
const nameless: ReadonlySet<Family> = new Set(['node', 'postgres', 'redis', 'mongo', 'prometheus', 'grafana', 'loki']);

export const healthcheckLoopback = serviceRepair((place) => {
  const family = factsOf(place.view.project, place.view.service)?.family;
  const text = probeOf(place.view.service.healthcheck)?.text ?? '';
  // A certificate is one for a name.
  if (!family || !nameless.has(family) || /https:|\bHost['"]?\s*:/i.test(text)) return undefined;
  return probeWords(place, (words) => words.replaceAll(/(?<![\w.-])(?:localhost|0\.0\.0\.0)(?![\w.-])/g, '127.0.0.1'));
});

/** Failures of the first half minute no longer count; the first success still does. */
export const healthcheckStartPeriod = serviceRepair((place) => [set(place, ['healthcheck', 'start_period'], '30s')]);

/** Where a shell of the container fills it in, and the container has it, whatever the overlay. */
export const healthcheckDollarTwice: Repairer = (project, finding) => {
  const name = /^Compose fills in (\w+) /.exec(finding.message)?.[1];
  const combinations = project.combinations.map((one) => one.name);
  if (name === undefined) return undefined;
  return serviceRepair((place) => {
    const isKnown = everywhere(place.view).every(
      ({ service }) => name in (service.environment ?? {}) && probeOf(service.healthcheck)?.needsShell === true,
    );
    const use = new RegExp(`(?<!\\$)\\$(?=${name}(?!\\w)|\\{${name}\\})`, 'g');
    return isKnown ? probeWords(place, (words) => words.replaceAll(use, () => '$$')) : undefined;
  })(project, { ...finding, combinations });
};

/** PostgreSQL listens on TCP unless it is told not to. */
export const postgresReadinessTcp = serviceRepair((place) => {
  const { view } = place;
  const { service } = view;
  const texts = [...argvOf(service), ...mountedTexts(view, '/')].join('\n');
  const test = service.healthcheck?.test ?? [];
  if (/listen_addresses/.test(texts) || 'PGHOST' in (service.environment ?? {})) return undefined;
  if (test.some((word) => /(?:^|\s)(?:-h|--host)/.test(word))) return undefined;
  if (test[0] !== 'CMD') return probeWords(place, (words) => words.replace(/\bpg_isready\b/, '$& -h 127.0.0.1'));
  const words = place
    .written('healthcheck', 'test')
    .flatMap(({ path, value }) => (path.length === 5 ? (value ?? '') : []));
  const at = words.indexOf('pg_isready');
  return at < 0 ? undefined : [set(place, ['healthcheck', 'test'], words.toSpliced(at + 1, 0, '-h', '127.0.0.1'))];
});

/** Official images in which nothing gains privileges by a file's mode: their entrypoints start as root and give it up. */
const plain: ReadonlySet<Family> = new Set([
  ...(['postgres', 'redis', 'mysql', 'mongo', 'memcached', 'nginx', 'haproxy', 'mosquitto', 'traefik'] as const),
  ...(['node', 'python', 'golang', 'cloudflared', 'prometheus', 'grafana', 'loki', 'alloy'] as const),
]);

/** What a Dockerfile needs to gain privileges with, or brings an init that does. */
const gains =
  /\b(?:sudo|doas|setcap|suid|s6|fping|chromium|chrome|puppeteer|playwright)\b|s6-overlay|chmod\s+(?:-R\s+)?(?:[ugoa]*\+s|[2467]\d{3})\b/i;

export const noNewPrivileges = serviceRepair((place) => {
  const { project, service } = place.view;
  const family = factsOf(project, service)?.family;
  const build = buildOf(project, service);
  const texts = [
    ...argvOf(service),
    ...(build?.instructions ?? []).flatMap(({ text, heredocs }) => [text, ...heredocs]),
  ];
  const isKnown = service.build === undefined || build !== undefined;
  const isPlain = family !== undefined && plain.has(family) && isKnown && !texts.some((text) => gains.test(text));
  // One that says `no-new-privileges:false` means it.
  const isSet = (service.security_opt ?? []).some((option) => option.startsWith('no-new-privileges'));
  return isPlain && !isSet
    ? [{ op: 'append', path: place.at('security_opt'), value: 'no-new-privileges:true' }]
    : undefined;
});

/** Its program cannot even be executed as it is. */
export const capDropStarts = serviceRepair((place) =>
  place.message.includes('NET_BIND_SERVICE')
    ? [{ op: 'append', path: place.at('cap_add'), value: 'NET_BIND_SERVICE' }]
    : undefined,
);

/** It does not start as it is. */
export const readOnlyPaths = serviceRepair((place) => {
  const path = /^cannot write to (\/\S+)$/.exec(place.message)?.[1];
  return path === undefined ? undefined : [{ op: 'append', path: place.at('tmpfs'), value: path }];
});

/** Where it shares the network of another container, that one's names hold. */
export const hostGateway = serviceRepair((place) => {
  if (/^(?:service|container):/.test(place.view.service.network_mode ?? '')) return undefined;
  const name = 'host.docker.internal';
  const hasMap = place.written('extra_hosts').some(({ path }) => path.length > 3) && !isList(place, 'extra_hosts');
  return hasMap
    ? [set(place, ['extra_hosts', name], 'host-gateway')]
    : [{ op: 'append', path: place.at('extra_hosts'), value: `${name}:host-gateway` }];
});

/** With no state on a volume it logs in with its key all the same. */
export const tailscaleAuthOnce = serviceRepair((place) => [variable(place, 'TS_AUTH_ONCE', 'true')]);

/** An upper bound: what is not used takes no memory. */
export const postgresShm = serviceRepair((place) => [set(place, ['shm_size'], '256m')]);

/** What is said twice, and the same both times, needs to be said once. */
export const limitsInOnePlace = serviceRepair((place) => {
  const { view, file } = place;
  const keys = oldKeys.filter((key) => view.service[key] !== undefined);
  const isSame = everywhere(view).every(({ service }) =>
    keys.every((key) => {
      const other = inDeploy(service, key);
      return other !== undefined && sizeInBytes(service[key] ?? other) === sizeInBytes(other);
    }),
  );
  const isHere = keys.every((key) => {
    const files = filesWith(view.project, ['services', view.name, key]);
    return files.length === 1 && files[0] === file;
  });
  return isSame && isHere ? keys.map((key) => ({ op: 'remove', path: place.at(key) })) : undefined;
});

const oldKeys = ['cpus', 'mem_limit', 'mem_reservation', 'pids_limit'] as const;

function inDeploy({ deploy }: ComposeService, key: (typeof oldKeys)[number]): string | number | undefined {
  const { limits, reservations } = deploy?.resources ?? {};
  if (key === 'mem_reservation') return reservations?.memory;
  return { cpus: limits?.cpus, mem_limit: limits?.memory, pids_limit: limits?.pids }[key];
}
