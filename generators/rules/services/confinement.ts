import { dockerDocs } from '../sources.ts';
import { serviceRule } from '../view.ts';

export const noUnconfined = serviceRule({
  id: 'no-unconfined',
  severity: 'error',
  title: 'Seccomp, AppArmor and SELinux stay on',
  why: 'The default profiles forbid the system calls that almost nothing needs and that most ways out of a container begin with.',
  fix: 'Remove the option; where a program needs one more system call, give it a profile of its own.',
  source: dockerDocs('engine/security/seccomp/'),
  scope: 'deployed',
  at: ['security_opt'],
  check: ({ service }) =>
    (service.security_opt ?? [])
      .filter((option) => /^(?:(?:seccomp|apparmor)[:=]unconfined|label[:=]disable)$/.test(option))
      .map((option) => `is started with ${option}`),
});
