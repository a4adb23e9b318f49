import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadCompose } from '../../../../generators/compose/model/load.ts';
import { findProjects } from '../../../../generators/compose/model/projects.ts';
import { filesIn } from './files.ts';

const golden = join(import.meta.dirname, '../../../golden');
const cases = readdirSync(golden, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

describe.each(cases)('the compose files of %s', (name) => {
  const files = filesIn(join(golden, name, 'expected'));
  const projects = findProjects(files);

  it('are the first project', () => {
    expect(projects[0]).toMatchObject({ directory: '.', base: expect.stringMatching(/^(docker-)?compose\.ya?ml$/) });
  });

  const all = projects.flatMap(({ directory, combinations }) => combinations.map((one) => ({ ...one, directory })));

  it.each(all)('$directory: $name is read without a problem', ({ directory, ...combination }) => {
    const loaded = loadCompose(combination.files, files, { projectDirectory: directory, env: {} });
    expect(loaded.problems).toEqual([]);
    expect(Object.keys(loaded.model?.services ?? {})).not.toHaveLength(0);
  });
});
