import { dockerDocs } from '../sources.ts';
import { serviceRule } from '../view.ts';

export const noNewPrivileges = serviceRule({
  id: 'no-new-privileges',
  severity: 'warning',
  title: 'No process can gain privileges',
  why: 'Without no-new-privileges a setuid program in the image gives an intruder root in the container.',
  fix: 'Set `security_opt: ["no-new-privileges:true"]`.',
  source: dockerDocs('reference/cli/docker/container/run/#security-opt'),
  scope: 'production',
  at: ['security_opt'],
  check: ({ service }) =>
    service.security_opt?.some((option) => /^no-new-privileges(?:[:=]true)?$/.test(option))
      ? undefined
      : 'no no-new-privileges in security_opt',
});
