import { composeEntries, serviceOf } from '../compose-text.ts';
import { type Interpolation, interpolations } from '../interpolation.ts';
import { isLiteralSecret, isPlaceholder, looksSecret } from '../secret-keys.ts';
import { composeSpec } from '../sources.ts';
import type { Rule, RuleText } from '../types.ts';
import { isForDevelopment } from '../view.ts';

export const requiredVariables = interpolationRule({
  id: 'required-variables',
  severity: 'warning',
  title: 'A secret that is missing stops Compose, with a message',
  why: 'A plain ${NAME} that is not set becomes an empty string, with a warning that nobody reads.',
  fix: 'Write `${NAME:?what to do}`; `${NAME:-}` says that it may be empty.',
  source: composeSpec('12-interpolation.md'),
  check: ({ operator, operand = '' }) => {
    if (operator === undefined) return 'is not required: without it the value is empty';
    if (operator === '?') return 'may be empty: `?` asks only whether it is set';
    return operator === ':?' && operand.trim() === '' ? 'has no message that says what to do' : undefined;
  },
});

export const noDefaultSecret = interpolationRule({
  id: 'no-default-secret',
  severity: 'error',
  title: 'No secret has a default that works',
  why: 'Whoever starts the stack without setting it runs with a password that everybody can read in the repo, and nothing says so.',
  fix: 'Write `${NAME:?what to do}`; `${NAME:-}` says that it may be empty.',
  source: composeSpec('12-interpolation.md'),
  // A default that is a variable of its own is judged itself.
  check: ({ name, operator, operand = '' }) =>
    (operator === ':-' || operator === '-') && isLiteralSecret(operand) && !isPlaceholder(name, operand)
      ? 'has a default that everybody knows'
      : undefined,
});

/** A rule for every use of a secret's variable in a compose file. */
function interpolationRule({
  check,
  ...text
}: RuleText & { readonly check: (variable: Interpolation) => string | undefined }): Rule {
  return {
    ...text,
    check: (project) =>
      project.composeFiles
        .filter((file) => !isForDevelopment(project, file))
        .flatMap((file) =>
          composeEntries(file).flatMap((entry) =>
            interpolations(entry.value ?? '')
              .filter(({ name }) => looksSecret(name))
              .flatMap((variable) => {
                const wrong = check(variable);
                if (wrong === undefined) return [];
                return [
                  { file: file.path, line: entry.line, ...serviceOf(entry), message: `${variable.name} ${wrong}` },
                ];
              }),
          ),
        ),
  };
}
