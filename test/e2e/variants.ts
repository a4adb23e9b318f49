import { describe, expect, it } from 'vitest';
import { compose, composeDev, follow, generate, http, newStack, setPorts, withStack } from '../support/scenario.ts';

/** A tiny app under `fixtures/variants`, built the way its folder asks for. */
export interface Variant {
  readonly name: string;
  /** What was found in the folder. */
  readonly found: Readonly<Record<string, unknown>>;
  /** The name of the app, where it is not `app`. */
  readonly app?: string;
  /** What `/health` answers with. */
  readonly answer: string;
  /** Names of files and folders that the production image must not have anywhere. */
  readonly absent?: readonly string[];
}

/** Every kind of folder gives images that build and serve, with nothing but what was detected. */
export function buildAndServe(title: string, variants: readonly Variant[]): void {
  describe(title, () => {
    it.each(variants)(
      'both images are built and answer: $name',
      async ({ name, found, app = 'app', answer, absent = [] }) => {
        const stack = await newStack(name, { fixture: `variants/${name}`, app });
        await withStack(stack, name, async () => {
          const report = await generate(stack, '--set', 'postgres=null', '--set', 'redis=null');
          expect(report.answers.apps[app]).toMatchObject(found);
          setPorts(stack);
          await follow(stack, report);
          await expectAnswer(stack.ports.app, answer);
          const names = absent.flatMap((one, index) => [...(index === 0 ? [] : ['-o']), '-name', one]);
          const left =
            absent.length === 0 ? '' : (await compose(stack, 'exec', '-T', app, 'find', '/app', ...names)).stdout;
          expect(left).toBe('');
          await composeDev(stack, 'up', '--build', '--detach', '--wait');
          await expectAnswer(stack.ports.development, answer);
        });
      },
    );
  });
}

async function expectAnswer(port: number, text: string): Promise<void> {
  const { status, body } = await http(port, '/health');
  expect(status, body).toBe(200);
  expect(body).toContain(text);
}
