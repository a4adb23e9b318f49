import type { EnvVar } from '../../types.ts';

/** The variables of the ports that a proxy lets the world in by. */
export const publicPortEnv: readonly EnvVar[] = [
  {
    name: 'HTTP_PORT',
    meaning:
      'The ports that the world comes in by, on all addresses of the host; ADDRESS:PORT binds one address only. Certificates that come by themselves need 80 and 443.',
    kind: 'optional',
    default: '80',
    group: 'Ports',
    production: true,
  },
  { name: 'HTTPS_PORT', meaning: '', kind: 'optional', default: '443', group: 'Ports', production: true },
];
