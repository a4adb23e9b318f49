/** A new service in a compose file of its own: theirs gets the line that includes it, and no more. */

import { writeYaml } from '../compose/yaml.ts';
import { mapOf } from '../data.ts';
import { UserError } from '../errors.ts';
import { inFolder, nameOf } from '../paths.ts';
import type { Outcome } from '../plan/compare.ts';
import { indent } from '../plan/compose.ts';
import type { Volume } from '../stack/types.ts';
import { volumeName } from '../stack/values.ts';
import type { FileEdits } from './connect.ts';
import type { Conventions } from './conventions.ts';
import { created } from './outcomes.ts';
import { serviceText, type Texts } from './texts.ts';
import type { ComposeSource, Foreign } from './types.ts';

/** What stands behind the name of a new volume. */
export function volumeValue({ name }: Volume, { external, volume }: Conventions, foreign: Foreign): unknown {
  return external ? { name: volumeName(foreign.name, name), external: true } : volume;
}

/**
 * The file, and the edit of theirs.
 * @throws UserError `repo` for what needs overlays: what is included, no other file can change
 */
export function ownFile(
  foreign: Foreign,
  name: string,
  home: ComposeSource,
  texts: Texts,
): { readonly outcomes: readonly Outcome[]; readonly parts: readonly FileEdits[] } {
  const { delta, conventions, networks } = texts;
  const local = delta.services.find((one) => one.development);
  if (local)
    throw new UserError('repo', `${local.name} is for development only, and a file that is included is always there.`, {
      hint: 'Leave --include out.',
    });
  const path = inFolder(home.folder, fileName(home, name));
  const services = delta.services.flatMap((one) => serviceText(one, 'whole', { ...texts, home })?.text ?? []);
  const volumes = delta.volumes.map((one) => [one.name, volumeValue(one, conventions, foreign)] as const);
  const known = mapOf(home.data['networks']);
  // A network that both files have must be the same one in both.
  const shared = networks.filter((one) => one in known).map((one) => [one, known[one] ?? null] as const);
  const section = (key: string, entries: readonly (readonly [string, unknown])[]): string =>
    entries.length === 0 ? '' : `\n${writeYaml({ [key]: Object.fromEntries(entries) }).replaceAll(': null\n', ':\n')}`;
  const content = `# ${name}${mark(home.path)}services:\n${indent(services.join('\n'))}\n${section('networks', shared)}${section('volumes', volumes)}`;
  return {
    outcomes: [created(foreign.repo, { path, why: `${name}: the new service, in a file of its own` }, content)],
    parts: [{ source: home, edits: [{ op: 'append', path: ['include'], value: fileName(home, name) }] }],
  };
}

const mark = (parent: string): string => `; ${nameOf(parent)} includes it.\n`;

/** Whether a file was made here, by its first line. */
export function isOwnFile(text: string, parent: string): boolean {
  return /^# [a-z0-9_-]+$/.test(text.slice(0, Math.max(0, text.indexOf(mark(parent)))));
}

/** `docker-compose.yml` and `redis` give `docker-compose.redis.yml`. */
function fileName({ path }: ComposeSource, name: string): string {
  const [, stem = 'compose', extension = 'yaml'] = /^(.*?)\.(ya?ml)$/.exec(nameOf(path)) ?? [];
  return `${stem}.${name}.${extension}`;
}
