/** Plays a machine that takes backups by SFTP: OpenSSH with an account that may transfer files, and no more. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import images from '../../templates/images.json' with { type: 'json' };
import { provideImage } from '../support/engine.ts';

const host = 'sftp.provider.test';
const port = '2222';
const user = 'store';

const dockerfile = `FROM ${images['postgres:18']}
RUN apt-get update && apt-get install --yes --no-install-recommends openssh-client openssh-server
RUN mkdir -p /run/sshd && useradd --create-home ${user} && install --directory --owner ${user} /home/${user}/.ssh
RUN ssh-keygen -q -t ed25519 -N '' -f /root/key && cp /root/key.pub /home/${user}/.ssh/authorized_keys
ENTRYPOINT []
CMD ["/usr/sbin/sshd", "-D", "-e", "-p", "${port}", "-o", "PasswordAuthentication=no", "-o", "ForceCommand=internal-sftp"]
`;

export interface SftpServer {
  /** What `.env` needs. */
  readonly env: Readonly<Record<string, string>>;
  /** Lets a Compose project reach it, through the network with a way out. */
  readonly admit: (project: string) => Promise<void>;
  /** What a line of shell on that machine prints. */
  readonly run: (line: string) => Promise<string>;
  readonly end: () => Promise<void>;
}

/**
 * Starts one, and brings what a stack needs for it, as a person would: a key of ours, and the one of the machine.
 * @param folder docker/backup/sftp of the stack
 */
export async function startSftp(folder: string): Promise<SftpServer> {
  await provideImage(images['postgres:18']);
  const name = `sftp-${randomBytes(3).toString('hex')}`;
  const docker = async (...args: readonly string[]) => (await execa('docker', args)).stdout;
  const run = (line: string) => docker('exec', name, 'sh', '-c', line);
  await execa('docker', ['build', '--quiet', '--tag', name, '-'], { input: dockerfile });
  await docker('run', '--detach', '--name', name, name);
  mkdirSync(folder, { recursive: true });
  // Whoever runs the tests, the user of the container is another one.
  writeFileSync(join(folder, 'id_ed25519'), `${await run('cat /root/key')}\n`, { mode: 0o644 });
  writeFileSync(
    join(folder, 'known_hosts'),
    `[${host}]:${port} ${await run('cat /etc/ssh/ssh_host_ed25519_key.pub')}\n`,
  );
  return {
    env: { BACKUP_SFTP_HOST: host, BACKUP_SFTP_PORT: port, BACKUP_SFTP_USER: user, BACKUP_SFTP_PATH: "kept 'here" },
    admit: async (project) => {
      const labels = [`com.docker.compose.project=${project}`, 'com.docker.compose.network=app'];
      const filters = labels.flatMap((label) => ['--filter', `label=${label}`]);
      await docker('network', 'connect', '--alias', host, await docker('network', 'ls', '--quiet', ...filters), name);
    },
    run,
    end: async () => {
      await docker('rm', '--force', '--volumes', name);
      await docker('image', 'rm', '--force', name);
    },
  };
}
