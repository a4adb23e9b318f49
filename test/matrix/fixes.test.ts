/** What `check --fix` makes of compose files, Compose accepts as before, and reads the same but for what the fix is about. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import type { ComposeModel } from '../../generators/compose/model.ts';

const folder = join(import.meta.dirname, '../unit/rules/fixes');
const cases = globSync('*/after/compose.yaml', { cwd: folder })
  .map((path) => dirname(dirname(path)))
  .filter((name) => text(name, 'before') !== text(name, 'after'))
  .sort();

function text(name: string, one: string): string {
  return readFileSync(join(folder, name, one, 'compose.yaml'), 'utf8');
}

/** The keys of services that a fix of this rule may change. */
const about: Readonly<Record<string, readonly string[]>> = {
  'cap-drop-starts': ['cap_add'],
  'depends-on-conditions': ['depends_on'],
  'healthcheck-dollar': ['healthcheck'],
  'healthcheck-loopback': ['healthcheck'],
  'healthcheck-start-period': ['healthcheck'],
  'host-gateway': ['extra_hosts'],
  init: ['init'],
  'limits-in-one-place': ['cpus', 'mem_limit'],
  'log-rotation': ['logging'],
  'no-new-privileges': ['security_opt'],
  'one-shot-not-restarted': ['restart'],
  'php-stop-signal': ['stop_signal'],
  'postgres-readiness-tcp': ['healthcheck'],
  'postgres-shm': ['shm_size'],
  'read-only-paths': ['tmpfs'],
  'restart-policy-once': ['restart'],
  'restart-set': ['restart'],
  'stop-grace-covers-job': ['stop_grace_period'],
  'tailscale-auth-once': ['environment'],
};

async function config(directory: string): Promise<ComposeModel> {
  const words = ['compose', '--project-name', 'fix', '--profile', '*', 'config', '--format', 'json'];
  const { stdout } = await execa('docker', words, {
    cwd: directory,
    env: { API_TOKEN: 'x', OTHER_TOKEN: 'x', API_URL: 'x', API_NAME: 'x' },
  });
  // The folders are called differently.
  return JSON.parse(stdout.replaceAll(directory, '')) as ComposeModel;
}

/** A model without what may change. */
function without({ services, ...model }: ComposeModel, keys: readonly string[]): unknown {
  const rest = Object.entries(services).map(([name, service]) => [
    name,
    Object.fromEntries(Object.entries(service).filter(([key]) => !keys.includes(key))),
  ]);
  return { ...model, services: Object.fromEntries(rest) };
}

test('there are cases', () => {
  expect(cases.length).toBeGreaterThan(20);
});

test.each(cases)('%s', async (name) => {
  const rule = name.split('--')[0] ?? name;
  const [before, after] = await Promise.all(['before', 'after'].map((one) => config(join(folder, name, one))));
  if (!before || !after) throw new Error('no model');
  const keys = about[rule] ?? [];
  expect(without(after, keys)).toEqual(without(before, keys));
  if (keys.length > 0) expect(after).not.toEqual(before);
});
