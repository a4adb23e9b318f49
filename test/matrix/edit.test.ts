/** Random compose files in every style: Compose itself takes what an edit makes of them, and finds in it what was added. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { applySplices, dependOn, type Edit, editYaml, setVariable } from '../../generators/compose/edit/index.ts';
import { readYaml } from '../../generators/compose/yaml.ts';
import { composeText } from '../support/compose-text.ts';

const folder = mkdtempSync(join(tmpdir(), 'prodstack-edit-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Config {
  readonly services: Readonly<Record<string, object>>;
  readonly volumes?: Readonly<Record<string, object>>;
}

/** What Compose reads. */
async function configOf(name: string, text: string): Promise<Config> {
  writeFileSync(join(folder, name), text);
  const args = ['compose', '--project-name', 'shop', '--file', name, 'config', '--format', 'json'];
  return JSON.parse((await execa('docker', args, { cwd: folder })).stdout);
}

const added: readonly Edit[] = [
  { op: 'set', path: ['services', 'cache'], value: { image: 'busybox:1.37', volumes: ['cache_data:/data'] } },
  { op: 'set', path: ['volumes', 'cache_data'], value: null },
];

const samples = fc
  .sample(fc.array(fc.nat(999), { minLength: 30, maxLength: 400 }), { seed: 7, numRuns: 40 })
  .map((tape, index) => [index, composeText(tape)] as const);

describe('a compose file of any style, edited,', () => {
  it.each(samples)('is for Compose what it was, and what was added: %i', async (index, { text, services }) => {
    const data = readYaml(text, 'compose.yaml');
    const connect = services.flatMap((name) => [
      ...dependOn(data, name, 'cache', 'service_started'),
      ...setVariable(data, name, 'CACHE_URL', 'redis://cache:6379/0'),
    ]);
    const after = applySplices(text, editYaml(text, [...added, ...connect], 'compose.yaml'));
    const [old, now] = await Promise.all([configOf(`${index}.yaml`, text), configOf(`${index}.edited.yaml`, after)]);
    expect(Object.keys(now.services).sort()).toEqual(['cache', ...services].sort());
    expect(Object.keys(now.volumes ?? {})).toContain('cache_data');
    for (const name of services) {
      const { depends_on, environment, ...rest } = now.services[name] as Record<string, object>;
      const { depends_on: needs, environment: variables, ...before } = old.services[name] as Record<string, object>;
      expect(rest).toEqual(before);
      expect(environment).toEqual({ ...variables, CACHE_URL: 'redis://cache:6379/0' });
      expect(depends_on).toEqual({ ...needs, cache: { condition: 'service_started', required: true } });
    }
  });
});
