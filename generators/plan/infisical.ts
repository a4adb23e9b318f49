/** The secrets manager beside the stack: Infisical in a stack of its own, and its agent, which writes the files of secrets. */
import { image } from '../stack/images.ts';
import { secretsFolder } from '../stack/secrets.ts';
import type { Stack } from '../stack/types.ts';
import type { Intended } from './intend.ts';
import { render } from './render.ts';

const folder = 'docker/infisical';

/** Where it says how secrets are brought. */
export const infisicalGuide = `${folder}/README.md`;

/** What Infisical itself needs, in the forms that it asks for; it reads them from the environment only. */
const keys = [
  {
    name: 'ENCRYPTION_KEY',
    comment: 'What Infisical encrypts all secrets with. Keep a copy elsewhere: without it they are lost.',
    bytes: 16,
    encoding: 'hex',
  },
  {
    name: 'AUTH_SECRET',
    comment: 'What it signs logins with. A new one ends all of them.',
    bytes: 32,
    encoding: 'base64',
  },
  { name: 'POSTGRES_PASSWORD', comment: 'The password of its database.', bytes: 24, encoding: 'hex' },
  { name: 'REDIS_PASSWORD', comment: 'The password of its Redis.', bytes: 24, encoding: 'hex' },
] as const;

/** All files of Infisical; none where secrets come from elsewhere. */
export function infisicalFiles(stack: Stack, random: (bytes: number) => Uint8Array): readonly Intended[] {
  if (stack.secretsFrom !== 'infisical' || stack.secrets.length === 0) return [];
  const view = {
    name: stack.name,
    project: `${stack.name}-infisical`,
    folder: secretsFolder,
    secrets: stack.secrets.map(({ name, variable, meaning }) => ({
      file: name,
      variable,
      // In a table of Markdown.
      meaning: meaning.replaceAll('|', '\\|'),
    })),
    infisical: image('infisical'),
    cli: image('infisical-cli'),
    postgres: image('postgres:18'),
    redis: image('redis:8'),
  };
  const managed = (file: string, mode: 0o644 | 0o755, why: string): Intended => ({
    kind: 'managed',
    path: `${folder}/${file}`,
    content: render(`${folder}/${file}`, view),
    mode,
    why,
  });
  return [
    managed('compose.yaml', 0o644, 'the secrets manager, a stack of its own'),
    managed('agent.sh', 0o755, 'writes the files of secrets from Infisical'),
    managed('README.md', 0o644, 'how the secrets manager is set up'),
    {
      kind: 'env',
      path: `${folder}/.env`,
      mode: 0o600,
      header: `Keys and settings of the secrets manager of ${stack.name}; never in git. Settings are explained in ${folder}/README.md.`,
      entries: keys.map(({ name, comment, bytes, encoding }) => ({
        name,
        comment,
        value: Buffer.from(random(bytes)).toString(encoding),
      })),
      why: 'the keys of the secrets manager',
    },
  ];
}
