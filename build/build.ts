/**
 * Builds `dist/`: the program in a few files (a run loads what it needs and nothing else, which is most of its
 * speed), the JSON Schema of the answers, the licences of what is bundled. `--quiet` says nothing on success.
 */
import { chmodSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toJsonSchema } from '@valibot/to-json-schema';
import { build } from 'rolldown';
import { answers } from '../generators/answers/schema.ts';
import { compileTemplates } from './templates.ts';

const root = join(import.meta.dirname, '..');
const finished = join(root, 'dist');
/** Takes the place of the last build only when it is whole. */
const dist = join(root, `dist.${process.pid}.tmp`);
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>;
};

compileTemplates();
const { output } = await build({
  cwd: root,
  input: { cli: 'generators/cli.ts', plopfile: 'plopfile.ts' },
  platform: 'node',
  external: Object.keys(manifest.dependencies),
  output: { dir: dist, format: 'esm', chunkFileNames: '[name]-[hash].js' },
  logLevel: 'warn',
});
chmodSync(join(dist, 'cli.js'), 0o755);

writeFileSync(
  join(dist, 'plopfile.d.ts'),
  "import type { NodePlopAPI } from 'node-plop';\n\nexport default function prodstack(plop: NodePlopAPI): void;\n",
);

// Checks that JSON Schema has no words for stay with the program.
const schema = toJsonSchema(answers, { errorMode: 'ignore', typeMode: 'input' });
writeFileSync(
  join(dist, 'prodstack.schema.json'),
  `${JSON.stringify({ title: 'prodstack.yaml', ...schema }, null, 2)}\n`,
);

const bundled = new Set(
  output
    .flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []))
    .flatMap((id) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1] ?? []),
);
writeFileSync(join(dist, 'THIRD_PARTY_LICENSES.txt'), [...bundled].sort().map(licence).join('\n'));

rmSync(finished, { recursive: true, force: true });
renameSync(dist, finished);
if (!process.argv.includes('--quiet')) console.log('Built dist/.');

/** The name and licence of a package whose code is in `dist/`. */
function licence(name: string): string {
  const folder = join(root, 'node_modules', name);
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  if (!file) throw new Error(`${name} is bundled and has no licence file.`);
  return `${name}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
}
