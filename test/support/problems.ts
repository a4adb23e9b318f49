import { UserError } from '../../generators/errors.ts';

/** What wrong answers are told, as `path message`; nothing where the run goes through. */
export async function problemsOf(run: () => Promise<unknown>): Promise<readonly string[]> {
  try {
    await run();
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return (error.problems ?? []).map(({ path, message }) => `${path} ${message}`);
  }
}
