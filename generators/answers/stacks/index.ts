import type { StackDefinition } from './definition.ts';
import { laravel } from './laravel.ts';
import { node } from './node.ts';
import { fastapi, python } from './python.ts';
import { staticSite } from './static.ts';

/** The stacks of apps, by the name in `apps.<name>.stack`. */
export const stacks = { node, fastapi, python, laravel, static: staticSite } as const satisfies Readonly<
  Record<string, StackDefinition>
>;

export type StackName = keyof typeof stacks;

export const stackNames = Object.keys(stacks) as readonly StackName[];

/** Whether a value is the name of a stack of apps. */
export function isStackName(value: unknown): value is StackName {
  return typeof value === 'string' && Object.hasOwn(stacks, value);
}
