/** What programs say, made fit to be shown: short, on one line, and without what nobody may read. */

const longest = 160;

/** Text of a program, with known secrets and passwords in URLs struck out. */
export function shown(text: string, secrets: readonly string[] = []): string {
  // The longest first: one may be a part of another.
  const known = secrets.filter((one) => one.length > 3).sort((a, b) => b.length - a.length);
  const masked = known
    .reduce((all, one) => all.replaceAll(one, '***'), text)
    .replaceAll(/(:\/\/[^\s/:@]*:)[^\s/@]+@/g, '$1***@')
    .replaceAll(/((?:password|passwd|secret|token|api[_-]?key)["']?\s*[=:]\s*["']?)[^\s"',;&]+/gi, '$1***')
    .replaceAll(/(\b(?:bearer|basic)\s+)[\w.~+/=-]{8,}/gi, '$1***');
  const line = masked
    .replaceAll(/\p{Cc}+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}
