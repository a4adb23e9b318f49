import { describe, expect, it } from 'vitest';
import { readDotEnv } from '../../../../generators/compose/model/dotenv.ts';

const shell: Readonly<Record<string, string>> = { SHELL_SET: 'shell', WINS: 'shell' };
const read = (text: string) => readDotEnv(text, (name) => shell[name]);

describe('an env file', () => {
  it.each([
    ['A=1\nB = 2\n', { A: '1', B: '2' }],
    ['# comment\n\n  A=1 # more\nB=a#b\nC=\n', { A: '1', B: 'a#b', C: '' }],
    ['export A=1\nexport\tB=2\n', { A: '1', B: '2' }],
    ['A=\'$B \\n #\'\nB="x \\"y\\" \\n"\n', { A: '$B \\n #', B: 'x "y" \n' }],
    ['A="two\nlines"\nB=1', { A: 'two\nlines', B: '1' }],
    ['A=1\nB=$A-${A}-${C:-c}\n', { A: '1', B: '1-1-c' }],
    ['WINS=file\nB=$WINS\n', { WINS: 'file', B: 'shell' }],
    ['A="\\$B" # x\nB=$$C\n', { A: '$B', B: '$C' }],
    ['SHELL_SET\nUNKNOWN\nA=1\n', { SHELL_SET: 'shell', A: '1' }],
    ['A: yaml\nB:"x"\n', { A: 'yaml', B: 'x' }],
    ['\uFEFFA=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['__proto__=1\n', Object.fromEntries([['__proto__', '1']])],
  ])('%j', (text, expected) => {
    expect(read(text)).toEqual({ values: expected });
  });

  it.each([
    ['A=1\nB="open\n', 2, 'a quote is not closed'],
    ['A=1\n\nB!=2\n', 3, '"!" is in the name of a variable'],
    ['A B=1\n', 1, 'there is a space in the name of a variable'],
    ['A=${}\n', 1, 'a $ starts no variable there'],
  ])('%j is refused in line %i', (text, line, message) => {
    expect(read(text).problem).toEqual({ line, message });
  });
});
