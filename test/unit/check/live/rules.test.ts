import { describe, expect, test } from 'vitest';
import type { LiveStack } from '../../../../generators/check/live/facts.ts';
import { liveFindings, liveRules } from '../../../../generators/check/live/index.ts';
import type { Finding } from '../../../../generators/rules/types.ts';
import { broken, containerOf, healthy, only, withContainer, withService } from './recorded.ts';

interface Case {
  readonly rule: string;
  readonly says: string;
  readonly stack: LiveStack;
  readonly finds: readonly Partial<Finding>[];
}

const holds = (rule: string, says: string, stack: LiveStack): Case => ({ rule, says, stack, finds: [] });
const fails = (rule: string, says: string, stack: LiveStack, ...finds: readonly Partial<Finding>[]): Case => {
  if (finds.length === 0) throw new Error(`what does ${rule} find?`);
  return { rule, says, stack, finds };
};

const db = containerOf('db');
const hour = 3_600_000;
const later = (stack: LiveStack, milliseconds: number): LiveStack => ({
  ...stack,
  host: { ...stack.host, now: stack.host.now + milliseconds },
});
const port = { target: 5432, protocol: 'tcp', address: '0.0.0.0', published: '5432' };
const memory = (share: number): LiveStack => ({
  ...withContainer({ memoryLimit: 64 * 1024 ** 2 }),
  memory: new Map([[db.id.slice(0, 12), share]]),
});
const backups = (problems: readonly string[], warnings: readonly string[] = []): LiveStack => ({
  ...healthy,
  backups: new Map([['db', { problems, warnings }]]),
});
const disk = { path: '/var/lib/docker', free: 5e9, size: 5e10, freeFiles: 90, files: 100 };

