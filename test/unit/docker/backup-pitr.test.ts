/** What the engine `pitr` makes of times and of what pgBackRest says: the script itself, with a pgBackRest that says what it is told. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { render } from '../../../generators/plan/render.ts';

const folder = mkdtempSync(join(tmpdir(), 'prodstack-pitr-'));
for (const name of ['common', 'pitr'])
  writeFileSync(join(folder, `${name}.sh`), render(`docker/backup/lib/${name}.sh`, {}));
const program = join(folder, 'pgbackrest');
writeFileSync(program, '#!/bin/sh\ncase $1 in info) printf %s "$INFO" ;; *) printf "%s\\n" "$FILES" ;; esac\n');
chmodSync(program, 0o755);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a function of the scripts prints, or why it failed. */
async function call(script: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const sources = ['common', 'pitr'].map((name) => `. ${join(folder, `${name}.sh`)}`);
  const text = ['set -Eeuo pipefail', ...sources, 'prepare', script].join('\n');
  const run = await execa('bash', ['-c', text], {
    reject: false,
    env: {
      ...{ PATH: `${folder}:${process.env['PATH']}`, BACKUP_HOME: join(folder, 'home'), PGDATA: '/nowhere' },
      ...{ BACKUP_PASSWORD: 'key', BACKUP_KEEP_DAILY: '7', BACKUP_TIMEZONE: 'Europe/Berlin', INFO: info(), ...env },
    },
  });
  return run.exitCode === 0 ? run.stdout : run.stderr;
}

/** A day as seconds since 1970. */
const epoch = (time: string) => Date.parse(time) / 1000;

function backup(label: string, time: string, more: object = {}) {
  const stop = epoch(time);
  return {
    ...{
      label,
      type: 'full',
      error: false,
      annotation: { id: label },
      database: { id: 1 },
      archive: { start: '000000010000000000000004' },
    },
    ...{ timestamp: { start: stop - 10, stop }, info: { size: 30, repository: { delta: 3 } }, ...more },
  };
}

function info(
  backups: readonly object[] = [backup('first', '2026-03-01T02:00:00Z')],
  code = 0,
  message = 'ok',
): string {
  const db = [{ id: 1, 'system-id': 7710556906264047665n, version: '18' }];
  const archive = [
    { database: { id: 1 }, id: '18-1', min: '000000010000000000000001', max: '000000010000000000000009' },
  ];
  const text = JSON.stringify([{ archive, backup: backups, db, repo: [{ status: { code, message } }] }], (_, value) =>
    typeof value === 'bigint' ? `#${value}#` : value,
  );
  return text.replaceAll(/"#(\d+)#"/g, '$1');
}

describe('a point in time', () => {
  it.each([
    ['2026-04-01 10:15:00 Europe/Berlin', 'at-20260401T081500Z'],
    ['2026-04-01 10:15:00', 'at-20260401T081500Z'],
    ['2026-04-01 10:15:00 America/Sao_Paulo', 'at-20260401T131500Z'],
    ['2026-04-01 10:15:00 UTC', 'at-20260401T101500Z'],
    ['2026-04-01T10:15:00Z', 'at-20260401T101500Z'],
    ['2026-04-01T10:15:00+05:30', 'at-20260401T044500Z'],
    // Each of the two hours has its own offset, and so its own name.
    ['2026-03-29 01:59:59', 'at-20260329T005959Z'],
    ['2026-03-29 03:00:00', 'at-20260329T010000Z'],
  ])('%s is %s', async (text, id) => {
    expect(await call(`engine_at '${text}'`)).toBe(id);
  });

  it.each([
    ['2026-03-29 02:30:00', 'no time that exists in the zone Europe/Berlin'],
    ['2025-10-26 02:30:00', 'was twice in that night: say which of them, 2025-10-26T02:30:00'],
    ['2026-04-01 10:15 Mars/Phobos', 'there is no time zone Mars/Phobos'],
    ['yesterday noon', 'is no time'],
    ['', 'is no time'],
    ["1'; touch /tmp/x", 'is no time that exists'],
    ['2026-03-01 02:59:59', 'is not covered: from 2026-03-01 03:00:00 CET to now'],
    ['2126-03-01 02:59:59', 'is not covered: from 2026-03-01 03:00:00 CET to now'],
  ])('%s is refused', async (text, reason) => {
    expect(await call('engine_at "$TEXT"', { TEXT: text })).toContain(reason);
  });
});

