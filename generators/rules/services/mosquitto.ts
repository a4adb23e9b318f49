import { factsOf } from '../builds.ts';
import { mountedTexts, mountsAt } from '../mounted.ts';
import { github } from '../sources.ts';
import { argvOf, serviceRule } from '../view.ts';

const folder = '/mosquitto/config';

export const mosquittoClosed = serviceRule({
  id: 'mosquitto-closed',
  severity: 'error',
  title: 'Mosquitto lets nobody in without a password',
  why: 'The configuration in the image listens in plain text on 1883 for everybody: whoever reaches the broker reads every message and switches every device.',
  fix: 'Mount a mosquitto.conf with a TLS listener on 8883, `allow_anonymous false`, a password file and an ACL.',
  source: github('eclipse-mosquitto/mosquitto/blob/master/docker/2.1-alpine/README.md'),
  scope: 'production',
  of: ({ project, service }) => factsOf(project, service)?.family === 'mosquitto' && !service.build,
  at: ['volumes'],
  check: (view) => {
    // A command of its own may write the configuration first.
    if (!mountsAt(view, folder) && argvOf(view.service).length === 0) return 'runs with the configuration of its image';
    const opens = mountedTexts(view, folder).some((text) => /^[ \t]*allow_anonymous[ \t]+true\b/m.test(text));
    return opens ? 'its configuration says allow_anonymous true' : undefined;
  },
});
