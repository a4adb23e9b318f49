import { describe, expect, it } from 'vitest';
import type { Sources } from '../../../generators/answers/complete/types.ts';
import { complete } from '../../../generators/answers/complete.ts';
import { presets } from '../../../generators/answers/presets.ts';
import { validate } from '../../../generators/answers/validate.ts';
import { UserError } from '../../../generators/errors.ts';
import { resolve } from '../../../generators/stack/resolve.ts';

const preset = presets['node-tunnel'];
const empty: Sources = {
  folder: 'shop',
  detected: { apps: [] },
  ...(preset && { preset: preset.answers }),
  ...(preset?.starter && { presetStarter: preset.starter }),
  chosen: [],
  isVacant: () => true,
};

describe('a preset with a starter for several apps', () => {
  it('is complete in an empty folder, and its template is written once', () => {
    const draft = complete({ ...empty, chosen: [{ apps: { api: { port: 4001 } } }] });
    const answers = validate(draft.answers);
    expect(Object.keys(answers.apps)).toEqual(['api', 'dashboard']);
    expect(answers.apps['api']).toMatchObject({ port: 4001, path: 'apps/api', uses: ['postgres'] });
    expect(draft.starters.map(({ app, path, template }) => `${app} ${path} ${template}`)).toEqual([
      'api . pnpm-monorepo',
      'dashboard . pnpm-monorepo',
    ]);
    expect(resolve(answers, draft.starters).starters).toMatchObject([{ template: 'pnpm-monorepo', path: '.' }]);
  });

  it('is refused in a folder that holds something else', () => {
    expect(() => complete({ ...empty, isVacant: () => false })).toThrow(UserError);
  });

  it('writes nothing where its apps are described already', () => {
    const file = { prodstack: 1, name: 'shop', ...complete(empty).answers };
    expect(complete({ ...empty, file, isVacant: () => false }).starters).toEqual([]);
  });
});
