/** Where the certificate of a host comes from. Pure. */
import { isLocalName } from '../../../answers/host-names.ts';

export type CertificateSource = 'acme' | 'internal' | 'files';

/** What was chosen holds, but no public authority is asked for a name that it cannot certify. */
export function certificateOf(host: string, chosen: CertificateSource = 'acme'): CertificateSource {
  return chosen === 'acme' && isLocalName(host) ? 'internal' : chosen;
}
