import { isAddress, withoutBrackets } from './addresses.ts';

/** One published or exposed port, as Compose prints it. */
export interface Port {
  readonly mode: 'ingress';
  readonly host_ip?: string;
  readonly target: number;
  readonly published?: string;
  readonly protocol: string;
}

/** The short form of a port with all its ranges; a clause that says what is wrong where Compose refuses it. */
export function portsOf(text: string): readonly Port[] | string {
  const parts = text.split(':');
  const container = parts.pop() ?? '';
  const host = parts.pop() ?? '';
  const ip = withoutBrackets(parts.join(':'));
  const [range = '', protocolPart] = cut(container, '/');
  const protocol = (protocolPart || 'tcp').toLowerCase();
  if (range === '') return 'there is no port of the container';
  if (!['tcp', 'udp', 'sctp'].includes(protocol)) return `${protocol} is none of tcp, udp and sctp`;
  if (ip !== '' && !isAddress(ip)) return `${ip} is no IP address`;
  const target = rangeOf(range);
  if (!target) return `${range} is no port of a container`;
  const published = host === '' ? undefined : rangeOf(host);
  if (host !== '' && !published) return `${host} is no port of a host`;
  const count = target[1] - target[0];
  if (published && count > 0 && published[1] - published[0] !== count) return 'its two ranges are not of one length';
  const all = Array.from({ length: count + 1 }, (_, index): Port => {
    const from = published && published[0] + index;
    // One port with a range of the host's: any of them.
    const isAny = published && count === 0 && published[1] !== published[0];
    return {
      mode: 'ingress',
      ...(ip !== '' && { host_ip: ip }),
      target: target[0] + index,
      ...(from !== undefined && { published: isAny ? `${from}-${published[1]}` : String(from) }),
      protocol,
    };
  });
  // Compose sorts them as texts: 10000 before 9999.
  return all.sort((one, other) => (String(one.target) < String(other.target) ? -1 : 1));
}

function rangeOf(text: string): readonly [number, number] | undefined {
  const [from = '', to = from] = text.split('-');
  if (!/^\d+$/.test(from) || !/^\d+$/.test(to)) return undefined;
  const range = [Number(from), Number(to)] as const;
  return range[0] <= range[1] && range[1] < 65_536 ? range : undefined;
}

function cut(text: string, separator: string): readonly [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}
