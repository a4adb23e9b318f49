import { expect, it } from 'vitest';
import { type Container, compose, containers, docker, inspect, serviceOf } from '../../support/scenario.ts';
import type { System } from '../system.ts';

/** The parts of `docker compose config` that a container must show again. */
interface ServiceConfig {
  readonly read_only?: boolean;
  readonly tmpfs?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly restart?: string;
  readonly logging?: { readonly driver: string; readonly options: Readonly<Record<string, string>> };
  readonly deploy?: {
    readonly resources?: {
      readonly limits?: { readonly cpus?: number; readonly memory?: string; readonly pids?: number };
      readonly reservations?: { readonly memory?: string };
    };
  };
}

/** What the production overlay says is what the kernel enforces. */
export function isHardened(system: System): void {
  const { stack } = system;

  it('limits, log rotation, capabilities and read-only are what the file says', async () => {
    const { stdout } = await compose(stack, 'config', '--format', 'json');
    const { services } = JSON.parse(stdout) as { services: Readonly<Record<string, ServiceConfig>> };
    const all = await containers(stack);
    expect(all.length).toBe(Object.keys(services).length);
    for (const container of all) {
      const { Name, HostConfig } = container;
      const service = services[serviceOf(container)];
      const { limits, reservations } = service?.deploy?.resources ?? {};
      expect(HostConfig, Name).toMatchObject({
        NanoCpus: Number(limits?.cpus) * 1e9,
        Memory: Number(limits?.memory),
        MemoryReservation: Number(reservations?.memory),
        PidsLimit: Number(limits?.pids),
        LogConfig: { Type: service?.logging?.driver, Config: service?.logging?.options },
        ReadonlyRootfs: service?.read_only,
        CapDrop: service?.cap_drop,
        SecurityOpt: service?.security_opt,
        RestartPolicy: { Name: service?.restart },
      });
      const mounts = Object.entries(HostConfig.Tmpfs ?? {}).map(([path, options]) =>
        options ? `${path}:${options}` : path,
      );
      expect(mounts.sort(), Name).toEqual([...(service?.tmpfs ?? [])].sort());
      // The file itself says what production needs.
      expect(Number(limits?.cpus) * Number(limits?.memory) * Number(limits?.pids), Name).toBeGreaterThan(0);
      expect(Number(reservations?.memory), Name).toBeLessThan(Number(limits?.memory));
      expect(HostConfig, Name).toMatchObject({
        ReadonlyRootfs: true,
        Privileged: false,
        CapDrop: ['ALL'],
        CapAdd: null,
        SecurityOpt: ['no-new-privileges:true'],
        LogConfig: { Config: { 'max-size': expect.any(String), 'max-file': expect.any(String) } },
        PidMode: '',
      });
    }
  });

  it('every process is an ordinary user without capabilities, and cannot write beside its data', async () => {
    const rights = (processes: string) => `grep -hE '^(Uid|CapEff|CapBnd|NoNewPrivs):' /proc/${processes}/status`;
    const inside = `${rights('[0-9]*')}; touch /probe && echo writable; true`;
    for (const container of await containers(stack)) {
      const { Id, Name, State } = container;
      if (!State.Running) continue;
      const { stdout, stderr } = hasShell(container)
        ? await docker(stack, 'exec', Id, 'sh', '-c', inside)
        : await fromBeside(system, Id, rights('1'));
      const lines = stdout.split('\n').map((line) => line.split(/\s+/));
      const values = (key: string) => lines.filter(([first]) => first === `${key}:`).flatMap(([, ...rest]) => rest);
      expect(values('Uid').length, Name).toBeGreaterThan(0);
      expect(values('Uid').map(Number), Name).not.toContain(0);
      expect(new Set([...values('CapEff'), ...values('CapBnd')]), Name).toEqual(new Set(['0000000000000000']));
      expect(new Set(values('NoNewPrivs')), Name).toEqual(new Set(['1']));
      if (hasShell(container)) expect(stderr, Name).toContain('Read-only file system');
    }
  });
}

/** Some images have nothing but their program in them. */
function hasShell({ Config }: Container): boolean {
  return !Config.Image.startsWith('cloudflare/cloudflared:');
}

/** What a shell sees that shares the processes of a container, and nothing else: it has the image of the app. */
async function fromBeside({ subject, stack }: System, id: string, script: string) {
  const { Config } = await inspect(stack, subject.app);
  const shared = ['--rm', '--network', 'none', '--pid', `container:${id}`];
  return docker(stack, 'run', ...shared, '--entrypoint', 'sh', Config.Image, '-c', script);
}
