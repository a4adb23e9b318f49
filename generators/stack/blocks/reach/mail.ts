import type { App } from '../../../answers/schema.ts';
import { value, variable } from '../../values.ts';
import type { Reach, Visitor } from './types.ts';

/** The catcher of development. */
export const catcher = { service: 'mail', smtp: 1025, web: 8025 } as const;

/** The variables of `.env` with the account that production sends by. */
export const account = {
  host: 'SMTP_HOST',
  port: 'SMTP_PORT',
  user: 'SMTP_USER',
  password: 'SMTP_PASSWORD',
  from: 'MAIL_FROM',
  tls: 'SMTP_TLS',
} as const;

/** How an app gets its mails sent: in production by an account somewhere, in development to the catcher. */
export function reachMail({ answers, app }: Visitor): Reach | undefined {
  if (!answers.mail) return undefined;
  const { host, port, user, password, from, tls } = account;
  return {
    parts: {},
    overlays: {
      production: {
        url: value`smtp://${variable(user)}:${variable(password)}@${variable(host)}:${variable(port)}`,
        host: [variable(host)],
        port: [variable(port)],
        user: [variable(user)],
        password: [variable(password)],
        from: [variable(from)],
        tls: [variable(tls)],
      },
      development: {
        url: value`smtp://${catcher.service}:${String(catcher.smtp)}`,
        host: catcher.service,
        port: String(catcher.smtp),
        user: '',
        password: '',
        from: 'development@example.com',
        tls: 'False',
      },
    },
    ...(app.stack === 'laravel' && { environment: { MAIL_MAILER: 'smtp' } }),
    bundled: false,
  };
}

/** Under which names a framework reads them. */
export function mailVariables(app: App): Readonly<Record<string, string>> {
  if (app.stack === 'laravel')
    return {
      MAIL_HOST: 'mail.host',
      MAIL_PORT: 'mail.port',
      MAIL_USERNAME: 'mail.user',
      MAIL_PASSWORD: 'mail.password',
      MAIL_FROM_ADDRESS: 'mail.from',
    };
  if (app.stack === 'python' && app.framework === 'django')
    return {
      EMAIL_HOST: 'mail.host',
      EMAIL_PORT: 'mail.port',
      EMAIL_HOST_USER: 'mail.user',
      EMAIL_HOST_PASSWORD: 'mail.password',
      EMAIL_USE_TLS: 'mail.tls',
      DEFAULT_FROM_EMAIL: 'mail.from',
    };
  return {
    SMTP_HOST: 'mail.host',
    SMTP_PORT: 'mail.port',
    SMTP_USER: 'mail.user',
    SMTP_PASSWORD: 'mail.password',
    MAIL_FROM: 'mail.from',
  };
}
