/** The names of hosts as the world asks for them, and what is wrong with one that is none. */
import * as v from 'valibot';

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
// Digits alone are an address, however many of them there are.
const name = `(?![0-9.]+(?:/|$))(?=[^/]{1,253}(?:/|$))${label}(?:\\.${label})*`;

/** A host, in the letters that DNS has (RFC 1123). */
const hostPattern = new RegExp(`^${name}$`);

/** A host, and a path of it if wanted. */
const placePattern = new RegExp(`^(?=.{1,400}$)${name}(?:/[A-Za-z0-9_-]+)*$`);

/** What browsers type: the name of a host. */
export const publicHost = v.pipe(
  v.string('must be text'),
  v.regex(hostPattern, ({ input }) => troubleWithHost(input, false)),
);

/** A host, or what is below a route of it: `shop.example.com/api`. */
export const publicPlace = v.pipe(
  v.string('must be text'),
  v.regex(placePattern, ({ input }) => troubleWithHost(input, true)),
);

/** The name of a host: what a Host header holds. */
export const hostName = v.pipe(
  v.string('must be text'),
  v.maxLength(200, 'must have at most 200 characters'),
  v.regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/, 'must be the name of a host such as shop.example.com'),
);

/**
 * Whether a name exists in a network of one's own only: one label, or an ending that is not in public DNS (RFC 6761,
 * 6762, 8375, 9476). No public authority certifies it.
 */
export function isLocalName(host: string): boolean {
  return !host.includes('.') || /\.(?:local|localhost|internal|test|lan|home\.arpa)$/.test(host);
}

/** What stands below the two letters of a country where a registry has domains on the third level: `co.uk`, `com.br`. */
const registries = /^(?:ac|com?|edu|gen|gob|gov|mil|ne|net|nom|or|org)$/;

/** The domain of a host that somebody can have: `shop.example.co.uk` is in `example.co.uk`. */
export function domainOf(host: string): string {
  const labels = host.split('.');
  const [second = '', top = ''] = labels.slice(-2);
  return labels.slice(top.length === 2 && registries.test(second) ? -3 : -2).join('.');
}

/** What a person typed in the place of a host: the mistake, and how it would be right where that can be said. */
export function troubleWithHost(text: string, takesPath: boolean): string {
  const like = takesPath ? 'shop.example.com, or shop.example.com/api' : 'shop.example.com';
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text))
    return `must be without ${text.slice(0, text.indexOf('://') + 3)}, such as ${like}`;
  if (/\s/.test(text) || text === '') return `must be the name of a host without blanks, such as ${like}`;
  if (/[,;]/.test(text)) return 'must be one host: several are a list, [shop.example.com, api.example.com]';
  const [host = '', ...path] = text.split('/');
  if (text.startsWith('*'))
    return 'must name each host by itself: a wildcard leads to no app (a certificate may have one, where you bring it)';
  if (isAddress(host)) return 'must be a name: certificates are made out to names, not to addresses';
  if (text.includes('@')) return `must be the name of a host without a user, such as ${like}`;
  if (text.includes(':')) return `must be without a port, such as ${like}: https is on 443`;
  if (/[?#]/.test(text)) return `must be without ? and # and what follows them, such as ${like}`;
  if (path.length > 0) {
    const trouble = takesPath ? troubleWithPath(text, path) : `must be a host without a path, such as ${like}`;
    if (trouble !== undefined) return trouble;
  }
  return troubleWithName(host, like);
}

/** An address of IPv4 or IPv6; those of IPv6 in brackets, too. */
function isAddress(host: string): boolean {
  return /^[0-9.]+(?::\d+)?$/.test(host) || /^\[?[0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.]*\]?(?::\d+)?$/i.test(host);
}

function troubleWithPath(text: string, path: readonly string[]): string | undefined {
  if (text.endsWith('/')) return `must not end in a slash: ${text.replace(/\/+$/, '')}`;
  if (path.includes('')) return 'must have one slash between the parts of its path';
  return path.every((part) => /^[A-Za-z0-9_-]+$/.test(part))
    ? undefined
    : 'must have a path of letters, digits, _ and -, such as shop.example.com/api: what is below it goes there too';
}

function troubleWithName(host: string, like: string): string {
  if (/[^\x20-\x7e]/.test(host)) return `must be in the letters that DNS has${inAscii(host)}`;
  if (/[A-Z]/.test(host)) return `must be in lower case: ${host.toLowerCase()}`;
  if (host.endsWith('.')) return `must not end in a dot: ${host.replace(/\.+$/, '')}`;
  if (host.includes('_')) return 'must be without _, which no certificate may have in the name of a host: use a hyphen';
  if (host.startsWith('.') || host.includes('..')) return `must have one dot between its parts, such as ${like}`;
  if (host.split('.').some((part) => part.length > 63) || host.length > 253)
    return 'must have at most 63 characters between two dots, and 253 in all';
  if (host.split('.').some((part) => /^-|-$/.test(part)))
    return 'must have no hyphen beside a dot, and none at its ends';
  return `must be the name of a host such as ${like}`;
}

/** `münchen.de` as DNS has it. */
function inAscii(host: string): string {
  const { hostname } = URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : { hostname: '' };
  return hostname.startsWith('xn--') || hostname.includes('.xn--') ? `: ${hostname}` : '';
}
