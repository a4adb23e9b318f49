/** What a check found, as SARIF 2.1.0: for code scanning and every tool that shows results of analyses. */
import { inFolder } from '../paths.ts';
import type { Finding, Severity } from '../rules/types.ts';
import { identityOf } from './baseline.ts';
import type { CheckReport } from './types.ts';

const levels: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  error: 'error',
  warning: 'warning',
  info: 'note',
};

interface Suppression {
  readonly kind: 'inSource' | 'external';
  readonly justification?: string;
}

export interface Tool {
  readonly version: string;
  /** A public page on the program. */
  readonly home: string;
  /** Makes a short text of a long one, the same for the same. */
  readonly hash: (text: string) => string;
}

/**
 * The document. Findings that comments or the known ones leave out are in it as suppressed.
 * @param folder what was checked, seen from the root that all paths are relative to
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function sarifOf(report: CheckReport, folder: string, { version, home, hash }: Tool): unknown {
  const ids = Object.keys(report.rules);
  const fallback = report.projects[0]?.combinations[0]?.files[0];
  const seen = new Map<string, number>();
  const result = (finding: Finding, suppressions: readonly Suppression[]): unknown => {
    const identity = identityOf(finding);
    const number = (seen.get(identity) ?? 0) + 1;
    seen.set(identity, number);
    const { rule, severity, service, line } = finding;
    // Code scanning takes no result that is nowhere.
    const file = finding.file ?? fallback;
    return {
      ruleId: rule,
      ruleIndex: ids.indexOf(rule),
      level: levels[severity],
      message: { text: sentence(finding) },
      ...(file !== undefined && {
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: uriOf(inFolder(folder, file)), uriBaseId: 'SRCROOT' },
              region: { startLine: line ?? 1 },
            },
            ...(service !== undefined && {
              logicalLocations: [{ name: service, fullyQualifiedName: `services.${service}`, kind: 'object' }],
            }),
          },
        ],
      }),
      partialFingerprints: { 'prodstackFinding/v1': hash(`${identity}\n${number}`) },
      suppressions,
    };
  };
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'create-prodstack',
            semanticVersion: version,
            informationUri: home,
            rules: Object.entries(report.rules).map(([id, { severity, title, why, fix, source }]) => ({
              id,
              shortDescription: { text: `${title}.` },
              fullDescription: { text: why },
              help: { text: `${why}\n\n${fix}`, markdown: `${why}\n\n**Fix:** ${fix}\n\n[Source](${source})` },
              helpUri: source,
              defaultConfiguration: { level: levels[severity] },
            })),
          },
        },
        // Where the root is, only the machine knows that checks.
        originalUriBaseIds: { SRCROOT: { description: { text: 'The root of the repository.' } } },
        columnKind: 'utf16CodeUnits',
        results: [
          ...report.findings.map((one) => result(one, [])),
          ...report.known.map((one) => result(one, [{ kind: 'external' }])),
          ...report.ignored.map((one) => result(one, [{ kind: 'inSource', justification: one.reason }])),
        ],
      },
    ],
  };
}

function sentence({ service, message }: Finding): string {
  const text = service === undefined ? message : `${service}: ${message}`;
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** A path as a relative URI. */
function uriOf(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
