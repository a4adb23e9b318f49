import { expect, it } from 'vitest';
import { wrap } from '../../../generators/plan/env.ts';

it.each([['openssl rand -hex 24'], ['"base64:$(openssl rand -base64 32)"']])(
  'a command that makes a value is copied from one line: %s',
  (command) => {
    for (let width = 40; width < 80; width++)
      expect(wrap(`The password of somebody. Required. Make one: ${command}`, width).join('\n')).toContain(command);
  },
);
