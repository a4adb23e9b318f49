/** `add` in a project that was not made by us: who plans what. */
import { suggest } from '../answers/suggest.ts';
import { UserError } from '../errors.ts';
import { type ForeignContext, type ForeignPlan, type ForeignWish, planAdd } from './add.ts';
import { isRole, planRole, roleWords } from './roles.ts';
import type { Foreign } from './types.ts';
import { isPart, parts } from './wish.ts';

/** What can be added to any project. */
export const foreignBlocks: readonly string[] = [...parts, ...roleWords];

/**
 * What `add` writes into a project of somebody else's.
 * @throws UserError `usage` for what cannot be added there; `answers`, `repo`: nothing is written
 */
export function planForeign(
  foreign: Foreign,
  { block, ...wish }: Omit<ForeignWish, 'block'> & { readonly block: string | undefined },
  context: ForeignContext,
): ForeignPlan {
  if (block !== undefined && isPart(block)) return planAdd(foreign, { ...wish, block }, context);
  if (block !== undefined && isRole(block)) return planRole(foreign, block, wish, context);
  const near = block === undefined ? undefined : suggest(block, foreignBlocks);
  throw new UserError(
    'usage',
    block === undefined ? 'What shall be added?' : `${block} is nothing that can be added to a project like this.`,
    { hint: `${near ? `Did you mean: ${near}. ` : ''}It can be: ${foreignBlocks.join(', ')}` },
  );
}
