/** Mosquitto: MQTT over TLS only, for apps of the stack and devices outside of it. */
import { type MqttUser, mqttPassword, mqttPort, mqttUsers } from '../../answers/mqtt.ts';
import { image } from '../images.ts';
import { certificateScript } from '../queries.ts';
import type { Contribution, EnvVar, Limits } from '../types.ts';
import { variable } from '../values.ts';
import { limitsOf } from './app.ts';
import type { Block } from './block.ts';
import { keptOut } from './brought.ts';
import { networks } from './connections.ts';
import { limitEnv } from './limits.ts';
import { certificates } from './reach/mqtt.ts';

const limits: Limits = { cpus: '0.25', memory: '128M', pids: 32, reservation: '32M' };

const service = 'mqtt';
const start = 'docker/mosquitto/start.sh';
const config = 'docker/mosquitto/mosquitto.conf';

/** The user `mosquitto` of the image. */
const uid = 1883;

export const mqtt: Block = {
  name: 'mqtt',
  kind: 'external',
  summary: 'Mosquitto 2 in a container: MQTT over TLS, with a password and rules of access for each app and device',
  contribute(answers) {
    if (!answers.mqtt) return [];
    const users = mqttUsers(answers);
    const port = { variable: 'MQTT_PORT', container: mqttPort, address: 'MQTT_ADDRESS' };
    const chosen = limitsOf(answers.mqtt, limits);
    const contribution: Contribution = {
      services: [
        {
          name: service,
          title: 'Mosquitto, the MQTT broker',
          role: 'external',
          fragment: 'mosquitto',
          view: {
            user: `${uid}:${uid}`,
            command: ['sh', '/start.sh', ...users.map(({ name }) => `${name}=${mqttPassword(name)}`)],
            // A topic that only the health check may read, over TLS and with its password.
            probe: ['CMD', 'mosquitto_sub', '-h', '127.0.0.1', '-o', '/tmp/mosquitto/health', ...onceWithin(5)],
          },
          image: image('mosquitto'),
          environment: {
            MQTT_ACL: rules(users),
            ...Object.fromEntries(users.map(({ name }) => [mqttPassword(name), [variable(mqttPassword(name))]])),
          },
          secretStyle: 'file',
          devEnvironment: {},
          dependsOn: {},
          // Docker publishes no port of an internal network.
          networks: [networks.edge, networks.app],
          volumes: [{ volume: 'mqtt-data', target: '/mosquitto/data' }],
          files: [
            { path: start, target: '/start.sh' },
            { path: config, target: '/mosquitto.conf' },
            { path: certificates.broker, target: certificates.inBroker, provided: true },
          ],
          ports: { production: [port], development: [port] },
          limits: chosen,
          // The image declares a volume for logs, which go to Docker.
          hardening: { tmpfs: ['/tmp', '/mosquitto/log'] },
          oneShot: false,
        },
      ],
      volumes: [
        { name: 'mqtt-data', holds: 'what Mosquitto keeps: retained messages, and those for clients that are away' },
      ],
      env: [...env(users), ...limitEnv(service, chosen)],
      artifacts: [
        {
          path: start,
          template: start,
          view: {},
          mode: 0o755,
          why: 'starts Mosquitto with its passwords and rules of access',
        },
        {
          path: config,
          template: config,
          view: { name: answers.name },
          mode: 0o644,
          why: 'Mosquitto: TLS only, limits',
        },
        {
          path: certificateScript,
          template: certificateScript,
          view: { name: answers.name, service, folder: certificates.folder },
          mode: 0o755,
          why: 'makes and renews the certificates of the broker',
        },
      ],
      ignores: keptOut(answers, certificates.folder),
      guide: guide(users),
    };
    return [contribution];
  },
};

function onceWithin(seconds: number): readonly string[] {
  // `$$` is one dollar sign to Compose.
  return ['-t', '$$SYS/broker/uptime', '-C', '1', '-W', String(seconds)];
}

/** The rules of access as Mosquitto reads them (mosquitto.conf(5), acl_file): what none allows is refused. */
function rules(users: readonly MqttUser[]): string {
  const lines = users.flatMap(({ name, publish, subscribe }) => [
    `user ${name}`,
    ...[...new Set([...publish, ...subscribe])].map((topic) => {
      const access = !subscribe.includes(topic) ? 'write' : publish.includes(topic) ? 'readwrite' : 'read';
      return `topic ${access} ${topic}`;
    }),
  ]);
  return lines.map((line) => `${line}\n`).join('');
}

function env(users: readonly MqttUser[]): readonly EnvVar[] {
  return [
    ...users.map(
      ({ name }): EnvVar => ({
        name: mqttPassword(name),
        meaning: `The password of ${name} at the MQTT broker. Letters and digits only: it becomes part of a URL.`,
        kind: 'secret',
        group: 'Secrets',
      }),
    ),
    {
      name: 'MQTT_HOST',
      meaning:
        'The names or addresses that devices outside of the stack reach the MQTT broker by, with blanks between. They become part of its certificate: run scripts/certs after a change.',
      kind: 'optional',
      default: '',
      group: 'Stack',
      inScript: true,
    },
    {
      name: 'MQTT_ADDRESS',
      meaning:
        'The address of this machine that the MQTT broker is published on. 0.0.0.0, or the one in your own network, lets devices in: Docker opens it past a firewall such as ufw.',
      kind: 'optional',
      default: '127.0.0.1',
      group: 'Ports',
    },
    {
      name: 'MQTT_PORT',
      meaning: 'The port of the MQTT broker on this machine, over TLS.',
      kind: 'optional',
      default: String(mqttPort),
      group: 'Ports',
    },
  ];
}

function guide(users: readonly MqttUser[]): NonNullable<Contribution['guide']> {
  const view = {
    service,
    user: users[0]?.name ?? '',
    password: mqttPassword(users[0]?.name ?? ''),
    limit: 'MQTT_MEMORY_LIMIT',
    ...certificates,
  };
  return [
    { id: 'mqtt-certificate', view },
    { id: 'mqtt-not-authorised', view },
    { id: 'mqtt-connect', view },
  ];
}
