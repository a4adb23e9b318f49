/** The engine `pitr`: a server that keeps its log until it is saved, and who saves it. */
import { describe, expect, it } from 'vitest';
import { run } from '../../support/plan.ts';

const chosen = (backup: object) => ({
  apps: { app: { stack: 'node', start: 'node server.js', port: 3000, uses: ['postgres'] } },
  postgres: {},
  backup: { engine: 'pitr', ...backup },
});

describe('the engine pitr', () => {
  it.each(['local', 's3'])('to %s gives the server no way out, no key and no other image', async (to) => {
    const { stack } = await run({ 'server.js': '' }, chosen({ to }));
    const server = stack.services.find(({ name }) => name === 'postgres');
    expect(server?.networks).toEqual(['data']);
    expect(server?.build).toBeUndefined();
    expect(JSON.stringify(server?.environment)).not.toContain('BACKUP');
    expect(server?.volumes.map(({ volume }) => volume)).toEqual(['postgres-data', 'postgres-socket']);
  });

  it('lets the backups read the data, and write none', async () => {
    const { stack } = await run({ 'server.js': '' }, chosen({}));
    const backup = stack.services.find(({ name }) => name === 'backup');
    expect(backup?.volumes).toContainEqual({
      volume: 'postgres-data',
      target: '/var/lib/postgresql',
      readOnly: true,
    });
    expect(stack.volumes.find(({ name }) => name === 'postgres-socket')).toMatchObject({ disposable: true });
  });

  it('archives nothing in development unless it is asked to, and nothing with another engine', async () => {
    const { after } = await run({ 'server.js': '' }, chosen({}));
    expect(after['compose.dev.yaml']).toContain('POSTGRES_ARCHIVE_MODE: "${POSTGRES_ARCHIVE_MODE:-off}"');
    expect(after['docker/postgres/start.sh']).toContain("archive_command = 'sh /pgbackrest-archive.sh %f'");
    const other = await run({ 'server.js': '' }, chosen({ engine: 'restic' }));
    expect(other.after['docker/postgres/start.sh']).not.toContain('archive');
    expect(other.after['docker/postgres/archive.sh']).toBeUndefined();
  });
});
