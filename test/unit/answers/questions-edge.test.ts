/** The questions about the edge: what they offer and refuse is what the answers allow. */
import { describe, expect, it } from 'vitest';
import type { Draft } from '../../../generators/answers/complete/types.ts';
import { askEdge } from '../../../generators/answers/questions/edge.ts';
import type { Ui } from '../../../generators/answers/questions/ui.ts';

const draftOf = (edge: unknown): Draft => ({
  answers: {
    name: 'shop',
    apps: { site: { stack: 'node', port: 3000 }, api: { stack: 'node', port: 3001 } },
    edge,
  },
  assumptions: [],
  detections: [],
  warnings: [],
  starters: [],
});

/**
 * A person who chooses what begins with these words, or takes what is offered, and types these hosts in turn, or takes what
 * is offered where there is none; and what they were told of each of them.
 */
async function asked(edge: unknown, way?: string, hosts: readonly (string | undefined)[] = []) {
  const told: (string | true)[] = [];
  const offered: (string | undefined)[] = [];
  const ui: Ui = {
    say: () => undefined,
    confirm: async ({ default: usual }) => usual,
    select: async <T>({ choices, default: usual }: Parameters<Ui['select']>[0]) => {
      const chosen = way === undefined ? { value: usual } : choices.find(({ name }) => name.startsWith(way));
      if (!chosen) throw new Error(`no choice ${way}`);
      return chosen.value as T;
    },
    input: async ({ default: usual, validate }) => {
      const text = hosts[offered.length] ?? usual ?? '';
      offered.push(usual);
      told.push(validate(text));
      return text;
    },
  };
  return { answers: await askEdge(ui, draftOf(edge)), told, offered };
}

describe('the hosts of an edge that is there', () => {
  const hostnames = { site: 'nas.lan', api: 'nas.lan/api' };

  it('are offered again where certificates are brought, names of one network included', async () => {
    const { answers, told, offered } = await asked({ traefik: { certificates: 'files', hostnames } });
    expect(offered).toEqual(['nas.lan', 'nas.lan/api']);
    expect(told).toEqual([true, true]);
    expect(answers).toEqual({ edge: { traefik: { hostnames } } });
  });

  it('are offered to no other kind that cannot certify them', async () => {
    const { told, offered } = await asked({ caddy: { certificates: 'files', hostnames } }, 'Traefik', ['nas.lan', '-']);
    expect(offered).toEqual([undefined, undefined]);
    expect(told[0]).toContain('no public authority certifies');
  });

  it('stay as a list where each of them can', async () => {
    const list = ['shop.acme.dev', 'shop.acme.org'];
    const before = { caddy: { hostnames: { site: list, api: 'api.acme.dev' } } };
    expect((await asked(before, 'nginx')).answers).toEqual({
      edge: { nginx: { hostnames: { site: list, api: 'api.acme.dev' } } },
    });
    const node = await asked(before, 'Tailscale: ');
    expect(node.offered).toEqual(['shop', 'shop/api']);
    expect(node.told).toEqual([true, true]);
  });
});

describe('a node of a tailnet', () => {
  it('has one name, which the paths of other apps are offered below', async () => {
    const { told, offered } = await asked(undefined, 'Tailscale: ', ['market', 'other']);
    expect(offered).toEqual(['shop', 'market/api']);
    expect(told).toEqual([
      true,
      'would be a second node: one has one name, market; write market/PATH, or run this app in a stack of its own',
    ]);
  });

  it('takes no list with a second name, nor with a place that is taken', async () => {
    const lists = { site: ['shop', 'other'], api: ['shop', 'shop/v1'] };
    const { offered } = await asked({ tailscale: { hostnames: lists } });
    expect(offered).toEqual(['shop', 'shop/api']);
    const { answers } = await asked({
      tailscale: { hostnames: { ...lists, site: ['shop', 'shop/site'], api: ['shop/v1'] } },
    });
    expect(answers).toMatchObject({
      edge: { tailscale: { hostnames: { site: ['shop', 'shop/site'], api: ['shop/v1'] } } },
    });
  });
});
