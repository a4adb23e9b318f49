import { isSecret, secretPath } from '../stack/secrets.ts';
import type { EnvVar, Stack } from '../stack/types.ts';
import { listed } from '../words.ts';
import { overlayFile } from './compose.ts';
import { infisicalGuide } from './infisical.ts';
import { render } from './render.ts';
import { isNeededHere } from './secret-files.ts';
import { developmentFiles, serverFiles } from './targets.ts';
import type { PlannedText } from './types.ts';

/** How a secret is made: by us, by hand, and in a script of the stack. */
const secretForms = {
  /** Hex, so that YAML, shells, dotenv files and URLs all take it as it is. */
  hex: {
    bytes: 24,
    text: (bytes: Uint8Array) => Buffer.from(bytes).toString('hex'),
    command: 'openssl rand -hex 24',
    shell: "$(head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \\n')",
  },
  /** The 32 bytes of a key for AES-256, as 64 hex digits. */
  key: {
    bytes: 32,
    text: (bytes: Uint8Array) => Buffer.from(bytes).toString('hex'),
    command: 'openssl rand -hex 32',
    shell: "$(head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \\n')",
  },
  /** As `artisan key:generate` makes it, for AES-256. */
  'laravel-key': {
    bytes: 32,
    text: (bytes: Uint8Array) => `base64:${Buffer.from(bytes).toString('base64')}`,
    command: 'echo "base64:$(openssl rand -base64 32)"',
    shell: "base64:$(head -c 32 /dev/urandom | base64 | tr -d '\\n')",
  },
} as const;

/** The form that a secret has. */
export const formOf = ({ form = 'hex' }: Pick<EnvVar, 'form'>) => secretForms[form];

/** One line of `.env` and the comment above it. */
export interface EnvEntry {
  readonly name: string;
  readonly comment: string;
  /** Empty where only a person, or the file below, has it: then it is left out. */
  readonly value: string;
  /** The file that holds its value where the stack had its secrets in files: that one is in use. */
  readonly from?: string;
  /** Whether the line belongs there though nobody but the person can fill it in. */
  readonly asked?: boolean;
}

/** `.env.example`, for development, and `.env.production.example`, for a server: the same variables, other files. */
export function envExamples(stack: Stack): readonly PlannedText[] {
  return [
    {
      path: '.env.example',
      content: example(stack, 'dev', `Settings of ${stack.name} for development.`),
      why: 'every variable, explained, for development',
    },
    {
      path: '.env.production.example',
      content: example(stack, 'prod', `Settings of ${stack.name} for a server.`),
      why: 'every variable, explained, for a server',
    },
  ];
}

/**
 * What `.env` must hold: the choice of files, and a new value for each secret.
 * @param random gives that many random bytes; only the values of entries that `.env` lacks are ever used
 */
export function envEntries(stack: Stack, random: (bytes: number) => Uint8Array): readonly EnvEntry[] {
  const secrets = stack.env.filter(isSecret);
  // Lines to fill in, where the compose files of this machine ask for them.
  const brought = stack.env.filter(
    (one) => one.kind === 'required' && !isSecret(one) && isNeededHere(one, stack.targets),
  );
  return [
    {
      name: 'COMPOSE_FILE',
      comment: `The compose files that plain \`docker compose\` uses here: as on ${stack.targets[0]?.title ?? 'a server'}.${stack.targets.length > 1 ? ' Those of other hosts: docs/DEPLOYMENT.md.' : ''}`,
      value: chosenFiles(stack, 'prod'),
    },
    { name: 'COMPOSE_PATH_SEPARATOR', comment: 'The same on every system.', value: ':' },
    ...secrets.map((secret) => ({
      name: secret.name,
      comment: secret.meaning,
      value: secret.kind === 'secret' ? newSecret(secret, random) : '',
      from: secretPath(secret.name),
      asked: secret.kind === 'required' && isNeededHere(secret, stack.targets),
    })),
    ...brought.map(({ name, meaning }) => ({ name, comment: meaning, value: '', asked: true })),
  ];
}

/** A new value, in the form that the secret has. */
export function newSecret(secret: Pick<EnvVar, 'form'>, random: (bytes: number) => Uint8Array): string {
  const { text, bytes } = formOf(secret);
  return text(random(bytes));
}

/** Those of the first target, if there is one. */
function chosenFiles(stack: Stack, overlay: 'dev' | 'prod'): string {
  return overlay === 'prod' ? serverFiles(stack, stack.targets[0]) : developmentFiles(stack);
}

/** What the other targets have instead, a line each. */
function otherHosts(stack: Stack): readonly string[] {
  return stack.targets.slice(1).map((target) => `On ${target.title}: ${serverFiles(stack, target)}`);
}

function example(stack: Stack, overlay: 'dev' | 'prod', title: string): string {
  const defaults = overlay === 'prod' ? (stack.targets[0]?.stack.env ?? []) : [];
  const variables = stack.env
    .filter((variable) => (overlay === 'dev' ? !variable.production : !variable.development))
    // A default that the host of the first target has is the one that holds there.
    .map((variable) => ({ ...variable, ...valueIn(defaults, variable.name) }));
  const groups = [...new Set(variables.map((variable) => variable.group))];
  const order = ['Stack', 'Secrets', 'Backups', 'Builds', 'Ports', 'Limits'];
  groups.sort((a, b) => order.indexOf(a) - order.indexOf(b));
  return render('env/example', {
    title,
    use: 'Copy to .env and fill in what is empty. A value behind a # is the default: it holds as long as the line is a comment.',
    composeFiles: chosenFiles(stack, overlay),
    otherHosts: overlay === 'prod' ? otherHosts(stack) : [],
    groups: groups.map((group) => ({
      title: group,
      variables: variables
        .filter((variable) => variable.group === group)
        .map((variable) => documented(variable, overlay, stack.composeFile)),
    })),
    makeSecrets:
      stack.secretsFrom === 'infisical'
        ? `The agent of Infisical writes them: ${infisicalGuide}`
        : 'Make those that are missing: scripts/make-secrets',
    secrets: stack.secrets.map(({ variable, meaning }) => ({
      lines: wrap(`${secretPath(variable)}: ${meaning}`, 110),
    })),
  });
}

function valueIn(env: readonly EnvVar[], name: string): Pick<EnvVar, 'default'> {
  const value = env.find((one) => one.name === name)?.default;
  return value === undefined ? {} : { default: value };
}

function documented(
  variable: EnvVar,
  overlay: 'dev' | 'prod',
  composeFile: string,
): { readonly lines: readonly string[]; readonly assignment: string } {
  const required = variable.targets
    ? ` Required with ${listed(variable.targets.map((name) => overlayFile(composeFile, name)))}.`
    : ' Required.';
  const how =
    variable.kind === 'secret'
      ? `${required} Make one: ${formOf(variable).command}`
      : variable.kind === 'required'
        ? required
        : '';
  const value = overlay === 'dev' ? (variable.developmentValue ?? '') : '';
  return {
    lines: variable.meaning === '' ? [] : ['', ...wrap(variable.meaning + how, 110)],
    assignment: variable.kind === 'optional' ? `#${variable.name}=${variable.default}` : `${variable.name}=${value}`,
  };
}

/** Text in lines of at most `width` characters, broken between words; a command that makes a value stays on one line. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/ (?!rand -|"base64:|-(?:hex|base64) \d|\d+(?:\)"|$))/)) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}