describe('what the repository holds', () => {
  it('is listed newest first, without what has damaged pages', async () => {
    const all = [
      backup('20260301T020000Z', '2026-03-01T02:00:00Z'),
      backup('20260302T020000Z', '2026-03-02T02:00:00Z', { type: 'diff' }),
      backup('20260303T020000Z', '2026-03-03T02:00:00Z', { error: true }),
    ];
    const list = (await call('engine_list', { INFO: info(all) })).split('\n').map((line) => JSON.parse(line));
    expect(list).toEqual([
      { id: '20260302T020000Z', time: '2026-03-02T02:00:00Z', bytes: 3, where: 'local', engine: 'pitr', type: 'diff' },
      { id: '20260301T020000Z', time: '2026-03-01T02:00:00Z', bytes: 3, where: 'local', engine: 'pitr', type: 'full' },
    ]);
  });

  it('is nothing where there is no repository yet', async () => {
    expect(await call('engine_list', { INFO: info([], 1, 'missing stanza path') })).toBe('');
  });

  it('belongs to a cluster whose number no rounding changes', async () => {
    expect(await call('pitr_owner "$INFO"')).toBe('7710556906264047665');
  });

  const segment = (number: number) =>
    `0000000100000000/0000000100000000000000${number.toString(16).padStart(2, '0').toUpperCase()}-${'a'.repeat(40)}.zst`;
  it.each([
    ['no gap', [4, 5, 6, 7], ''],
    ['a gap before the oldest backup', [1, 4, 5, 6], ''],
    ['a gap since', [4, 5, 7, 8], 'has a gap before the segment 000000010000000000000007'],
  ])('is looked through for segments that are missing: %s', async (_, numbers, said) => {
    const found = await call('pitr_gaps "$INFO"', { FILES: numbers.map(segment).join('\n') });
    expect(found.replace(/^[^\n]*the log in [^\n]* has a gap/, 'has a gap').slice(0, said.length || undefined)).toBe(
      said,
    );
  });
});

describe('what pgBackRest says', () => {
  it.each([
    ['FormatError: key/value found outside of section', 'BACKUP_PASSWORD does not open it'],
    ['CryptoError: cipher header invalid', 'BACKUP_PASSWORD does not open it'],
    ["[CryptoError] unable to verify certificate presented by 's3'", 'the certificate of the storage is not trusted'],
    ['ProtocolError: NoSuchBucket', 'there is no bucket shop'],
    ['HTTP request failed with 403 (Forbidden)', 'the storage refuses these credentials'],
    ["P00  ERROR: [049]: unable to get address for 's3'\n            HINT: look", "unable to get address for 's3'"],
  ])('%s is told in words', async (said, told) => {
    const text = await call('pitr_reason <<<"$SAID"', { SAID: said, BACKUP_S3_BUCKET: 'shop' });
    expect(text).toContain(told);
    expect(text).not.toMatch(/\n|HINT|P00|\[049\]/);
  });

  it('with a wrong key, is not for a terminal', async () => {
    const said = info([], 99, 'FormatError: \u0001\u001b[31m');
    const env = { INFO: said.replace('\\u0001', '\u0001') };
    expect(await call('engine_list', env)).toContain('BACKUP_PASSWORD does not open it');
    // Nor an empty list, where somebody else asks.
    expect(await call('list=$(engine_list); echo "listed: $list"', env)).not.toContain('listed');
  });

  it.each([
    ['http://s3.test', 'speaks https'],
    ['', 'speaks https'],
  ])('nothing of a storage at %j', async (endpoint, reason) => {
    const env = { BACKUP_TO: 's3', BACKUP_S3_BUCKET: 'shop', BACKUP_S3_ENDPOINT: endpoint, BACKUP_PROJECT: 'shop' };
    expect(await call('engine_list', env)).toContain(reason);
  });
});
