/** What a check found, as commands of GitHub Actions that write annotations into a pull request. */
import { inFolder } from '../paths.ts';
import type { Finding, Severity } from '../rules/types.ts';
import type { CheckReport } from './types.ts';

const commands: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'notice' };

/**
 * One command for each finding.
 * @param folder what was checked, seen from the root of the repository
 * @see https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
 */
export function githubText({ findings, rules }: CheckReport, folder: string): string {
  return findings
    .map((finding) => {
      const { rule, severity, line } = finding;
      const properties = [
        ...(finding.file === undefined ? [] : [`file=${property(inFolder(folder, finding.file))}`]),
        ...(line === undefined ? [] : [`line=${line}`]),
        `title=${property(`${rule}: ${rules[rule]?.title ?? ''}`)}`,
      ];
      return `::${commands[severity]} ${properties.join(',')}::${data(messageOf(finding, rules[rule]?.fix))}\n`;
    })
    .join('');
}

function messageOf({ service, message }: Finding, fix: string | undefined): string {
  return `${service === undefined ? '' : `${service}: `}${message}.${fix === undefined ? '' : ` ${fix}`}`;
}

/** The text behind a command: a line end would end it. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** The value of a property: a comma or colon would end it, too. */
function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
