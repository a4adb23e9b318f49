/** The scripts that a project of somebody else's gets, through shellcheck: they have lines that those of our stacks lack. */
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { add, treeAfter } from '../unit/foreign/support.ts';

const layered = {
  'compose.yaml':
    'services:\n  db:\n    image: postgres:17\n    environment: [POSTGRES_PASSWORD]\n  app:\n    build: .\n    depends_on: [db]\n    volumes: [media:/srv/media]\nvolumes: { media: {} }\n',
  'compose.prod.yaml': 'services:\n  app:\n    restart: always\n',
};

describe.each(['restic', 'files'])('backups of a foreign project with %s', async (engine) => {
  const tree = treeAfter(layered, await add(layered, { block: 'backup', set: { backup: { engine } } }));
  const scripts = Object.entries(tree).filter(([, text]) => /^#!.*\b(?:ba)?sh\b/.test(text));

  it('has scripts that know its files', () => {
    expect(scripts.map(([path]) => path)).toEqual(expect.arrayContaining(['scripts/backup', 'scripts/restore']));
    expect(tree['scripts/restore']).toContain('export COMPOSE_FILE=compose.yaml:compose.prod.yaml');
  });

  it.each(scripts)('shellcheck has nothing to say about %s', async (_path, input) => {
    const { stdout, stderr, exitCode } = await execa('shellcheck', ['-'], { input, reject: false });
    expect({ exitCode, text: stdout + stderr }).toEqual({ exitCode: 0, text: '' });
  });
});

describe.each(['cloudflare', 'tailscale', 'nginx'])('%s in a foreign project', async (block) => {
  const hostnames = { app: block === 'tailscale' ? 'shop' : 'shop.example.com' };
  const tree = { 'compose.yaml': 'services:\n  app:\n    image: acme/app:1\n    expose: ["8000"]\n' };
  const after = treeAfter(tree, await add(tree, { block, for: ['app'], set: { edge: { [block]: { hostnames } } } }));
  const scripts = Object.entries(after).filter(([path]) => path.endsWith('.sh'));

  it.each(scripts)('shellcheck has nothing to say about %s', async (_path, input) => {
    const { stdout, stderr, exitCode } = await execa('shellcheck', ['-'], { input, reject: false });
    expect({ exitCode, text: stdout + stderr }).toEqual({ exitCode: 0, text: '' });
  });
});
