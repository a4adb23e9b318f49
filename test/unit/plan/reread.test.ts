/** Which command has the edge read again what a run has changed: Compose makes nothing anew for what is in a file. */
import { describe, expect, it } from 'vitest';
import { rereadCommands } from '../../../generators/plan/edge-docs.ts';
import { run } from '../../support/plan.ts';

const web = { stack: 'node', framework: 'none', start: 'node server.js', path: 'web', port: 3000, uses: [] };

/** What is printed after a first run, and after a second one with another answer. */
async function printed(kind: string, before: object, after: object) {
  const chosen = (answers: object) => ({
    name: 'shop',
    apps: { web },
    backup: { engine: 'none' },
    edge: { [kind]: { hostnames: { web: 'shop.example.com' }, ...answers } },
  });
  const first = await run({ 'web/x': '' }, chosen(before));
  const second = await run(first.after, chosen(after));
  const same = await run(second.after, chosen(after));
  const section = second.after['docs/DEPLOYMENT.md'] ?? '';
  const [, documented = ''] = /Hosts are changed in[\s\S]*?```sh\n([\s\S]*?)```/.exec(section) ?? [];
  return {
    first: rereadCommands(first.stack, first.outcomes),
    second: rereadCommands(second.stack, second.outcomes),
    same: rereadCommands(same.stack, same.outcomes),
    compose: first.after['compose.prod.yaml'] === second.after['compose.prod.yaml'],
    documented: documented.split('\n').filter((line) => line !== '' && !line.startsWith('#')),
  };
}

describe('a changed answer', () => {
  it.each([
    ['nginx', 'docker compose exec nginx sh /etc/nginx/stack/live.sh reload'],
    ['caddy', 'docker compose exec caddy caddy reload --config /etc/caddy/Caddyfile'],
  ])('is read by %s by the command that is printed, after a run and in the documentation', async (kind, command) => {
    expect(await printed(kind, {}, { upload: '200M' })).toEqual({
      first: [],
      second: [command],
      same: [],
      // The reason: for Compose, nothing is new.
      compose: true,
      documented: ['npm create prodstack@latest -- --yes', 'scripts/ctl up --detach --wait', command],
    });
  });

  it('is seen by Traefik itself', async () => {
    const hostnames = { web: ['shop.example.com', 'new.example.com'] };
    const { second, documented } = await printed('traefik', {}, { hostnames });
    expect(second).toEqual([]);
    expect(documented.at(-1)).toBe('scripts/ctl up --detach --wait');
  });
});
