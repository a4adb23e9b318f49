/** Builds `dist/`: templates, JavaScript, the JSON Schema of the answers. `--quiet` says nothing on success. */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toJsonSchema } from '@valibot/to-json-schema';
import { execaSync } from 'execa';
import { answers } from '../generators/answers/schema.ts';
import { compileTemplates } from './templates.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

compileTemplates();
rmSync(dist, { recursive: true, force: true });
execaSync('tsc', ['--project', 'tsconfig.build.json'], { cwd: root, preferLocal: true, stdio: 'inherit' });
mkdirSync(dist, { recursive: true });
chmodSync(join(dist, 'generators/cli.js'), 0o755);

// Messages and checks that JSON Schema has no words for stay with us.
const schema = toJsonSchema(answers, { errorMode: 'ignore', typeMode: 'input' });
writeFileSync(
  join(dist, 'prodstack.schema.json'),
  `${JSON.stringify({ title: 'prodstack.yaml', ...schema }, null, 2)}\n`,
);

if (!process.argv.includes('--quiet')) console.log('Built dist/.');
