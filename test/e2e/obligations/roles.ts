import { expect, it } from 'vitest';
import {
  compose,
  containers,
  docker,
  eventually,
  http,
  inspect,
  type Stack,
  serviceOf,
  sql,
} from '../../support/scenario.ts';
import type { System } from '../system.ts';

/** The services of one Laravel app. */
export interface Roles {
  /** Runs PHP; with FrankenPHP it is the app itself. */
  readonly php: string;
  readonly queue: string;
  /** A queue that no other worker takes jobs from. */
  readonly queueName: string;
  readonly scheduler: string;
}

/** Every role does what it is for. Jobs and the scheduler write their source into the table `activities`. */
export function playsItsRoles({ subject, stack }: System, { php, queue, queueName, scheduler }: Roles): void {
  const migrate = `${subject.app}-migrate`;
  const recorded = (source: string) => sql(stack, `SELECT count(*) FROM activities WHERE source = '${source}'`);

  it('migrations are over before anything starts that needs them, and once more applies nothing', async () => {
    const { State } = await inspect(stack, migrate);
    expect(State).toMatchObject({ Status: 'exited', ExitCode: 0 });
    for (const service of [php, queue, scheduler])
      expect(Date.parse((await inspect(stack, service)).State.StartedAt)).toBeGreaterThanOrEqual(
        Date.parse(State.FinishedAt),
      );
    const applied = await sql(stack, 'SELECT count(*), max(batch) FROM migrations');
    await compose(stack, 'run', '--rm', migrate);
    expect(await sql(stack, 'SELECT count(*), max(batch) FROM migrations')).toBe(applied);
  });

  it('a queued job is done by the worker, and seen in Postgres', async () => {
    const before = Number(await recorded('console'));
    await artisan(stack, php, 'activity:queue', 'console', `--queue=${queueName}`);
    await eventually(async () => expect(await recorded('console')).toBe(String(before + 1)));
    expect((await compose(stack, 'logs', '--no-color', queue)).stdout).toMatch(/RecordActivity .*DONE/);
  });

  it('a job that is running when its worker is made anew is done once, by the old one', async () => {
    const old = await inspect(stack, queue);
    const begun = async () => (await compose(stack, 'logs', '--no-color', queue)).stdout.split(' RUNNING').length;
    const before = await begun();
    await artisan(stack, php, 'activity:queue', 'deploy', `--queue=${queueName}`, '--seconds=8');
    await eventually(async () => expect(await begun()).toBe(before + 1));
    await compose(stack, 'up', '--detach', '--no-deps', '--force-recreate', '--wait', queue);
    expect((await inspect(stack, queue)).Id).not.toBe(old.Id);
    expect(await recorded('deploy')).toBe('1');
    expect(await sql(stack, 'SELECT count(*) FROM failed_jobs')).toBe('0');
  });

  it('a scheduled task that is running when the scheduler stops ends first', async () => {
    // What artisan starts every minute has this name.
    const task = "sleep(6); file_put_contents('storage/app/private/task', 'ended');";
    await compose(stack, 'exec', '--detach', scheduler, 'php', '-r', task, 'schedule:run');
    await compose(stack, 'stop', scheduler);
    expect((await inspect(stack, scheduler)).State.ExitCode).toBe(0);
    const { stdout } = await compose(stack, 'exec', '-T', php, 'cat', 'storage/app/private/task');
    expect(stdout).toBe('ended');
    await compose(stack, 'up', '--detach', '--no-deps', '--wait', scheduler);
  });

  it('every process runs as the user of the image, in every container of the app', async () => {
    const own = (await containers(stack)).filter((one) => serviceOf(one).startsWith(subject.app) && one.State.Running);
    expect(own.length).toBeGreaterThan(2);
    for (const { Id, Name } of own) {
      // A process that ends meanwhile, that of a health check, is no mistake.
      const { stdout } = await docker(stack, 'exec', Id, 'sh', '-c', "grep -hs '^Uid:' /proc/[0-9]*/status; true");
      expect(new Set(stdout.match(/\d+/g)), Name).toEqual(new Set(['1001']));
    }
  });

  it('every PHP role is well only while the database answers', async () => {
    const { stdout } = await compose(stack, 'config', '--format', 'json');
    const { services } = JSON.parse(stdout) as {
      services: Record<string, { healthcheck: { test: readonly string[] } }>;
    };
    // What Docker runs every so often, run now.
    const check = (service: string) =>
      compose(stack, 'exec', '-T', service, ...(services[service]?.healthcheck.test.slice(1) ?? []));
    const roles = [php, queue, scheduler];
    // One that an earlier test made anew may be starting still.
    for (const service of roles) await eventually(() => check(service));
    await compose(stack, 'stop', 'postgres');
    // A worker that keeps its jobs in the database ends without it, and is started again and again.
    for (const service of roles)
      await eventually(() =>
        expect(check(service), service).rejects.toThrow(/database|up gets|restarting|not running/),
      );
    await compose(stack, 'start', 'postgres');
    for (const service of roles) await eventually(() => check(service));
  });

  it('files of public/ are served, and nothing but index.php is run', async () => {
    expect(await http(stack.ports.app, '/robots.txt')).toMatchObject({
      status: 200,
      body: expect.stringContaining('User-agent'),
    });
    await compose(stack, 'exec', '-T', php, 'sh', '-c', "echo '<?php echo 6 * 7;' > storage/app/public/evil.php");
    for (const path of ['/storage/evil.php', '/storage/evil.PHP', '/storage/evil.php/x', '/.htaccess']) {
      const { status, body } = await http(stack.ports.app, path);
      expect({ path, status }).toEqual({ path, status: 404 });
      expect(body).not.toContain('42');
    }
  });

  it('an upload outlives down and up, and is served', async () => {
    await compose(stack, 'exec', '-T', php, 'sh', '-c', 'echo kept > storage/app/public/upload.txt');
    await compose(stack, 'down', '--volumes');
    await compose(stack, 'up', '--detach', '--wait');
    expect(await http(stack.ports.app, '/storage/upload.txt')).toMatchObject({ status: 200, body: 'kept\n' });
  });

  it('the configuration is cached from the environment, in memory, by every role', async () => {
    for (const service of [php, queue, scheduler]) {
      const { stdout } = await artisan(stack, service, 'config:show', 'app.env');
      expect(stdout, service).toContain('production');
      const cached = await compose(
        stack,
        'exec',
        '-T',
        service,
        'sh',
        '-c',
        'stat -f -c %T storage/framework && ls storage/framework/config.php bootstrap/cache/routes-v7.php',
      );
      expect(cached.stdout.split('\n'), service).toEqual([
        'tmpfs',
        'bootstrap/cache/routes-v7.php',
        'storage/framework/config.php',
      ]);
    }
  });

  it('the scheduler ticks', async () => {
    await eventually(async () => expect(Number(await recorded('schedule'))).toBeGreaterThan(0), 100);
  });
}

function artisan(stack: Stack, service: string, ...words: readonly string[]) {
  return compose(stack, 'exec', '-T', service, 'php', 'artisan', ...words);
}
