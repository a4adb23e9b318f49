import { expect, it } from 'vitest';
import { visible } from '../../../generators/visible.ts';

it('leaves lines and colours, and shows what else would be done to a terminal', () => {
  const fine = 'a\tä\r\n\u001b[31mred\u001b[0m\n';
  expect(visible(fine)).toBe(fine);
  expect(visible('\u001b]0;title\u0007 \u001b[2J \u009b2J gone\rnew \b\u007f')).toBe(
    '\ufffd]0;title\ufffd \ufffd[2J \ufffd2J gone\ufffdnew \ufffd\ufffd',
  );
});
