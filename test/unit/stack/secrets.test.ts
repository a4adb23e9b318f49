import { describe, expect, it } from 'vitest';
import { run } from '../../support/plan.ts';

const node = { stack: 'node', framework: 'express', start: 'node server.js', dev: 'none' };

describe('secrets of apps', () => {
  const apps = {
    api: { ...node, path: 'api', port: 3000, secrets: ['JWT_SECRET'] },
    web: { ...node, path: 'web', port: 3001, secrets: ['JWT_SECRET', 'SESSION_KEY'] },
  };

  it('are made at random, one for each app, and reach its container under its own name', async () => {
    const { after } = await run({ 'prodstack.yaml': JSON.stringify({ apps }), 'api/x': '', 'web/x': '' });
    const values = ['API_JWT_SECRET', 'WEB_JWT_SECRET', 'WEB_SESSION_KEY'].map(
      (name) => new RegExp(`^${name}=([0-9a-f]{48})$`, 'm').exec(after['.env'] ?? '')?.[1],
    );
    expect(values).not.toContain(undefined);
    expect(after['compose.yaml']).toContain('JWT_SECRET: "${API_JWT_SECRET:?set it in .env}"');
    expect(after['compose.yaml']).toContain('SESSION_KEY: "${WEB_SESSION_KEY:?set it in .env}"');
    expect(after['.env.production.example']).toMatch(/^WEB_SESSION_KEY=$/m);
  });
});
