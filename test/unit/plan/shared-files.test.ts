import { describe, expect, it } from 'vitest';
import type { Splice } from '../../../generators/compose/edit/index.ts';
import { envEdits, ignoreEdits, phpEdits, sectionEdits } from '../../../generators/plan/shared-files.ts';
import { run } from '../../support/plan.ts';

const apply = (text: string, edits: readonly Splice[]): string =>
  [...edits]
    .sort((a, b) => b.offset - a.offset)
    .reduce((done, edit) => done.slice(0, edit.offset) + edit.content + done.slice(edit.offset + edit.length), text);

const entries = [
  { name: 'POSTGRES_PASSWORD', comment: 'The password.', value: 'new' },
  { name: 'COMPOSE_FILE', comment: 'The files.', value: 'a:b' },
];

describe('an .env that exists', () => {
  it('never gets another value for a secret that it has', () => {
    const text = 'POSTGRES_PASSWORD=old\nexport COMPOSE_FILE = mine\n';
    expect(envEdits(text, entries)).toEqual([]);
  });

  it('gets what it lacks, with the comment, behind what is there', () => {
    expect(apply('A=1', envEdits('A=1', entries))).toBe(
      'A=1\n\n# The password.\nPOSTGRES_PASSWORD=new\n\n# The files.\nCOMPOSE_FILE=a:b\n',
    );
  });

  it('gets a value where the line is there but empty', () => {
    const text = 'POSTGRES_PASSWORD=\nCOMPOSE_FILE=""\nB=2\n';
    expect(apply(text, envEdits(text, entries))).toBe('POSTGRES_PASSWORD=new\nCOMPOSE_FILE=a:b\nB=2\n');
    const laravel = 'POSTGRES_PASSWORD=null\nCOMPOSE_FILE=nullable\n';
    expect(apply(laravel, envEdits(laravel, entries))).toBe('POSTGRES_PASSWORD=new\nCOMPOSE_FILE=nullable\n');
  });

  it('does not take a comment or a longer name for the variable', () => {
    const text = '#POSTGRES_PASSWORD=x\nMY_POSTGRES_PASSWORD=y\nCOMPOSE_FILE=z\n';
    expect(apply(text, envEdits(text, entries))).toContain('\nPOSTGRES_PASSWORD=new\n');
  });

  it('keeps CRLF line ends', () => {
    expect(apply('A=1\r\n', envEdits('A=1\r\n', entries.slice(0, 1)))).toBe(
      'A=1\r\n\r\n# The password.\r\nPOSTGRES_PASSWORD=new\r\n',
    );
  });
});

describe('an ignore file that exists', () => {
  const groups = [{ comment: 'Secrets', patterns: ['.env', '**/node_modules'] }];

  it('gets only the patterns that it lacks', () => {
    expect(apply('/node_modules/\n', ignoreEdits('/node_modules/\n', groups))).toBe(
      '/node_modules/\n\n# Secrets\n.env\n',
    );
    expect(ignoreEdits('.env\nnode_modules\n', groups)).toEqual([]);
  });
});

describe('a PHP file that exists', () => {
  const own = "<?php\n\nArtisan::command('inspire', fn () => 1);\n";

  it('gets our statements at its end, and they are replaced the next time', () => {
    const once = apply(own, phpEdits(own, 'first();\n'));
    expect(once).toMatch(/^<\?php\n\nArtisan.*\n\n\/\/ prodstack: start.*\nfirst\(\);\n\/\/ prodstack: end\n$/);
    expect(phpEdits(once, 'first();\n')).toEqual([]);
    expect(apply(once, phpEdits(once, 'second();\n'))).toBe(once.replace('first', 'second'));
  });

  it('gets them before the closing tag: behind it they would be text', () => {
    const text = `${own}?>\n`;
    const once = apply(text, phpEdits(text, 'first();'));
    expect(once).toMatch(/\/\/ prodstack: end\n\?>\n$/);
    expect(phpEdits(once, 'first();')).toEqual([]);
  });

  it('keeps CRLF line ends', () => {
    const text = own.replaceAll('\n', '\r\n');
    expect(apply(text, phpEdits(text, 'one();\ntwo();'))).not.toMatch(/[^\r]\n/);
  });
});

describe('a README that exists', () => {
  it('gets our section at its end, and the same section is replaced the next time', () => {
    const once = apply('# Mine\n', sectionEdits('# Mine\n', 'first'));
    expect(once).toMatch(/^# Mine\n\n<!-- prodstack: start.*-->\nfirst\n<!-- prodstack: end -->\n$/);
    expect(sectionEdits(once, 'first')).toEqual([]);
    const longer = `${once}\nmore of mine\n`;
    expect(apply(longer, sectionEdits(longer, 'second'))).toBe(longer.replace('first', 'second'));
  });
});

describe('an .env.example that the user has', () => {
  const files = {
    'package.json': '{"scripts":{"start":"node server.js"},"dependencies":{"pg":"8.16.3"}}',
    'server.js': "require('http').createServer().listen(process.env.PORT || 4000);\n",
    '.env.example': 'DB_HOST=localhost\nSESSION_SECRET=\n',
  };

  it('gets ours as a part of it, once, and stays as it is otherwise', async () => {
    const first = await run(files);
    expect(first.outcomes.filter(({ action }) => action === 'conflict')).toEqual([]);
    const text = first.after['.env.example'] ?? '';
    expect(text).toMatch(/^DB_HOST=localhost\nSESSION_SECRET=\n\n# prodstack: start\./);
    expect(text).toContain('\nCOMPOSE_FILE=compose.yaml:compose.dev.yaml\n');
    expect(text).toMatch(/\n# prodstack: end\n$/);
    const second = await run(first.after);
    expect(second.outcomes.filter(({ planned }) => planned)).toEqual([]);
    expect(second.answers).toEqual(first.answers);
  });

  it('is followed when an answer changes, with the edits around it kept', async () => {
    const first = await run(files);
    const edited = { ...first.after, '.env.example': `# mine\n${first.after['.env.example']}# and mine\n` };
    const { after } = await run(edited, { redis: { mode: 'bundled' } });
    expect(after['.env.example']).toMatch(/^# mine\nDB_HOST=localhost\n.*\nREDIS_PASSWORD=\n.*\n# and mine\n$/s);
  });

  it('tells of the app, but not by what is ours in it', async () => {
    const first = await run(files);
    expect(first.answers.apps['app']).toMatchObject({
      variables: { DB_HOST: 'postgres.host' },
      secrets: ['SESSION_SECRET'],
    });
  });
});
