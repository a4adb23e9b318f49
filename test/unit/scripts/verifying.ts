/** `scripts/verify` beside a Docker that says what a test wants: real bash. */
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { render } from '../../../generators/plan/render.ts';

export const folder = mkdtempSync(join(tmpdir(), 'prodstack-verify-'));
export const script = join(folder, 'stack/scripts/verify');
for (const path of ['bin', 'says', 'stack/scripts']) mkdirSync(join(folder, path), { recursive: true });
/** What Docker answers to one of its questions. */
export const says = (what: string, text: string) => writeFileSync(join(folder, 'says', what), text);

/** Each question is answered by a file; one that is missing is no answer. */
const docker = `#!/usr/bin/env bash
cd "$FOLDER/says"
case " $* " in
  ' version '*) exec cat engine ;;
  *' compose version '*) exec cat compose ;;
  *' config --quiet ') exec cat config ;;
  *' config --services ') exec cat services ;;
  *' config ') echo 'name: shop' ;;
  *' ps --all --quiet ' | *' ps --quiet ') echo c1 ;;
  *State.Status*) exec cat containers ;;
  *HostIp*) exec cat ports ;;
  *Mounts*) cut -d ' ' -f 1 volumes ;;
  *' volume inspect '*) exec cat volumes ;;
  *' port app '*) exec cat address ;;
  *' port caddy 443 '*) exec cat https ;;
  *' port caddy 80 '*) exec cat http ;;
  *NetworkSettings.Networks*) exec cat network ;;
  *' --profile maintenance ps '*) exec cat profile ;;
  *' psql '*) exec cat postgres ;;
  ' ps --filter '*) exec cat uptime ;;
  *'backup status --json'*) shift 6; exec jq --raw-output "\${@: -1}" status ;;
esac
`;
writeFileSync(join(folder, 'bin/docker'), docker);
chmodSync(join(folder, 'bin/docker'), 0o755);

/** All that is not well, as `check: text`, and the exit status. */
export async function verify(...args: readonly string[]) {
  return verifyWith({}, ...args);
}

/** The same with other variables. */
export async function verifyWith(env: NodeJS.ProcessEnv, ...args: readonly string[]) {
  const { stdout, stderr, exitCode } = await execa(script, ['--json', '--timeout', '1', ...args], {
    cwd: '/',
    env: { PATH: `${join(folder, 'bin')}:${process.env['PATH']}`, FOLDER: folder, ...env },
    reject: false,
    stdin: 'ignore',
  });
  expect(stderr).toBe('');
  const { checks, healthy } = JSON.parse(stdout) as {
    readonly healthy: boolean;
    readonly checks: readonly { readonly check: string; readonly status: string; readonly text: string }[];
  };
  expect(healthy).toBe(exitCode === 0);
  const found = (kind: string) =>
    checks.filter((one) => one.status === kind).map(({ check, text }) => `${check}: ${text}`);
  return { exitCode, failed: found('fail'), warned: found('warn'), well: found('ok') };
}

/** The script of a stack, and a Docker that says of it that all is well. */
export function wellWith(view: Readonly<Record<string, unknown>>): void {
  writeFileSync(script, render('scripts/verify', view));
  chmodSync(script, 0o755);
  says('engine', '28.5.2\n');
  says('compose', 'v2.24.4\n');
  says('config', '');
  says('uptime', 'Up 2 hours (healthy)\n');
  says('volumes', 'shop_postgres-data 2026-11-21T10:00:00Z \n');
  says('postgres', '18.6\n');
}
