/** Whether a .dockerignore keeps a path, or a folder above it, out of the build. The last pattern that fits counts. */
export function ignores(text: string, path: string): boolean {
  let ignored = false;
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    const pattern = line.startsWith('#') ? '' : line.trim();
    if (pattern === '' || pattern === '!') continue;
    const negated = pattern.startsWith('!');
    const bare = (negated ? pattern.slice(1) : pattern)
      .trim()
      .replace(/^(?:\.?\/)+/, '')
      .replace(/\/+$/, '');
    if (matchesOrParent(bare === '.' ? '**' : bare, path)) ignored = !negated;
  }
  return ignored;
}

function matchesOrParent(pattern: string, path: string): boolean {
  const parts = path.split('/');
  const matcher = toRegExp(pattern);
  return parts.some((_, index) => matcher.test(parts.slice(0, index + 1).join('/')));
}

function toRegExp(pattern: string): RegExp {
  let source = '';
  for (let at = 0; at < pattern.length; at++) {
    const rest = pattern.slice(at);
    if (rest.startsWith('**/')) {
      source += '(?:.*/)?';
      at += 2;
    } else if (rest.startsWith('**')) {
      source += '.*';
      at += 1;
    } else if (rest.startsWith('*')) source += '[^/]*';
    else if (rest.startsWith('?')) source += '[^/]';
    else if (/^\[[^\]]+\]/.test(rest)) {
      const group = /^\[([^\]]+)\]/.exec(rest);
      source += `[${(group?.[1] ?? '').replaceAll('\\', '\\\\')}]`;
      at += (group?.[0].length ?? 1) - 1;
    } else {
      const char = rest.startsWith('\\') ? (pattern[++at] ?? '') : (rest[0] ?? '');
      source += char.replace(/[.*+?^${}()|[\]\\/]/, '\\$&');
    }
  }
  try {
    return new RegExp(`^${source}$`);
  } catch {
    // A group such as [z-a]; Docker refuses the file.
    return /^$/;
  }
}
