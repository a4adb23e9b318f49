/** Text for a terminal: what files of a repo say must not move its cursor, name its window or hide lines. */

const fine = new Set(['\n', '\t', '\r\n']);

/** The same with a sign in the place of each control character, but for line ends, tabs and colours. */
export function visible(text: string): string {
  return text.replaceAll(/\r\n|(\p{Cc})(\[[\d;]*m)?/gu, (all: string, control = '', rest = '') =>
    fine.has(all) || fine.has(control) || (control === '\u001b' && rest !== '') ? all : `\ufffd${rest}`,
  );
}