const cases: readonly Case[] = [
  holds('live-missing', 'is content with what is there', healthy),
  holds('live-missing', 'expects nothing of a profile', {
    ...withService({ profiles: ['tools'] }),
    containers: [containerOf('migrate')],
  }),
  fails('live-missing', 'finds a service without a container', broken, {
    service: 'added',
    file: 'compose.yaml',
    message: 'has no container',
  }),
  fails('live-missing', 'counts replicas', withService({ scale: 3 }), { message: 'has 1 of 3 containers' }),

  holds('live-down', 'lets what is done be', healthy),
  fails('live-down', 'finds what has ended', only('worker'), {
    service: 'worker',
    message:
      'has ended 4 s ago with status 137: killed (SIGKILL): it did not stop in time, or somebody or the kernel killed it',
  }),
  fails(
    'live-down',
    'finds a task that failed',
    { ...healthy, containers: [db, { ...containerOf('migrate'), exitCode: 127 }] },
    {
      service: 'migrate',
      message: 'has failed 29 s ago with status 127: its program, or one that it starts, is not there',
    },
  ),
  fails(
    'live-down',
    'says why the engine could not start it',
    withContainer({ status: 'created', error: 'Bind for 127.0.0.1:5432 failed: port is already allocated' }),
    { message: 'was made and never started: Bind for 127.0.0.1:5432 failed: port is already allocated' },
  ),
  fails('live-down', 'finds what is paused', withContainer({ status: 'paused' }), { message: 'is paused' }),

  holds('live-restarting', 'forgives a crash that is long ago', later(withContainer({ restarts: 2 }), hour)),
  fails('live-restarting', 'finds a loop', only('crash'), {
    service: 'crash',
    message: 'ends as soon as it is started: 8 times so far, last with status 3',
  }),
  fails('live-restarting', 'names memory where that is why', only('hog'), {
    message:
      'ends as soon as it is started: 7 times so far, last with status 137: it needed more memory than its limit',
  }),
  fails('live-restarting', 'finds one that is up between two crashes', withContainer({ restarts: 4 }), {
    message: 'was started again 4 times, the last time 30 s ago',
  }),

  holds('live-unhealthy', 'is content with what is healthy', only('web')),
  fails('live-unhealthy', 'shows what the check said, and no secret', only('sick'), {
    service: 'sick',
    file: 'compose.yaml',
    message: 'its health check failed 23 times in a row, last with: 401 with *** at http://u:***@db/',
  }),

  holds('live-starting', 'is patient', only('slow')),
  fails('live-starting', 'finds what does not come up', later(only('slow'), 5 * 60_000), {
    service: 'slow',
    message: 'is not healthy yet, 5 minutes after its start; the check says: exit status 1',
  }),

  holds('live-unchecked', 'leaves alone what nobody relies on', healthy),
  holds('live-unchecked', 'is content with a check', only('web')),
  fails('live-unchecked', 'finds what is published and unchecked', only('old'), { service: 'old' }),
  fails(
    'live-unchecked',
    'finds what others wait for',
    {
      ...only('db', 'worker'),
      combination: broken.combination && {
        ...broken.combination,
        model: { services: { db: {}, worker: { depends_on: { db: { condition: 'service_started' } } } } },
      },
    },
    { service: 'db', message: 'runs without a health check' },
  ),

  holds('live-out-of-memory', 'is content where nothing was killed', healthy),
  fails('live-out-of-memory', 'counts what the engine remembers', only('hog'), {
    service: 'hog',
    message: 'the kernel has killed 4 processes of it for want of memory, with a limit of 32M; the last time 7 s ago',
  }),
  fails(
    'live-out-of-memory',
    'knows how the last one ended',
    { ...only('hog'), kills: new Map() },
    {
      message: 'the kernel has killed it for want of memory, with a limit of 32M',
    },
  ),

  holds('live-memory-short', 'leaves room', memory(0.5)),
  fails('live-memory-short', 'finds what is close to its limit', memory(0.95), { message: 'uses 95% of its 64M' }),

  holds('live-memory-promised', 'adds up', withContainer({ memoryLimit: 20 * 1024 ** 3 })),
  fails('live-memory-promised', 'finds more than there is', withContainer({ memoryLimit: 32 * 1024 ** 3 }), {
    message: 'the limits of shop add up to 32G, and the host has 24G',
  }),

  holds('live-port-open', 'allows the loopback interface', only('old')),
  fails('live-port-open', 'finds a port that everybody reaches, once for both protocols', only('web'), {
    service: 'web',
    file: 'compose.yaml',
    message: 'port 18471 is open on all interfaces',
  }),

  holds('live-port-other', 'is content with what the file says', only('web')),
  holds('live-port-other', 'knows ranges', {
    ...withService(
      { ports: [{ target: 5432, published: '5430-5440', protocol: 'tcp' }] },
      { ports: [port, { ...port, address: '::' }] },
    ),
  }),
  fails(
    'live-port-other',
    'finds a port of an older file, and the one that is to come',
    only('old'),
    { service: 'old', message: 'port 18472 on 127.0.0.1 (to 1) is in no file' },
    { service: 'old', message: 'port 18473 (to 1) is not published, and the file says so' },
  ),

  holds('live-orphan', 'is content without any', healthy),
  fails(
    'live-orphan',
    'finds what the file no longer has',
    { ...broken, containers: [{ ...containerOf('later'), ports: [port] }] },
    { service: 'later', message: 'shop-later-1 is of no service of the files, and publishes 5432' },
  ),

  holds('live-refused', 'is content with files that Compose takes', healthy),
  fails(
    'live-refused',
    'says what Compose says',
    { ...healthy, combination: undefined, refused: 'services must be a mapping' },
    { file: 'compose.yaml', message: 'services must be a mapping' },
  ),

  holds('live-old-image', 'is content with the image of now', healthy),
  fails('live-old-image', 'finds one that was built anew', only('web'), {
    service: 'web',
    message: 'runs an older shop-web:local than the one that this host has by now',
  }),
  fails('live-old-image', 'finds another tag', withService({ image: 'busybox:1.38.0' }), {
    service: 'db',
    message: 'runs busybox:1.37.0-glibc, and the files say busybox:1.38.0',
  }),

  holds('live-old-configuration', 'is content with what is as the file says', healthy),
  holds('live-old-configuration', 'leaves another image to the rule about images', {
    ...withService({ image: 'busybox:1.38.0' }, { configHash: 'other' }),
  }),
  fails('live-old-configuration', 'finds what was made before a change', only('old'), { service: 'old' }),

  holds('live-logs', 'is content with rotation that is in force', healthy),
  holds('live-logs', 'knows other drivers', withContainer({ logging: { driver: 'journald', options: {} } })),
  fails('live-logs', 'finds a log without end', only('later', 'old'), { service: 'later' }, { service: 'old' }),

  holds('live-root', 'is content with another user', healthy),
  holds('live-root', 'knows programs that change the user', { ...healthy, users: new Map([[db.id, ['0', '999']]]) }),
  fails('live-root', 'finds a container that is all of root', only('web'), {
    service: 'web',
    message: 'all of its processes run as root',
  }),

  holds('live-volume-missing', 'is content with what is there', healthy),
  fails(
    'live-volume-missing',
    'finds one that is not',
    { ...healthy, volumes: new Set() },
    {
      service: 'db',
      message: 'its volume shop_data is not there',
    },
  ),

  holds('live-volume-shared', 'is content with one writer', healthy),
  fails(
    'live-volume-shared',
    'finds a second one',
    { ...healthy, strangers: [{ volume: 'shop_data', container: 'other-db-1' }] },
    { service: 'db', message: 'other-db-1, of another stack, writes to the volume shop_data' },
  ),

  holds('live-backup', 'is content with a backup that is well', backups([])),
  fails(
    'live-backup',
    'says what the backup says',
    backups(['the last good backup is 3 days old, and may be 26 h 0 min']),
    {
      service: 'db',
      message: 'the last good backup is 3 days old, and may be 26 h 0 min',
    },
  ),
  fails(
    'live-backup',
    'finds one that does not answer',
    { ...healthy, backups: new Map([['db', 'exit status 1']]) },
    {
      message: 'does not say how the backups are: exit status 1',
    },
  ),
  holds('live-drill', 'leaves backups to the rule about backups', backups(['there is no backup yet'])),
  fails('live-drill', 'finds an old drill', backups(['the last drill is 9 days old, and may be 8 days']), {
    message: 'the last drill is 9 days old, and may be 8 days',
  }),
  holds('live-backup-weak', 'is content with what is elsewhere', backups([])),
  fails('live-backup-weak', 'hands on what it warns of', backups([], ['the backups are on this host only']), {
    message: 'the backups are on this host only',
  }),

  holds('live-disk', 'is content with room', healthy),
  holds('live-disk', 'knows that 5% of a large disk are enough', {
    ...healthy,
    host: { ...healthy.host, disk: { ...disk, free: 5e10, size: 2e12 } },
  }),
  holds('live-disk', 'says nothing of a disk that it cannot see', {
    ...healthy,
    host: { ...healthy.host, disk: undefined },
  }),
  fails(
    'live-disk',
    'finds a disk that is nearly full, in bytes and in files',
    { ...healthy, host: { ...healthy.host, disk: { ...disk, free: 1e9, freeFiles: 2 } } },
    { message: '954M of 46.57G are free at /var/lib/docker' },
    { message: '2% of the inodes are free at /var/lib/docker' },
  ),

  holds('live-clock', 'allows what a question takes', healthy),
  fails('live-clock', 'finds a clock that is wrong', later(healthy, -3 * hour), {
    message: 'the clock of the engine is 2 hours off',
  }),
];

