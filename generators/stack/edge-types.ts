/** The edge as the Stack has it. */
import type { EdgeKind } from '../answers/public.ts';

/** A place that the world can ask for, and who answers there. */
export interface Route {
  readonly host: string;
  /** `/` for all of the host, or what is below a path: `/api`. The service sees it as it is. */
  readonly path: string;
  readonly service: string;
  readonly port: number;
  /** The route of the service that answers 200 when it is ready. */
  readonly health?: string;
}

/** What lets the world in. */
export interface Edge {
  readonly kind: EdgeKind;
  /** Its service. */
  readonly service: string;
  /** Hosts in the order of the answers; in each of them the longest path first. */
  readonly routes: readonly Route[];
  /** Hosts that only lead to another one. */
  readonly redirects: readonly { readonly from: string; readonly to: string }[];
  /** The port of its container that each service listens on, with a route or without. */
  readonly listening: Readonly<Record<string, number>>;
  /** Labels that services get, by service: how a proxy that asks Docker finds them. */
  readonly labels?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Where the certificate of each host comes from; none where a tunnel brings its own. */
  readonly certificates?: Readonly<Record<string, 'acme' | 'internal' | 'files'>>;
  /** Whether its rules are kept by whom the tunnel leads to, and not in a file of the stack. */
  readonly remote?: boolean;
  /** Whether everybody may come in, or the people of a tailnet only; and how that is called. */
  readonly funnel?: boolean;
  readonly tailnet?: string;
}
