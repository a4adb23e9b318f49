/** Whether a text is an IPv4 or IPv6 address, as Go's net.ParseIP reads it: no zone, no leading zeros. */
export function isAddress(text: string): boolean {
  return text.includes(':') ? isIpv6(text) : isIpv4(text);
}

function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256);
}

function isIpv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1) ?? '';
  const hasIpv4 = last.includes('.');
  if (hasIpv4 && !isIpv4(last)) return false;
  const words = hasIpv4 ? groups.slice(0, -1) : groups;
  if (!words.every((word) => /^[\da-fA-F]{1,4}$/.test(word))) return false;
  const count = words.length + (hasIpv4 ? 2 : 0);
  return halves.length === 2 ? count < 8 : count === 8;
}

/** `[::1]` as `::1`. */
export function withoutBrackets(ip: string): string {
  return /^\[.+\]$/.test(ip) ? ip.slice(1, -1) : ip;
}
