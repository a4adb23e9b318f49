/** What a check found, for a person. */
import type { Finding, Severity } from '../rules/types.ts';
import type { CheckReport } from './types.ts';

const width = 100;
/** A rule with more places than this is a matter of the whole project; `--json` has them all. */
const maxPlaces = 12;

/** ANSI colours; each gives its text back unchanged where there are none. */
interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly of: (severity: Severity) => (text: string) => string;
}

function painter(color: boolean): Paint {
  const code = (number: number) => (text: string) => (color ? `\u001b[${number}m${text}\u001b[0m` : text);
  const bySeverity = { error: code(31), warning: code(33), info: code(36) };
  return { bold: code(1), dim: code(2), of: (severity) => bySeverity[severity] };
}

const headings: Readonly<Record<Severity, string>> = {
  error: 'Errors: it leaks, loses data, goes down or does not start',
  warning: 'Warnings: it hurts on a bad day',
  info: 'Good to know',
};

const severities: readonly Severity[] = ['error', 'warning', 'info'];

/** The report as text: by severity, then by rule, each with its places, why, what to do and where that is documented. */
export function reportText(report: CheckReport, color: boolean): string {
  const paint = painter(color);
  const sections = severities.flatMap((severity) => {
    const findings = report.findings.filter((one) => one.severity === severity);
    if (findings.length === 0) return [];
    // What keeps the files from being read comes first: it may be the cause of the rest.
    const byRule = [...Map.groupBy(findings, ({ rule }) => rule)].sort(
      ([one], [other]) => Number(other === 'combinations-valid') - Number(one === 'combinations-valid'),
    );
    const blocks = byRule.map(([id, found]) => ruleText(id, found, report, paint));
    return [`${paint.bold(paint.of(severity)(headings[severity]))}\n\n${blocks.join('\n')}`];
  });
  const notes = report.notes.map((note) => `Note: ${harmless(note)}\n`).join('');
  const fixed = fixedText(report);
  return [...sections, ...(notes ? [notes] : []), ...(fixed ? [fixed] : []), summaryText(report, color)].join('\n');
}

function ruleText(id: string, findings: readonly Finding[], { rules }: CheckReport, paint: Paint): string {
  const rule = rules[id];
  const severity = findings[0]?.severity ?? 'info';
  const groups = [...Map.groupBy(findings, ({ message }) => message)];
  const hidden = groups.slice(maxPlaces).flatMap(([, alike]) => alike).length;
  return [
    `  ${paint.of(severity)(id)}  ${paint.bold(rule?.title ?? '')}`,
    ...groups.slice(0, maxPlaces).flatMap(([message, alike]) => placesText(message, alike)),
    ...(hidden > 0 ? [`    and ${hidden} more, which --format json shows`] : []),
    ...wrapped(rule?.why ?? '', 'why'),
    ...wrapped(rule?.fix ?? '', 'fix'),
    ...wrapped(rule?.source ?? '', 'see'),
    '',
  ].join('\n');

  function wrapped(text: string, label: string): readonly string[] {
    return wrap(text.split(' '), 8).map((line, index) => `    ${index === 0 ? paint.dim(label) : '   '} ${line}`);
  }
}

/** What is the same in several places is said once. */
function placesText(message: string, alike: readonly Finding[]): readonly string[] {
  const [first] = alike;
  if (first && alike.length === 1) return indented([`${placeOf(first)}:`, ...message.split(' ')]);
  const shown = alike.slice(0, maxPlaces).map(placeOf);
  const more = alike.length > shown.length ? ` and ${alike.length - shown.length} more` : '';
  return indented([
    ...`${message}:`.split(' '),
    ...shown.map((place, at) => `${place}${at < shown.length - 1 ? ',' : more}`),
  ]);
}

function indented(text: readonly string[]): readonly string[] {
  return wrap(text, 6).map((line, index) => `${index === 0 ? '    ' : '      '}${line}`);
}

/** `compose.yaml:12 (api)`, as editors and terminals make a link of it. */
function placeOf({ file, line, service }: Finding): string {
  const place = file === undefined ? undefined : `${file}${line === undefined ? '' : `:${line}`}`;
  return (
    [place, service !== undefined && (place === undefined ? service : `(${service})`)].filter(Boolean).join(' ') ||
    'the project'
  );
}

/** Lines of words that belong together; one that is longer than a line, such as a URL, has one for itself. */
function wrap(words: readonly string[], indent: number): readonly string[] {
  const lines: string[] = [];
  for (const word of words.map(harmless)) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width - indent)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** What files, services and baselines are called is not ours to trust with a terminal. */
function harmless(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ');
}

function fixedText({ fixed }: CheckReport): string {
  const count = fixed.reduce((sum, one) => sum + one.count, 0);
  if (count === 0) return '';
  const list = fixed.map(({ rule, file, service, message }) => {
    const place = [file, service && `(${service})`].filter(Boolean).join(' ');
    return `  ${harmless(`${rule}: ${place ? `${place}: ` : ''}${message}`)}\n`;
  });
  return `Fixed since they were written down (--update-baseline takes them out):\n${list.join('')}`;
}

/** `3 errors, 1 warning; 110 of 114 rules hold in 7 files.` */
export function summaryText({ counts, files }: CheckReport, color: boolean): string {
  const paint = painter(color);
  const found = (['error', 'warning', 'info'] as const).flatMap((severity) => {
    const count = counts[severity];
    const [one, many] = severity === 'info' ? ['note', 'notes'] : [severity, `${severity}s`];
    return count === 0 ? [] : [paint.of(severity)(`${count} ${count === 1 ? one : many}`)];
  });
  const aside = [
    ...(counts.ignored > 0 ? [`${counts.ignored} ignored by comments`] : []),
    ...(counts.known > 0 ? [`${counts.known} known`] : []),
  ];
  const rules = `${counts.hold} of ${counts.rules} rules hold in ${files} ${files === 1 ? 'file' : 'files'}`;
  return `${[[...found, ...aside].join(', '), rules].filter((part) => part !== '').join('; ')}.\n`;
}
