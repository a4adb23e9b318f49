import type { ComposeEntry } from '../../compose/entries.ts';
import { composeEntries } from '../compose-text.ts';
import { composeSpec } from '../sources.ts';
import type { Rule } from '../types.ts';

/** Keys of a service that not every Compose of today knows, and where they came. */
const since: Readonly<Record<string, string>> = {
  pre_start: '5.3.0',
  post_start: '2.30.0',
  pre_stop: '2.30.0',
  gpus: '2.30.0',
};

export const composeMinimum: Rule = {
  id: 'compose-minimum',
  severity: 'info',
  title: 'Compose files need nothing newer than the Compose of common systems',
  why: 'An older Compose refuses a key that it does not know, and distributions lag behind by years.',
  fix: 'Do without it, or say in the README which version is needed.',
  source: composeSpec('05-services.md'),
  check: ({ composeFiles }) =>
    composeFiles.flatMap((file) => {
      const found = new Map<string, { readonly line: number; readonly message: string }>();
      for (const entry of composeEntries(file)) {
        const what = needs(entry);
        const version = what === undefined ? undefined : (since[what] ?? '2.30.0');
        const place = entry.path.slice(0, 3).join('.');
        if (version !== undefined && !found.has(place)) {
          found.set(place, { line: entry.line, message: `${what} needs Compose ${version}` });
        }
      }
      return [...found].map(([place, one]) => ({ file: file.path, service: place.split('.')[1] ?? '', ...one }));
    }),
};

function needs({ path: [root, , key = '', ...rest] }: ComposeEntry): string | undefined {
  if (root !== 'services') return undefined;
  if (key in since) return key;
  return key === 'env_file' && rest.at(-1) === 'format' ? 'env_file.format' : undefined;
}
