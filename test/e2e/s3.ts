/**
 * Plays a storage of the S3 kind that somebody else runs (B2, R2, S3 ...): `rclone serve s3` with keys, over a folder of
 * this machine, so that tests can see what was stored, and spoil it.
 */
import { randomBytes } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { execa } from 'execa';
import images from '../../templates/images.json' with { type: 'json' };
import { ensureEngine, provideImage } from '../support/engine.ts';
import { eventually } from '../support/scenario.ts';

/** By this name it is reached on the networks that it is admitted to. */
export const host = 's3.provider.test';
export const port = 9000;

export interface Storage {
  /** The name of its container. */
  readonly container: string;
  /** What `.env` needs for a stack to keep its backups there. */
  readonly env: Readonly<Record<string, string>>;
  /** The keys of all objects in the bucket, sorted. */
  readonly objects: () => readonly string[];
  readonly read: (key: string) => Buffer;
  readonly write: (key: string, content: string | Buffer) => void;
  readonly remove: (key: string) => void;
  /** Changes one bit in the middle of an object; its size stays. */
  readonly spoil: (key: string) => void;
  /** Takes away the second half of an object. */
  readonly cut: (key: string) => void;
  /** Lets a Compose project reach it, by default through the network with a way out. */
  readonly admit: (project: string, networks?: readonly string[]) => Promise<void>;
  /** The opposite, so that it cannot be reached. */
  readonly dismiss: (project: string, networks?: readonly string[]) => Promise<void>;
  /** It takes connections and says nothing any more, until `unpause`. */
  readonly pause: () => Promise<void>;
  readonly unpause: () => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
  /** Takes it away, with all that was stored. */
  readonly end: () => Promise<void>;
}

/** Starts one with a bucket that is empty. */
export async function startStorage(bucket = 'backups'): Promise<Storage> {
  if (!(await ensureEngine())) throw new Error('No Docker Engine with Compose answers: this test cannot run.');
  await provideImage(images.rclone);
  const name = `s3-${randomBytes(3).toString('hex')}`;
  const directory = mkdtempSync(join(tmpdir(), 'prodstack-e2e-'));
  const folder = join(directory, bucket);
  mkdirSync(folder);
  const key = { id: `id${randomBytes(8).toString('hex')}`, secret: `${randomBytes(16).toString('base64')}$'#%` };
  const docker = async (...args: readonly string[]) => (await execa('docker', args)).stdout;
  // Not by `--auth-key`: tests look for secrets in the command lines of this machine.
  // As whoever runs the tests, so that the files are theirs; what it serves must be seen at once when they change it.
  const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  const options = ['--detach', '--name', name, '--user', user, '--volume', `${directory}:/data`];
  await execa(
    'docker',
    [
      ...['run', ...options, '--publish', `127.0.0.1::${port}`, '--env', 'RCLONE_AUTH_KEY', images.rclone],
      ...['serve', 's3', '/data', `--addr=:${port}`, '--dir-cache-time=0s'],
    ],
    { env: { RCLONE_AUTH_KEY: `"${key.id},${key.secret}"` } },
  );
  const answers = async () => {
    const address = (await docker('port', name, `${port}/tcp`)).split('\n')[0] ?? '';
    await eventually(() => fetch(`http://${address}/`));
  };
  await answers();

  const path = (object: string) => join(folder, object);
  const each = async (action: string, project: string, networks: readonly string[], more: readonly string[] = []) => {
    for (const network of networks) {
      const labels = [`com.docker.compose.project=${project}`, `com.docker.compose.network=${network}`];
      const filters = labels.flatMap((label) => ['--filter', `label=${label}`]);
      await docker('network', action, ...more, await docker('network', 'ls', '--quiet', ...filters), name);
    }
  };
  return {
    container: name,
    env: {
      BACKUP_S3_ENDPOINT: `http://${host}:${port}`,
      BACKUP_S3_REGION: 'eu-central-003',
      BACKUP_S3_BUCKET: bucket,
      BACKUP_S3_ACCESS_KEY_ID: key.id,
      BACKUP_S3_SECRET_ACCESS_KEY: key.secret,
    },
    objects: () =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.name.startsWith('.rclone_temp_'))
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
        .sort(),
    read: (object) => readFileSync(path(object)),
    write: (object, content) => {
      mkdirSync(dirname(path(object)), { recursive: true });
      writeFileSync(path(object), content);
    },
    remove: (object) => rmSync(path(object)),
    spoil: (object) => {
      const content = readFileSync(path(object));
      const middle = Math.floor(content.length / 2);
      content[middle] = (content[middle] ?? 0) ^ 1;
      writeFileSync(path(object), content);
    },
    cut: (object) => truncateSync(path(object), Math.floor(statSync(path(object)).size / 2)),
    admit: (project, networks = ['app']) => each('connect', project, networks, ['--alias', host]),
    dismiss: (project, networks = ['app']) => each('disconnect', project, networks),
    pause: async () => void (await docker('pause', name)),
    unpause: async () => void (await docker('unpause', name)),
    stop: async () => void (await docker('stop', '--timeout', '1', name)),
    start: async () => {
      await docker('start', name);
      await answers();
    },
    end: async () => {
      await docker('rm', '--force', '--volumes', name);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
