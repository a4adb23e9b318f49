import type { Finding } from '../rules/types.ts';
import { compareWithKnown } from './baseline.ts';
import { ruleTexts } from './rules.ts';
import type { CheckReport, IgnoredFinding, KnownFinding } from './types.ts';

/** The report on what was found, given what is known already. */
export function reportOf({
  found,
  ignored,
  baseline,
  asked,
  ...rest
}: {
  readonly found: readonly Finding[];
  readonly ignored: readonly IgnoredFinding[];
  readonly baseline: readonly KnownFinding[];
  readonly asked: ReadonlySet<string>;
} & Pick<CheckReport, 'directory' | 'projects' | 'files' | 'fixes' | 'notes'>): CheckReport {
  const { fresh, known, fixed } = compareWithKnown(found, baseline, asked);
  const named = new Set([...fresh, ...known, ...ignored].map(({ rule }) => rule));
  const count = (severity: Finding['severity']): number => fresh.filter((one) => one.severity === severity).length;
  return {
    command: 'check',
    version: 1,
    directory: rest.directory,
    projects: rest.projects,
    files: rest.files,
    rules: Object.fromEntries(
      ruleTexts.filter(({ id }) => named.has(id)).map(({ id, ...texts }) => [id, texts] as const),
    ),
    findings: fresh,
    ignored,
    known,
    fixed,
    ...(rest.fixes && { fixes: rest.fixes }),
    notes: rest.notes,
    counts: {
      error: count('error'),
      warning: count('warning'),
      info: count('info'),
      ignored: ignored.length,
      known: known.length,
      rules: asked.size,
      hold: [...asked].filter((id) => !named.has(id)).length,
    },
  };
}

/** The exit status: 1 where something is found that must not be. */
export function failed({ counts }: CheckReport, strict: boolean): boolean {
  return counts.error > 0 || (strict && counts.warning > 0);
}
