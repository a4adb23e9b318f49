/** Where git left a conflict in a text that nobody has settled: the offset of its first marker. */
export function unsettledAt(text: string): number | undefined {
  const found = /^<{7}(?: |\r?$)/m.exec(text);
  return found && /^>{7}(?: |\r?$)/m.test(text.slice(found.index)) ? found.index : undefined;
}

/** What is said of it. */
export const unsettled = 'git left a conflict there (<<<<<<<) that is not settled';
