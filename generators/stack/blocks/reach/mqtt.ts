import { mqttPassword, mqttPort, mqttUsers } from '../../../answers/mqtt.ts';
import { value, variable } from '../../values.ts';
import type { Reach, Visitor } from './types.ts';

/** What the certificates of the broker are in, and where the broker and its clients find them. */
export const certificates = {
  /** Has the key of the CA too, and is mounted nowhere. */
  folder: 'certs/mqtt',
  broker: 'certs/mqtt/broker',
  inBroker: '/mosquitto/certs',
  ca: 'certs/mqtt/broker/ca.crt',
  /** Where libraries are pointed to; no image has anything there. */
  inClient: '/run/certs/mqtt-ca.crt',
} as const;

/** How an app reaches the broker, as a user of its own; undefined where the stack has none. */
export function reachMqtt({ answers, name }: Visitor): Reach | undefined {
  if (!answers.mqtt || !mqttUsers(answers).some((one) => one.name === name)) return undefined;
  const password = variable(mqttPassword(name));
  return {
    parts: {
      url: value`mqtts://${name}:${password}@mqtt:${String(mqttPort)}`,
      host: 'mqtt',
      port: String(mqttPort),
      user: name,
      password: [password],
      ca: certificates.inClient,
    },
    dependsOn: { mqtt: 'service_healthy' },
    bundled: true,
    // Devices come to it from outside: whoever breaks into it must not be beside the data.
    network: 'app',
    files: [{ path: certificates.ca, target: certificates.inClient, provided: true }],
  };
}
