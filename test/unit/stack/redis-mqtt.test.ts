import { describe, expect, it } from 'vitest';
import { validate } from '../../../generators/answers/validate.ts';
import { UserError } from '../../../generators/errors.ts';
import { run, type Tree } from '../../support/plan.ts';
import { detectIn, express } from '../detect/repo.ts';

const node = { stack: 'node', framework: 'express', start: 'node server.js', dev: 'none' };
const python = { stack: 'python', framework: 'none', start: 'python main.py', health: 'none' };
const laravel = { stack: 'laravel', version: '8.4', frozen: true };
const tree: Tree = { 'api/x': '', 'jobs/x': '', 'shop/x': '' };

/** A stack of these apps, which exist. */
async function stackOf(answers: object) {
  const { stack, after, answers: complete } = await run({ ...tree, 'prodstack.yaml': JSON.stringify(answers) });
  const service = (name: string) => {
    const found = stack.services.find((one) => one.name === name);
    if (!found) throw new Error(`no service ${name}`);
    return found;
  };
  return { stack, after, service, answers: complete };
}

/** What is wrong with these answers, as `path: message`. */
async function problems(answers: object): Promise<readonly string[]> {
  const complete = (await stackOf({ apps: { api: { ...node, path: 'api', port: 3000 } } })).answers;
  try {
    validate({ ...complete, ...answers });
  } catch (error) {
    if (error instanceof UserError) return error.problems.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

const textOf = (value: unknown) =>
  Array.isArray(value)
    ? value.map((part) => (typeof part === 'string' ? part : `$${part.variable}`)).join('')
    : String(value);

describe('Redis', () => {
  it('has a server of its own for the cache, which the apps with a client get beside the other one', async () => {
    const { service, stack } = await stackOf({
      apps: { api: { ...node, path: 'api', port: 3000, uses: ['redis', 'cache'] } },
      redis: { mode: 'bundled' },
      cache: { mode: 'bundled', engine: 'valkey' },
    });
    const { environment, dependsOn } = service('api');
    expect(textOf(environment['REDIS_URL'])).toBe('redis://:$REDIS_PASSWORD@redis:6379/0');
    expect(textOf(environment['CACHE_URL'])).toBe('redis://:$CACHE_PASSWORD@redis-cache:6379/0');
    expect(dependsOn).toEqual({ redis: 'service_healthy', 'redis-cache': 'service_healthy' });
    expect(service('redis').view['keeps']).toBe('queues');
    expect(service('redis-cache')).toMatchObject({ view: { keeps: 'cache', user: 'valkey' }, volumes: [] });
    expect(stack.volumes.map(({ name }) => name)).toEqual(['redis-data']);
  });

  it('keeps queues where they are, and takes variables of a cache to the server for it', async () => {
    const code = 'const urls = [process.env.REDIS_CACHE_URL, process.env.CACHE_URL, process.env.QUEUE_REDIS_URL];\n';
    const files = express({ dependencies: { express: '5', ioredis: '5' } }, { 'urls.js': code });
    const texts = Object.fromEntries(
      Object.entries(files).map(([path, text]) => [path, typeof text === 'string' ? text : JSON.stringify(text)]),
    );
    const without = await run(texts);
    expect(without.answers.apps['app']).toMatchObject({
      uses: ['redis'],
      variables: { REDIS_CACHE_URL: 'redis.url', CACHE_URL: 'redis.url', QUEUE_REDIS_URL: 'redis.url' },
    });
    const { answers } = await run(texts, { cache: { mode: 'bundled' } });
    expect(answers.apps['app']).toMatchObject({
      uses: ['redis', 'cache'],
      variables: { REDIS_CACHE_URL: 'cache.url', CACHE_URL: 'cache.url', QUEUE_REDIS_URL: 'redis.url' },
    });
  });

  it('tells Laravel of both', async () => {
    const { service } = await stackOf({
      apps: { shop: { ...laravel, path: 'shop', uses: ['redis', 'cache'] } },
      redis: { mode: 'bundled' },
      cache: { mode: 'bundled' },
    });
    expect(service('shop').environment).toMatchObject({
      REDIS_HOST: 'redis',
      REDIS_CACHE_HOST: 'redis-cache',
      CACHE_STORE: 'redis',
      QUEUE_CONNECTION: 'redis',
    });
    expect(textOf(service('shop').environment['REDIS_CACHE_PASSWORD'])).toBe('$CACHE_PASSWORD');
  });

  it('reads its password from a file where secrets are files', async () => {
    const { service, after } = await stackOf({
      apps: { api: { ...node, path: 'api', port: 3000, uses: ['redis', 'cache'] } },
      ...{ redis: { mode: 'bundled' }, cache: { mode: 'bundled' }, secrets: { from: 'files' } },
    });
    expect(service('redis')).toMatchObject({
      environment: { REDIS_PASSWORD_FILE: '/run/secrets/redis_password' },
      secrets: ['redis_password'],
    });
    expect(service('redis-cache').environment['REDIS_PASSWORD_FILE']).toBe('/run/secrets/cache_password');
    expect(after['.env']).not.toMatch(/^(?:REDIS|CACHE)_PASSWORD=/m);
  });

  it.each([
    ['redis', { mode: 'bundled', engine: 'redis', version: 9 }, 'must be one of 7, 8 for redis'],
    ['cache', { mode: 'bundled', engine: 'valkey', version: 7 }, 'must be one of 8, 9 for valkey'],
    ['redis', { mode: 'bundled', engine: 'keydb', version: 8 }, 'must be one of redis, valkey'],
    ['redis', { mode: 'bundled', engine: 'redis', version: 8, keeps: 'all' }, 'must be one of queues, cache'],
  ])('refuses %s: %j', async (key, answer, message) => {
    expect((await problems({ [key]: answer })).join('\n')).toContain(message);
  });
});

describe('MQTT', () => {
  const apps = {
    api: { ...node, path: 'api', port: 3000, uses: ['mqtt'] },
    jobs: { ...python, path: 'jobs', port: 'none', uses: ['mqtt'] },
  };

  it('has a user for each app that uses it and each that is named, who may do what the answers say', async () => {
    const users = { jobs: { subscribe: ['jobs/#'] }, sensor: { publish: ['s/+', 'x'], subscribe: ['x'] } };
    const { service } = await stackOf({ apps, mqtt: { mode: 'bundled', users } });
    expect(service('mqtt').environment['MQTT_ACL']).toBe(
      [
        ...['user api', 'topic readwrite #'],
        ...['user jobs', 'topic read jobs/#'],
        ...['user sensor', 'topic write s/+', 'topic readwrite x', ''],
      ].join('\n'),
    );
    expect(service('mqtt').view['command']).toEqual([
      ...['sh', '/start.sh', 'api=API_MQTT_PASSWORD', 'jobs=JOBS_MQTT_PASSWORD', 'sensor=SENSOR_MQTT_PASSWORD'],
    ]);
    expect(textOf(service('jobs').environment['MQTT_URL'])).toBe('mqtts://jobs:$JOBS_MQTT_PASSWORD@mqtt:8883');
  });

  it('gives apps the CA and nothing else of the certificates; Compose wants it to be there', async () => {
    const { service, after } = await stackOf({ apps, mqtt: { mode: 'bundled' } });
    expect(service('api').files).toEqual([
      { path: 'certs/mqtt/broker/ca.crt', target: '/run/certs/mqtt-ca.crt', provided: true },
    ]);
    expect(service('api').environment['MQTT_CA_FILE']).toBe('/run/certs/mqtt-ca.crt');
    expect(after['compose.yaml']).toContain(
      '- { type: bind, source: ./certs/mqtt/broker/ca.crt, target: /run/certs/mqtt-ca.crt, read_only: true, bind: { create_host_path: false } }',
    );
    expect(after['.gitignore']).toContain('/certs/mqtt/\n');
  });

  it('is published on the loopback interface, unless .env says otherwise, and never without TLS', async () => {
    const { after } = await stackOf({ apps, mqtt: { mode: 'bundled' } });
    expect(after['compose.prod.yaml']).toContain('- "${MQTT_ADDRESS:-127.0.0.1}:${MQTT_PORT:-8883}:8883"');
    expect(after['docker/mosquitto/mosquitto.conf']?.match(/^listener .*$/gm)).toEqual(['listener 8883']);
    expect(after['docker/mosquitto/mosquitto.conf']).toContain('\nallow_anonymous false\n');
  });

  it('reads passwords from files where secrets are files', async () => {
    const { service } = await stackOf({ apps, mqtt: { mode: 'bundled' }, secrets: { from: 'files' } });
    expect(service('mqtt')).toMatchObject({
      environment: { API_MQTT_PASSWORD_FILE: '/run/secrets/api_mqtt_password' },
      secrets: ['api_mqtt_password', 'jobs_mqtt_password'],
    });
    expect(textOf(service('api').environment['MQTT_URL'])).toBe('mqtts://api:{{api_mqtt_password}}@mqtt:8883');
  });

  it.each([
    [
      'a user without topics',
      { users: { sensor: {} } },
      'mqtt.users.sensor: must have topics under publish or subscribe',
    ],
    ['nobody', {}, 'mqtt.users: must name a user'],
    [
      'a topic of two lines',
      { users: { s: { publish: ['a\ntopic readwrite #'] } } },
      'mqtt.users.s.publish.0: must be a topic',
    ],
    ['# in the middle', { users: { s: { publish: ['a/#/b'] } } }, 'mqtt.users.s.publish.0: must be a topic'],
    ['+ within a level', { users: { s: { subscribe: ['a/b+'] } } }, 'mqtt.users.s.subscribe.0: must be a topic'],
    ['what the broker says of itself', { users: { s: { subscribe: ['$SYS/#'] } } }, 'must be a topic'],
    ['a user that is no name', { users: { 'a b': { publish: ['a'] } } }, 'must start with a letter'],
  ])('refuses %s', async (_what, answers, message) => {
    expect((await problems({ mqtt: { mode: 'bundled', ...answers } })).join('\n')).toContain(message);
  });

  it('refuses an app on its port', async () => {
    const found = await problems({
      apps: { api: { ...(await stackOf({ apps, mqtt: { mode: 'bundled' } })).answers.apps['api'], port: 8883 } },
      mqtt: { mode: 'bundled' },
    });
    expect(found).toEqual(['apps.api.port: is the port of mqtt already: each needs its own on the host']);
  });

  it.each<[string, Readonly<Record<string, string | object>>, string]>([
    ['Node', express({ dependencies: { express: '5', mqtt: '5' } }), 'package.json'],
    ['Python', { 'requirements.txt': 'aiomqtt==2.4.0\n', 'main.py': 'while True:\n    pass\n' }, 'requirements.txt'],
    [
      'Laravel',
      {
        'composer.json': { require: { 'laravel/framework': '^12.0', 'php-mqtt/laravel-client': '^1.5' } },
        artisan: '',
      },
      'composer.json',
    ],
  ])('is found by the client of %s', async (_stack, files, file) => {
    const { apps: found } = await detectIn(files);
    expect(found[0]?.uses.mqtt).toMatchObject({ file });
  });

  it('fills the variables that an app has for it', async () => {
    const code = 'const { MQTT_BROKER, MQTT_BROKER_PORT, SENSORS_MQTT_URL, MQTT_CA_CERT } = process.env;\n';
    const { apps: found } = await detectIn(express({ dependencies: { express: '5', mqtt: '5' } }, { 'a.js': code }));
    expect(found[0]?.found).toMatchObject({
      variables: {
        value: {
          MQTT_BROKER: 'mqtt.host',
          MQTT_BROKER_PORT: 'mqtt.port',
          SENSORS_MQTT_URL: 'mqtt.url',
          MQTT_CA_CERT: 'mqtt.ca',
        },
      },
    });
  });
});
