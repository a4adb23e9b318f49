import { describe, expect, it } from 'vitest';
import type { Splice } from '../../../generators/compose/edit.ts';
import { envEdits, ignoreEdits, sectionEdits } from '../../../generators/plan/shared-files.ts';

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

describe('a README that exists', () => {
  it('gets our section at its end, and the same section is replaced the next time', () => {
    const once = apply('# Mine\n', sectionEdits('# Mine\n', 'first'));
    expect(once).toMatch(/^# Mine\n\n<!-- prodstack: start.*-->\nfirst\n<!-- prodstack: end -->\n$/);
    expect(sectionEdits(once, 'first')).toEqual([]);
    const longer = `${once}\nmore of mine\n`;
    expect(apply(longer, sectionEdits(longer, 'second'))).toBe(longer.replace('first', 'second'));
  });
});
