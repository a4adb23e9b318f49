import { describe, expect, test } from 'vitest';
import { rules, runRules } from '../../../generators/rules/index.ts';
import { dockerfileCases } from './cases/dockerfiles.ts';
import { edgeCases } from './cases/edges.ts';
import { externalCases } from './cases/externals.ts';
import { fileCases } from './cases/files.ts';
import { healthcheckCases } from './cases/healthchecks.ts';
import { hostCases } from './cases/host.ts';
import { imageCases } from './cases/images.ts';
import { networkCases } from './cases/networks.ts';
import { serviceCases } from './cases/services.ts';
import { good, lineOf, withModel, withService } from './good-project.ts';

const cases = [
  ...fileCases,
  ...imageCases,
  ...serviceCases,
  ...networkCases,
  ...edgeCases,
  ...externalCases,
  ...hostCases,
  ...healthcheckCases,
  ...dockerfileCases,
];

test('finds nothing in a project that keeps every rule', () => {
  expect(runRules(good)).toEqual([]);
});

describe('every rule', () => {
  test('has an id of its own', () => {
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
  });

  test.each(rules)('$id can be read', ({ id, title, why, fix, source }) => {
    expect(id).toMatch(/^[a-z]+[a-z0-9]*(-[a-z0-9]+)*$/);
    expect(title).toMatch(/^[A-Z`].*[^.]$/s);
    expect(why).toMatch(/\.$/);
    expect(fix).toMatch(/\.$/);
    expect(source).toMatch(/^https:\/\/[\w.-]+\/\S*$/);
  });

  test.each(rules)('$id has an example that holds and one that does not', ({ id }) => {
    const own = cases.filter(({ rule }) => rule === id);
    expect(own.some(({ finds }) => finds.length === 0)).toBe(true);
    expect(own.some(({ finds }) => finds.length > 0)).toBe(true);
  });

  test('of the examples exists', () => {
    const ids = new Set(rules.map(({ id }) => id));
    expect(cases.filter(({ rule }) => !ids.has(rule))).toEqual([]);
  });
});

test.each(cases.map((one) => ({ ...one, name: `${one.rule} ${one.says}` })))('$name', ({ rule, project, finds }) => {
  const found = runRules(project).filter((finding) => finding.rule === rule);
  expect(found).toHaveLength(finds.length);
  expect(found).toMatchObject(finds);
});

describe('the findings', () => {
  test('are sorted by severity, file, line and service', () => {
    const broken = withModel('production', ({ services, ...model }) => ({
      ...model,
      services: Object.fromEntries(
        Object.entries(services).map(([name, { deploy, ...service }]) => [name, { ...service, read_only: false }]),
      ),
    }));
    const order = { error: 0, warning: 1, info: 2 };
    const keys = runRules(broken).map(({ severity, file, line = 0, service }) =>
      [order[severity], file, String(line).padStart(5, '0'), service].join(' '),
    );
    expect(keys.length).toBeGreaterThan(10);
    expect(keys).toEqual(keys.toSorted());
  });

  test('say once what is wrong in several combinations', () => {
    const project = withService('postgres', { image: 'postgres:18.6' });
    const twice = {
      ...project,
      combinations: project.combinations.map((one) =>
        one.purpose === 'base'
          ? { ...one, model: project.combinations.find(({ purpose }) => purpose === 'production')?.model ?? one.model }
          : one,
      ),
    };
    expect(runRules(twice).filter(({ rule }) => rule === 'postgres-os-pinned')).toMatchObject([
      { service: 'postgres', combinations: ['compose.yaml', 'compose.yaml + compose.prod.yaml'] },
    ]);
  });

  test('point to the service where the key is in no file', () => {
    const project = withService('redis', { logging: null });
    expect(runRules(project)).toMatchObject([
      { rule: 'log-rotation', file: 'compose.prod.yaml', line: lineOf('compose.prod.yaml', '  redis:') },
    ]);
  });
});
