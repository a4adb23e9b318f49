import { composeEntries } from '../compose-text.ts';
import { type Interpolation, interpolations } from '../interpolation.ts';
import { looksSecret } from '../secret-keys.ts';
import { composeSpec } from '../sources.ts';
import type { Rule } from '../types.ts';

export const requiredVariables: Rule = {
  id: 'required-variables',
  severity: 'error',
  title: 'A secret that is missing stops Compose, with a message',
  why: 'A plain ${NAME} that is not set becomes an empty string, with a warning that nobody reads, and a default that works is a password that everybody knows.',
  fix: 'Write `${NAME:?what to do}`; `${NAME:-}` says that it may be empty.',
  source: composeSpec('12-interpolation.md'),
  check: ({ composeFiles }) =>
    composeFiles.flatMap((file) =>
      composeEntries(file).flatMap(({ line, value = '' }) =>
        interpolations(value)
          .filter(({ name }) => looksSecret(name))
          .flatMap((variable) => {
            const wrong = wrongWith(variable);
            return wrong === undefined ? [] : [{ file: file.path, line, message: `${variable.name} ${wrong}` }];
          }),
      ),
    ),
};

function wrongWith({ operator, operand = '' }: Interpolation): string | undefined {
  switch (operator) {
    case ':?':
      return operand.trim() === '' ? 'has no message that says what to do' : undefined;
    case '?':
      return 'may be empty: `?` asks only whether it is set';
    case ':-':
    case '-':
      // A default that is a variable of its own is judged itself.
      return operand === '' || operand.startsWith('$') ? undefined : 'has a default that everybody knows';
    case ':+':
    case '+':
      return undefined;
    case undefined:
      return 'is not required: without it the value is empty';
  }
}
