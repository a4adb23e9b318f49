/** From the root: keys, and indices of lists. */
export type EditPath = readonly (string | number)[];

/** One change of a compose file, in the words of `compose/edit`, which makes it without touching another byte. */
export type ComposeEdit =
  | { readonly op: 'set'; readonly path: EditPath; readonly value: unknown; readonly text?: string }
  | { readonly op: 'append'; readonly path: EditPath; readonly value: unknown; readonly text?: string }
  | { readonly op: 'remove'; readonly path: EditPath; readonly prune?: boolean };

/** Replace `length` UTF-16 code units of a text at `offset` by `content`. */
export interface TextSplice {
  readonly offset: number;
  readonly length: number;
  readonly content: string;
}

/** What puts one finding right, as data: who applies it proves that nothing else changes. */
export type Repair =
  | { readonly kind: 'compose'; readonly file: string; readonly edits: readonly ComposeEdit[] }
  | { readonly kind: 'text'; readonly file: string; readonly splices: readonly TextSplice[] }
  | { readonly kind: 'create'; readonly file: string; readonly content: string }
  | { readonly kind: 'mode'; readonly file: string; readonly mode: 0o755 };
