/** Where the certificate of a host comes from. Pure. */

/** The last labels of names that exist only here: no public authority certifies one (RFC 6761, 6762, 8375, 9476). */
const privateEndings = ['local', 'internal', 'test', 'lan', 'home.arpa', 'localhost'] as const;

/** Whether a name exists in a network of one's own only: one label, or an ending that is not in public DNS. */
export function isPrivateName(host: string): boolean {
  return !host.includes('.') || privateEndings.some((ending) => host.endsWith(`.${ending}`));
}

export type CertificateSource = 'acme' | 'internal' | 'files';

/** What was chosen holds, but no public authority is asked for a name that it cannot certify. */
export function certificateOf(host: string, chosen: CertificateSource = 'acme'): CertificateSource {
  return chosen === 'acme' && isPrivateName(host) ? 'internal' : chosen;
}
