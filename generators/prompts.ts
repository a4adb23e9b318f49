import type { Choice, Ui } from './answers/questions/ui.ts';

/** The part of inquirer that is used; plop hands its own instance in. */
export interface PromptLibrary {
  prompt(questions: readonly object[]): PromiseLike<Record<string, unknown>>;
}

/** The questions' way of asking, on top of inquirer. */
export function inquirerUi(library: PromptLibrary, say: (text: string) => void): Ui {
  const ask = async (question: object): Promise<unknown> =>
    (await library.prompt([{ name: 'value', ...question }]))['value'];
  return {
    say,
    input: async ({ message, default: value, validate }) =>
      String(await ask({ type: 'input', message, validate, ...(value !== undefined && { default: value }) })),
    select: async <T>({
      message,
      choices,
      default: value,
    }: {
      message: string;
      choices: readonly Choice<T>[];
      default?: T;
    }) => {
      const index = choices.findIndex((choice) => choice.value === value);
      return (await ask({ type: 'list', message, choices, ...(index >= 0 && { default: index }) })) as T;
    },
    confirm: async ({ message, default: value }) => Boolean(await ask({ type: 'confirm', message, default: value })),
  };
}
