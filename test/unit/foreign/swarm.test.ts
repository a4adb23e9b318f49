import { expect, it } from 'vitest';
import { add } from './support.ts';

const having = (more: string) =>
  add({ 'compose.yaml': `services:\n  api:\n    image: acme/api:3\n    secrets: [key]\n${more}` }, { block: 'redis' });

it('takes a secret that is external for one of a swarm, if it is used', async () => {
  await expect(having('secrets: { key: { external: true } }\n')).rejects.toMatchObject({
    message:
      'compose.yaml is for a swarm, and not for Docker Compose: key of its secrets is external, which only a swarm keeps.',
  });
  const other = 'secrets: { key: { file: ./key }, spare: { external: true } }\n';
  await expect(having(other)).resolves.toMatchObject({ services: ['redis'] });
});

it('takes an overlay that containers may join for a network like any other', async () => {
  const networks = 'networks: { default: { driver: overlay, attachable: true } }\nsecrets: { key: { file: ./key } }\n';
  await expect(having(networks)).resolves.toMatchObject({ services: ['redis'] });
});
