/** Files with secrets, as they lie about in real folders: none of their contents may get into an image. */
import { join } from 'node:path';
import type { Subject } from './system.ts';

/** What all decoys contain, followed by the path of the file. */
export const marker = 'decoy-5f0c1d7e:';

/** An ordinary file that belongs into every image: finding it shows that the search works. */
export const beacon = 'beacon.txt';

const names = [
  '.env',
  '.env.production',
  '.env.local',
  '.npmrc',
  '.netrc',
  'credentials.json',
  'id_rsa',
  'secrets/token',
  'service-account.json',
  'x.key',
  'x.pem',
];

/** What is appended to which file: each decoy once at the root of the repo and once in the build context. */
export function decoys({ app, folder }: Subject): readonly { readonly path: string; readonly content: string }[] {
  const folders = [...new Set(['.', folder])];
  const paths = [...folders.flatMap((one) => names.map((name) => join(one, name))), `${app}.env`, join(folder, beacon)];
  return paths.map((path) => ({ path, content: contentOf(path) }));
}

/** Valid in files that a package manager or Compose might read. */
function contentOf(path: string): string {
  const secret = `${marker}${path}`;
  if (/\.env(\.\w+)?$/.test(path)) return `\nDECOY=${secret}\n`;
  if (path.endsWith('.npmrc')) return `//registry.example/:_authToken=${secret}\n`;
  if (path.endsWith('.json')) return JSON.stringify({ key: secret });
  return `${secret}\n`;
}
