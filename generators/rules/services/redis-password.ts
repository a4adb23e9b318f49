import { factsOf } from '../builds.ts';
import { github } from '../sources.ts';
import { argvOf, serviceRule } from '../view.ts';

export const redisPassword = serviceRule({
  id: 'redis-password',
  severity: 'warning',
  title: 'Redis asks for a password',
  why: 'The images have no password and switch the protected mode off: every container on the network, and everybody if the port is ever published, can read, change and run what they like.',
  fix: 'Give it `requirepass`: in a configuration file, on standard input (`redis-server -`), or from a secret.',
  source: github('docker-library/docs/blob/master/redis/content.md'),
  scope: 'production',
  // An image of one's own may bring its configuration.
  of: ({ project, service }) => factsOf(project, service)?.family === 'redis' && !service.build,
  at: ['command'],
  check: ({ service }) => {
    const argv = argvOf(service).join(' ');
    const environment = Object.entries(service.environment ?? {});
    const isConfigured =
      /requirepass|--aclfile|\.(?:conf|sh)\b/.test(argv) ||
      environment.some(([, value]) => value?.includes('requirepass')) ||
      // Images other than the official ones read it.
      (!/^(?:redis|valkey\/valkey)\b/.test(service.image ?? '') && environment.some(([name]) => /PASSWORD/.test(name)));
    return isConfigured ? undefined : 'no password is set';
  },
});
