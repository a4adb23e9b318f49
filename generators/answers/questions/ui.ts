/** The ways of asking, and what an answer may be. */
import * as v from 'valibot';

export interface Choice<T> {
  readonly name: string;
  readonly value: T;
}

/** The few ways of asking that the questions need; the prompt library behind it is handed in. */
export interface Ui {
  say(text: string): void;
  input(question: {
    readonly message: string;
    readonly default?: string;
    readonly validate: (text: string) => string | true;
  }): Promise<string>;
  select<T>(question: {
    readonly message: string;
    readonly choices: readonly Choice<T>[];
    readonly default?: T;
  }): Promise<T>;
  confirm(question: { readonly message: string; readonly default: boolean }): Promise<boolean>;
}

export function validator(schema: v.GenericSchema): (text: string) => string | true {
  return (text) => {
    const result = v.safeParse(schema, typed(text));
    if (result.success) return true;
    const issue = result.issues[0];
    return issue?.issues?.at(-1)?.message ?? issue?.message ?? 'is not possible';
  };
}

/** Digits are a number, as they are in YAML. */
export function typed(text: string): unknown {
  return /^\d+$/.test(text) ? Number(text) : text;
}
