/** `remove` in projects of other people: what it leaves, and how Docker calls what stays. */
import { describe, expect, it } from 'vitest';
import { type Asked, add, remove, treeAfter } from './support.ts';

const before = { 'compose.yaml': 'services:\n  api:\n    image: acme/api:3\n' };

async function having(...wishes: readonly Asked[]) {
  let tree: Readonly<Record<string, string>> = before;
  for (const wish of wishes) tree = treeAfter(tree, await add(tree, wish));
  return tree;
}

describe('files that a service brought', () => {
  const script = 'docker/redis/redis.sh';

  it('stay as long as another service mounts them, whatever that is called', async () => {
    const both = await having({ block: 'redis' }, { block: 'redis', name: 'redis-sessions' });
    const one = treeAfter(both, await remove(both, 'redis'));
    expect(one[script]).toBe(both[script]);
    const none = treeAfter(one, await remove(one, 'redis-sessions'));
    expect(none[script]).toBeUndefined();
  });

  it('stay where the folder that they are in is mounted', async () => {
    const tree = await having({ block: 'redis' });
    const text = `${tree['compose.yaml']}`.replace(
      'acme/api:3\n',
      'acme/api:3\n    volumes: ["./docker:/etc/ours:ro"]\n',
    );
    const after = treeAfter(tree, await remove({ ...tree, 'compose.yaml': text }, 'redis'));
    expect(after[script]).toBe(tree[script]);
  });
});

describe('the command that removes a volume', () => {
  const commands = async (volumes: string, env = '') => {
    const compose = `name: shop\nservices:\n  db:\n    image: postgres:17\n    volumes: ["pg:/var/lib/postgresql/data"]\n  api:\n    image: acme/api:3\n${volumes}`;
    const plan = await remove({ 'compose.yaml': compose, '.env': env }, 'db');
    return plan.next.filter((command) => command.startsWith('docker volume'));
  };

  it('has the name that the volume has in Docker', async () => {
    expect(await commands('volumes:\n  pg:\n')).toEqual(['docker volume rm shop_pg']);
    expect(await commands('volumes:\n  pg: {name: data}\n')).toEqual(['docker volume rm data']);
    expect(await commands('volumes:\n  pg: {external: true}\n')).toEqual(['docker volume rm pg']);
    expect(await commands('volumes:\n  pg: {name: "${STAGE:-test}_pg"}\n', 'STAGE=live\n')).toEqual([
      'docker volume rm live_pg',
    ]);
  });

  it('has the name of the folder in it where the files say none, worked out as Compose does', async () => {
    const compose = `services:\n  db:\n    image: postgres:17\n    volumes: ["pg:/var/lib/postgresql/data"]\n  api:\n    image: acme/api:3\nvolumes:\n  pg:\n`;
    const next = async (path: string, text: string) => (await remove({ [path]: text }, 'db')).next[1];
    expect(await next('compose.yaml', compose)).toBe('docker volume rm shop_pg');
    expect(await next('deploy/compose.yaml', compose)).toBe('docker volume rm deploy_pg');
    expect(await next('compose.yaml', `name: "\${STAGE:-live}-stack"\n${compose}`)).toBe(
      'docker volume rm live-stack_pg',
    );
  });

  it('is one command, whatever the name', async () => {
    expect(await commands('volumes:\n  pg: {name: "x; rm -rf ~"}\n')).toEqual(["docker volume rm 'x; rm -rf ~'"]);
  });
});

describe('who has the address in an env file', () => {
  it.each([
    ['    env_file: ./app.env\n', 'app.env'],
    ['    environment:\n      DATABASE_URL: ${DATABASE_URL}\n', '.env'],
  ])('needs it, and is named where it goes all the same: %j', async (lines, path) => {
    const compose = `services:\n  db:\n    image: postgres:17\n  api:\n    image: acme/api:3\n${lines}`;
    const tree = { 'compose.yaml': compose, [path]: 'DATABASE_URL=postgres://me:secret@db:5432/app\n' };
    const refused = remove(tree, 'db', { disconnect: false });
    await expect(refused).rejects.toMatchObject({
      problems: [{ path: 'services.api', message: `api has its address in DATABASE_URL (${path})` }],
    });
    const plan = await remove(tree, 'db');
    expect(plan.notes).toContain(`api still has the address of db: DATABASE_URL (${path}).`);
    expect(JSON.stringify(plan)).not.toContain('me:secret');
    expect(treeAfter(tree, plan)[path]).toBe(tree[path]);
  });
});

describe('who has the address from a service that it extends', () => {
  const own = 'services:\n  db:\n    image: postgres:17\n';
  const address = '    image: acme/api:3\n    environment:\n      DATABASE_URL: postgres://db:5432/app\n';
  const worker = (from: string) => `  worker:\n    extends: ${from}\n    command: [work]\n`;

  it('loses it with that one, and nothing is said of it', async () => {
    const plan = await remove({ 'compose.yaml': `${own}  api:\n${address}${worker('{ service: api }')}` }, 'db');
    expect(plan.notes.filter((note) => note.includes('still has the address'))).toEqual([]);
  });

  it('keeps it where a file beside the project says so, which is named', async () => {
    const tree = {
      'compose.yaml': `${own}${worker('{ file: common.yaml, service: base }')}`,
      'common.yaml': `services:\n  base:\n${address}`,
    };
    expect((await remove(tree, 'db')).notes).toContain(
      'worker still has the address of db: DATABASE_URL (common.yaml).',
    );
  });
});

describe('who is linked to it, as files of old have it', () => {
  const compose = (links: string, more = '') =>
    `services:\n  api:\n    image: acme/api:3\n${links}${more}  redis:\n    image: redis:8\n`;

  it('is disconnected, too', async () => {
    const tree = {
      'compose.yaml': compose('    links:\n      - mail\n      - "redis:cache"\n', '  mail:\n    image: mail:1\n'),
    };
    await expect(remove(tree, 'redis', { disconnect: false })).rejects.toMatchObject({ code: 'usage' });
    expect(treeAfter(tree, await remove(tree, 'redis'))['compose.yaml']).toBe(
      'services:\n  api:\n    image: acme/api:3\n    links:\n      - mail\n  mail:\n    image: mail:1\n',
    );
    const only = { 'compose.yaml': compose('    links: [redis]\n') };
    expect(treeAfter(only, await remove(only, 'redis'))['compose.yaml']).toBe(
      'services:\n  api:\n    image: acme/api:3\n',
    );
  });

  it('stands in the way where it is something else that refers to it', async () => {
    const tree = { 'compose.yaml': compose('    network_mode: service:redis\n') };
    await expect(remove(tree, 'redis')).rejects.toMatchObject({ hint: 'Take out what refers to it first.' });
  });
});

describe('what goes with a service', () => {
  const services = async (lines: string) => {
    const compose = `services:\n  api:\n    image: acme/api:3\n${lines}`;
    return (await remove({ 'compose.yaml': `${compose}  web:\n    image: acme/web:3\n` }, 'api')).services;
  };

  it('waits for it, or is waited for by it: a name alone says nothing', async () => {
    expect(await services('  api-check:\n    image: acme/monitor:1\n')).toEqual(['api']);
    expect(await services('  api-check:\n    image: acme/monitor:1\n    depends_on: [web, api]\n')).toEqual(['api']);
    expect(await services('  api-setup:\n    image: acme/api:3\n    depends_on: [api]\n')).toEqual([
      'api',
      'api-setup',
    ]);
    expect(await services('    depends_on: [api-check]\n  api-check:\n    image: acme/api:3\n')).toEqual([
      ...['api', 'api-check'],
    ]);
  });
});
