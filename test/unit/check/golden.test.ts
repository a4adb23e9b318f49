/** Our own output, read as anybody's repo: no Docker, no knowledge of what we are. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { applyIgnores } from '../../../generators/check/ignores.ts';
import { readRepo } from '../../../generators/check/project.ts';
import { ruleTexts } from '../../../generators/check/rules.ts';
import { observe } from '../../../generators/disk/observe.ts';
import { runRules } from '../../../generators/rules/index.ts';

const golden = join(import.meta.dirname, '../../golden');
const ids = new Set(ruleTexts.map(({ id }) => id));
const cases = readdirSync(golden).filter((name) => statSync(join(golden, name)).isDirectory());

test.each(cases)('finds nothing in what we generate: %s', (name) => {
  const observation = observe(join(golden, name, 'expected'));
  const repo = readRepo(observation, { tracked: new Set(), modes: false, today: '2026-11-20' });
  expect(repo.notes).toEqual([]);
  expect(repo.projects.length).toBeGreaterThan(0);
  const { findings } = applyIgnores(
    runRules(repo.parts),
    repo.files,
    repo.parts.map(({ composeFiles }) => composeFiles.map(({ path }) => path)),
    { ids, asked: ids, near: () => undefined },
  );
  expect(findings).toEqual([]);
});
