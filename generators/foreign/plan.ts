/** `add` in a project that was not made by us: who plans what. */
import { suggest } from '../answers/suggest.ts';
import { UserError } from '../errors.ts';
import { type ForeignContext, type ForeignPlan, type ForeignWish, planAdd } from './add.ts';
import { planBackup } from './backup/add.ts';
import { planApp } from './new-app.ts';
import { planPooler } from './pooler.ts';
import { isRole, planRole, roleWords } from './roles.ts';
import { refuseSwarm } from './swarm.ts';
import type { Foreign } from './types.ts';
import { isPart, parts } from './wish.ts';

const otherEdges =
  'caddy, nginx, cloudflare and tailscale can; or make a stack of ours around the app: create-prodstack new';
const ofOurs = 'Make a stack of ours around the app: create-prodstack new';
const integration = [
  'it is variables in the words of its framework and the rules for them, which prodstack.yaml has of a stack of ours',
  `${ofOurs}; or set what its library reads by hand.`,
] as const;
const websocket = [
  'it needs keys, a host and a route of the proxy, which prodstack.yaml has of a stack of ours',
  `create-prodstack add worker reverb --for APP --set start='php artisan reverb:start' runs it without these. ${ofOurs}`,
] as const;

/** What is more than a service in a compose file, why, and what to do instead. */
const elsewhere: Readonly<Record<string, readonly [why: string, hint: string]>> = {
  traefik: [
    'it asks the Docker API, and its filter before that must be on a network that nobody else is on',
    otherEdges,
  ],
  sentry: integration,
  opentelemetry: integration,
  oidc: integration,
  target: ['it is an overlay with limits for every service, made of prodstack.yaml', ofOurs],
  websocket,
  reverb: websocket,
};

/** What can be added to any project. */
export const foreignBlocks: readonly string[] = [
  ...parts.filter((one) => !(one in elsewhere)),
  ...roleWords,
  'app',
  'pooler',
  'backup',
];

/**
 * What `add` writes into a project of somebody else's.
 * @throws UserError `usage` for what cannot be added there; `answers`, `repo`: nothing is written
 */
export function planForeign(
  foreign: Foreign,
  { block, ...wish }: Omit<ForeignWish, 'block'> & { readonly block: string | undefined },
  context: ForeignContext,
): ForeignPlan {
  const why = Object.hasOwn(elsewhere, block ?? '') ? elsewhere[block ?? ''] : undefined;
  if (why !== undefined)
    throw new UserError('usage', `${block} cannot be added to a project of somebody else's: ${why[0]}.`, {
      hint: why[1],
    });
  refuseSwarm(foreign);
  if (block !== undefined && isPart(block)) return planAdd(foreign, { ...wish, block }, context);
  if (block === 'app') return planApp(foreign, wish, context);
  if (block === 'pooler' || block === 'pgbouncer') return planPooler(foreign, wish, context);
  if (block === 'backup') return planBackup(foreign, wish, context);
  if (block !== undefined && isRole(block)) return planRole(foreign, block, wish, context);
  const near = block === undefined ? undefined : suggest(block, foreignBlocks);
  throw new UserError(
    'usage',
    block === undefined ? 'What shall be added?' : `${block} is nothing that can be added to a project like this.`,
    { hint: `${near ? `Did you mean: ${near}. ` : ''}It can be: ${foreignBlocks.join(', ')}` },
  );
}