describe('every live rule', () => {
  test.each(liveRules)('$id can be read', ({ id, title, why, fix, source }) => {
    expect(id).toMatch(/^live-[a-z-]+$/);
    expect(title).toMatch(/^[A-Z].*[^.]$/s);
    expect(why).toMatch(/\.$/);
    expect(fix).toMatch(/\.$/);
    expect(source).toMatch(/^https:\/\/[\w.-]+\/\S*$/);
  });

  test('has an id of its own', () => {
    expect(new Set(liveRules.map(({ id }) => id)).size).toBe(liveRules.length);
  });

  test.each(liveRules)('$id has an example that holds and one that does not', ({ id }) => {
    const own = cases.filter(({ rule }) => rule === id);
    expect(own.some(({ finds }) => finds.length === 0)).toBe(true);
    expect(own.some(({ finds }) => finds.length > 0)).toBe(true);
  });

  test('finds nothing in a stack that is well', () => {
    expect(liveFindings([healthy])).toEqual([]);
  });
});

test.each(cases.map((one) => ({ ...one, name: `${one.rule} ${one.says}` })))('$name', ({ rule, stack, finds }) => {
  const found = liveFindings([stack]).filter((one) => one.rule === rule);
  expect(found).toHaveLength(finds.length);
  expect(found).toMatchObject(finds);
});

test('what is said of the host is said once for all stacks', () => {
  const full = { ...healthy, host: { ...healthy.host, disk: { ...disk, free: 1 } } };
  expect(liveFindings([full, { ...full, name: 'other' }])).toHaveLength(1);
});

test('a stack for development is not asked what only a server must keep', () => {
  const stack = only('web', 'old', 'sick');
  const development = {
    ...stack,
    combination: stack.combination && { ...stack.combination, purpose: 'development' as const },
  };
  const ids = (found: LiveStack) => new Set(liveFindings([found]).map(({ rule }) => rule));
  const left = [...ids(stack)].filter((id) => !ids(development).has(id));
  expect(left.sort()).toEqual(['live-logs', 'live-port-open', 'live-root', 'live-unchecked']);
  expect(ids(development)).toContain('live-unhealthy');
});

test('containers of `docker compose run` are nobody’s business', () => {
  const [first] = only('crash').containers;
  const oneOff = { ...(first ?? db), isOneOff: true };
  expect(liveFindings([{ ...healthy, containers: [...healthy.containers, oneOff] }])).toEqual([]);
});

test('of several containers of a service the one that is meant is named', () => {
  const second = { ...db, id: 'other', name: 'shop-db-2', status: 'paused' };
  const stack = { ...withService({ scale: 2 }), containers: [db, second, containerOf('migrate')] };
  expect(liveFindings([stack])).toMatchObject([{ rule: 'live-down', message: 'shop-db-2: is paused' }]);
});
