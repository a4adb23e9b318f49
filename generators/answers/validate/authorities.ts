import type { Problem } from '../../errors.ts';
import { caFiles } from '../providers.ts';
import type { Answers, App } from '../schema.ts';

/** Apps that can be told of one CA file only, and would need several: the last one would win without a word. */
export function authorities(answers: Answers): readonly Problem[] {
  const files = caFiles(answers);
  return Object.entries(answers.apps).flatMap(([name, app]) => {
    const needed = files.filter(({ path }) => inOneVariable(app).some((one) => path === `${one}.ca`));
    const used = needed.filter(({ path }) => app.uses.includes(path.replace(/\.ca$/, '') as App['uses'][number]));
    const [first, ...others] = used;
    const other = others.find(({ file }) => file !== first?.file);
    if (!first || !other) return [];
    return [
      {
        path: other.path,
        value: other.file,
        message: `must be the same file as ${first.path} (${first.file}): ${app.stack === 'laravel' ? 'PHP' : 'Node.js'}, which ${name} runs on, takes one. Put both certificates into one file: cat ${first.file} ${other.file} > certs/ca.pem`,
      },
    ];
  });
}

/** The externals whose CA an app gets through a variable of its runtime, which all of them share. */
function inOneVariable(app: App): readonly string[] {
  if (app.stack === 'laravel') return ['redis', 'cache', 'storage'];
  if (app.stack !== 'node') return [];
  return [...(app.databaseDriver === 'postgres' ? ['postgres'] : []), 'redis', 'cache', 'storage'];
}
