import { describe, expect, it } from 'vitest';
import { type Loaded, loadCompose } from '../../../../generators/compose/model/index.ts';
import { filesOf } from './files.ts';

function load(texts: Readonly<Record<string, string>>, files = ['compose.yaml'], projectDirectory = '.'): Loaded {
  return loadCompose(files, filesOf(texts), { projectDirectory, env: {} });
}

const app = (lines: string): string => `services:\n  app:\n    image: a:1\n${lines}`;

describe('a project without values and without Docker', () => {
  it('has placeholders that are valid where they stand for what is required', () => {
    const { model, problems, variables } = load({
      'compose.yaml': app(
        [
          '    ports: ["${IP:?}:${PORT:?}:80", "${OTHER_PORT}:81"]',
          '    volumes: ["${DATA_DIR}:/data", "${MEDIA:?where}/x:/media"]',
          '    environment: { TOKEN: "${TOKEN:?set it}", BLANK: "${BLANK}" }',
          '    read_only: ${FLAG:?}',
          '    healthcheck: { retries: "${N}", interval: "${INTERVAL}" }',
          '    mem_limit: ${MEMORY:?}',
          '    deploy: { replicas: "${REPLICAS:?}" }',
          '',
        ].join('\n'),
      ),
    });
    expect(problems).toEqual([]);
    expect(model?.services['app']).toMatchObject({
      ports: [{ host_ip: '127.0.0.1', published: '8080', target: 80 }, { target: 81 }],
      volumes: [
        { type: 'bind', source: 'data-dir' },
        { type: 'bind', source: 'media/x' },
      ],
      environment: { TOKEN: 'token', BLANK: '' },
      healthcheck: { retries: 1, interval: '30s' },
      mem_limit: '67108864',
      deploy: { replicas: 1 },
    });
    expect(variables).toContainEqual({
      name: 'TOKEN',
      operator: ':?',
      operand: 'set it',
      state: 'missing',
      file: 'compose.yaml',
      line: 6,
    });
  });

  it('has an image where only a variable names one', () => {
    const { model, problems } = load({ 'compose.yaml': 'services:\n  app: { image: "${APP_IMAGE}" }\n' });
    expect([model?.services['app']?.image, problems]).toEqual(['app-image', []]);
  });

  it('has paths from the root, also of a project that is not there', () => {
    const { model } = load(
      { 'deploy/compose.yaml': app('    build: ../api\n    volumes: ["./data:/data", "/abs:/abs", "~/x:/x"]\n') },
      ['deploy/compose.yaml'],
      'deploy',
    );
    expect(model?.name).toBe('deploy');
    expect(model?.services['app']?.build?.context).toBe('api');
    expect(model?.services['app']?.volumes?.map(({ source }) => source)).toEqual(['deploy/data', '/abs', '~/x']);
  });

  it('keeps the name of an env file that is made on the host, and reads the one that is there', () => {
    const { model, problems } = load({
      'compose.yaml': app('    env_file: [one.env, { path: two.env, required: false }, three.env]\n'),
      'three.env': 'A=1\n',
    });
    expect(problems).toEqual([]);
    expect(model?.services['app']).toMatchObject({
      env_file: [{ path: 'one.env', required: true }],
      environment: { A: '1' },
    });
  });

  it('knows where everything is written, whatever file it comes from', () => {
    const { placeOf } = load(
      {
        'compose.yaml': app('    ports:\n      - "80:80"\n    extends: { file: base.yaml, service: base }\n'),
        'base.yaml': 'services:\n  base:\n    image: b:1\n    restart: always\n    ports: ["81:81"]\n',
        'over.yaml': 'services:\n  app:\n    environment:\n      A: 1\n',
      },
      ['compose.yaml', 'over.yaml'],
    );
    const place = (...path: readonly string[]): string => {
      const { file, line } = placeOf(['services', 'app', ...path]) ?? {};
      return `${file}:${line}`;
    };
    expect([
      place('ports', '0'),
      place('ports', '1', 'target'),
      place('restart'),
      place('environment', 'A'),
      place('image'),
      place('healthcheck'),
    ]).toEqual(['base.yaml:5', 'compose.yaml:5', 'base.yaml:4', 'over.yaml:4', 'compose.yaml:3', 'over.yaml:2']);
  });

  it('lists the files that it read', () => {
    const { read } = load({
      'compose.yaml': `include: [db/compose.yaml]\n${app('    extends: { file: base.yaml, service: base }\n')}`,
      'db/compose.yaml': 'services: { db: { image: d:1 } }\n',
      'base.yaml': 'services: { base: { image: b:1 } }\n',
    });
    expect(read).toEqual(['compose.yaml', 'db/compose.yaml', 'base.yaml']);
  });

  it('is read as by the newest Compose where an older one refuses it, and says so', () => {
    const { model, problems } = load({
      'compose.yaml': [
        'include: [db/compose.yaml]',
        'services:',
        '  db: { environment: { B: 2 }, ports: !override ["5433:5432"] }',
        '  replica: { extends: { service: db }, command: replicate }',
        '',
      ].join('\n'),
      'db/compose.yaml':
        'services:\n  db: { image: d:1, environment: { A: 1 }, ports: ["5432:5432"], volumes: ["./d:/d"] }\n',
    });
    expect(model?.services['db']).toMatchObject({ image: 'd:1', environment: { A: '1', B: '2' } });
    expect(model?.services['db']?.ports).toMatchObject([{ published: '5433' }]);
    expect(model?.services['replica']).toMatchObject({
      image: 'd:1',
      command: ['replicate'],
      environment: { A: '1', B: '2' },
      volumes: [{ source: 'db/d' }],
    });
    expect(
      problems.map(({ severity, line, message }) => [severity, line, /before ([\d.]+)/.exec(message)?.[1]]),
    ).toEqual([['warning', 3, '5.0.0']]);
    const only = load({
      'compose.yaml': 'include: [db.yaml]\nservices:\n  replica: { extends: db }\n',
      'db.yaml': 'services: { db: { image: d:1 } }\n',
    });
    expect(only.model?.services['replica']?.image).toBe('d:1');
    expect(only.problems).toMatchObject([{ severity: 'warning', line: 3, message: expect.stringContaining('5.2.0') }]);
  });

  it('does not call undefined what a file that is elsewhere may define', () => {
    const { problems } = load({
      'compose.yaml': `include: ["oci://registry/x"]\n${app('    depends_on: [db]\n')}`,
    });
    expect(problems.map(({ severity, code, line }) => [severity, code, line])).toEqual([['warning', 'include', 1]]);
  });
});

