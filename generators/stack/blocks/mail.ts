import type { App } from '../../answers/schema.ts';
import { usersOf } from '../../answers/servers.ts';
import { hasPort } from '../../answers/stacks/common.ts';
import { image } from '../images.ts';
import type { EnvVar, Limits } from '../types.ts';
import type { Block } from './block.ts';
import { networks } from './connections.ts';
import { account, catcher } from './reach/mail.ts';

/** Development sets none; this is what the type asks for. */
const limits: Limits = { cpus: '0.5', memory: '128M', pids: 32, reservation: '32M' };

const production = { group: 'Stack', production: true } as const;

function accountEnv(tls: boolean): readonly EnvVar[] {
  return [
    {
      ...production,
      name: account.host,
      meaning: 'The server that mails are sent by: smtp.example.com. Development shows them in the catcher instead.',
      kind: 'required',
      example: 'smtp.example.com',
    },
    { ...production, name: account.port, meaning: '', kind: 'optional', default: '587' },
    {
      ...production,
      name: account.user,
      meaning: 'The account there, and its password; empty where it asks for none.',
      kind: 'optional',
      default: '',
    },
    {
      ...production,
      name: account.password,
      meaning: 'The password of SMTP_USER.',
      kind: 'optional',
      default: '',
      sensitive: true,
      group: 'Secrets',
    },
    {
      ...production,
      name: account.from,
      meaning: 'The address that mails come from. Its domain must allow the server to send for it (SPF, DKIM).',
      kind: 'required',
      example: 'shop@example.com',
    },
    ...(tls
      ? [
          {
            ...production,
            name: account.tls,
            meaning: 'Whether the connection is encrypted by STARTTLS: True or False.',
            kind: 'optional' as const,
            default: 'True',
          },
        ]
      : []),
  ];
}

const webPort: EnvVar = {
  name: 'MAIL_WEB_PORT',
  meaning: 'The port of the mail catcher on this machine, for browsers, on the loopback interface only.',
  kind: 'optional',
  default: String(catcher.web),
  group: 'Ports',
  development: true,
};

export const mail: Block = {
  name: 'mail',
  kind: 'external',
  summary: 'Mailpit, which shows what apps send, in development only; variables for an SMTP account in production',
  contribute(answers) {
    const users = usersOf(answers, 'mail');
    const [first] = users;
    if (!answers.mail || !first) return [];
    return [
      {
        services: [
          {
            name: catcher.service,
            title: 'Mailpit, which shows the mails that apps send',
            role: 'external',
            fragment: 'mail',
            view: { probe: ['CMD', '/mailpit', 'readyz'], webPort: catcher.web },
            image: image('mailpit'),
            environment: {
              // As real servers do, it takes any account.
              MP_SMTP_AUTH_ACCEPT_ANY: '1',
              MP_SMTP_AUTH_ALLOW_INSECURE: '1',
              MP_DISABLE_VERSION_CHECK: '1',
            },
            devEnvironment: {},
            dependsOn: {},
            networks: networksOf(users.map(([, app]) => app)),
            volumes: [],
            ports: { production: [], development: [{ variable: webPort.name, container: catcher.web }] },
            limits,
            hardening: { tmpfs: ['/tmp'] },
            oneShot: false,
            development: true,
          },
        ],
        env: [...accountEnv(users.some(([, app]) => isDjango(app))), webPort],
        guide: [{ id: 'mail-missing', view: { app: first[0], webPort: catcher.web, ...account } }],
      },
    ];
  },
};

const isDjango = (app: App): boolean => app.stack === 'python' && app.framework === 'django';

/** Where its clients are: servers at the edge, other roles in the network of the apps. */
function networksOf(users: readonly App[]): readonly string[] {
  return [
    ...(users.some((app) => hasPort(app) && !isFpm(app)) ? [networks.edge] : []),
    ...(users.some(hasOtherRoles) ? [networks.app] : []),
  ];
}

const isFpm = (app: App): boolean => app.stack === 'laravel' && app.server === 'fpm';

function hasOtherRoles(app: App): boolean {
  if (app.stack === 'laravel')
    return isFpm(app) || app.horizon === true || app.scheduler === true || Object.keys(app.queues ?? {}).length > 0;
  return !hasPort(app) || ('workers' in app && Object.keys(app.workers ?? {}).length > 0);
}
