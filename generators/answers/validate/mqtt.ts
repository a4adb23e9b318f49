import type { Problem } from '../../errors.ts';
import { mqttUsers } from '../mqtt.ts';
import type { Answers } from '../schema.ts';

/** A broker that nobody can use, or a user of it that can do nothing there. */
export function mqttAccess(answers: Answers): readonly Problem[] {
  if (!answers.mqtt) return [];
  const users = mqttUsers(answers);
  if (users.length === 0)
    return [
      { path: 'mqtt.users', message: 'must name a user, or an app must have mqtt under uses: nobody could connect' },
    ];
  return users
    .filter(({ publish, subscribe }) => publish.length === 0 && subscribe.length === 0)
    .map(({ name }) => ({
      path: `mqtt.users.${name}`,
      message: 'must have topics under publish or subscribe: it could do nothing',
    }));
}
