/** Who may connect to the broker, and to which topics. */
import { secretVariable } from './env-names.ts';
import type { Answers } from './schema.ts';
import { usersOf } from './servers.ts';

/** The port of MQTT over TLS (IANA: secure-mqtt). */
export const mqttPort = 8883;

/** A user of the broker. */
export interface MqttUser {
  readonly name: string;
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

const everything = { publish: ['#'], subscribe: ['#'] } as const;

/** Each app that uses the broker, with all topics where the answers do not say which; and whom else the answers name. */
export function mqttUsers(answers: Pick<Answers, 'apps' | 'mqtt'>): readonly MqttUser[] {
  if (!answers.mqtt) return [];
  const { users = {} } = answers.mqtt;
  const apps = usersOf(answers, 'mqtt').map(([name]) => name);
  return [...new Set([...apps, ...Object.keys(users)])].map((name) => {
    const { publish = [], subscribe = [] } = users[name] ?? everything;
    return { name, publish, subscribe };
  });
}

/** The variable of `.env` with a user's password. */
export function mqttPassword(user: string): string {
  return secretVariable(user, 'MQTT_PASSWORD');
}