describe('what nobody writes by hand', () => {
  const levels = Array.from({ length: 12 }, (_, index) => {
    const inner = Array.from({ length: 10 }, () => (index === 0 ? 'x' : `*a${index - 1}`)).join(', ');
    return `x-${index}: &a${index} [${inner}]\n`;
  });

  it.each([
    ['an alias bomb', levels.join('')],
    ['a deep list', `x-a: ${'['.repeat(50_000)}${']'.repeat(50_000)}\n`],
    ['a deep map', `x-a: ${'{a: '.repeat(20_000)}${'}'.repeat(20_000)}\n`],
    ['a large file', `x-a: ${'a'.repeat(3_000_000)}\n`],
    [
      'a list of very many ports',
      `x-p: &p { ports: [${'1-65535,'.repeat(20)}"80"] }\nservices:\n${Array.from({ length: 500 }, (_, index) => `  s${index}: { image: a:1, <<: *p }\n`).join('')}#`,
    ],
    ['a variable in a variable', `x-a: "${'${A:-'.repeat(2000)}${'}'.repeat(2000)}"\n`],
  ])('%s is refused, and soon', (_name, text) => {
    const start = performance.now();
    const { problems } = load({ 'compose.yaml': `${text}${app('')}` });
    expect(problems.filter(({ severity }) => severity === 'error')).not.toEqual([]);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('a chain of includes ends', () => {
    const texts = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [
        index === 0 ? 'compose.yaml' : `f${index}.yaml`,
        `include: [f${index + 1}.yaml]\nservices: { s${index}: { image: a:1 } }\n`,
      ]),
    );
    expect(load(texts).problems).toContainEqual(expect.objectContaining({ code: 'cycle' }));
  });

  it('includes that double, and services that extend each other one by one, end', () => {
    const doubled = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [
        index === 0 ? 'compose.yaml' : `f${index}.yaml`,
        `include: [f${index + 1}.yaml, ./x/../f${index + 1}.yaml]\nservices: { s${index}: { image: a:1 } }\n`,
      ]),
    );
    expect(load(doubled).problems).toContainEqual(expect.objectContaining({ code: 'too-large' }));
    const chain = Array.from({ length: 2000 }, (_, index) => `  s${index}: { extends: s${index + 1} }\n`);
    const { problems } = load({ 'compose.yaml': `services:\n${chain.join('')}  s2000: { image: a:1 }\n` });
    expect(problems).toContainEqual(expect.objectContaining({ code: 'too-large' }));
  });

  it('a large list is a list', () => {
    const items = Array.from({ length: 20_000 }, (_, index) => `CAP_${index}`);
    const { model, problems } = load({ 'compose.yaml': app(`    cap_add: [${items.join(', ')}]\n`) });
    expect([model?.services['app']?.cap_add?.length, problems]).toEqual([20_000, []]);
  });

  it('a chain of services that wait for each other is walked to its end', () => {
    const services = Array.from(
      { length: 3000 },
      (_, index) => `  s${index}: { image: a:1, depends_on: [s${index + 1}] }\n`,
    );
    const { problems } = load({ 'compose.yaml': `services:\n${services.join('')}` });
    expect(problems.map(({ line }) => line)).toEqual([3001]);
  });

  it('names of what every object has are names like any other', () => {
    const { model, problems } = load({
      'compose.yaml':
        'services:\n  constructor: { image: a:1, depends_on: [toString], environment: { __proto__: x } }\n  toString: { image: a:1 }\n',
    });
    expect(problems).toEqual([]);
    expect(Object.keys(model?.services ?? {})).toEqual(['constructor', 'toString']);
    expect(Object.entries(model?.services['constructor']?.environment ?? {})).toEqual([['__proto__', 'x']]);
  });
});
