/** What a command of a Node app needs: reads words, never a shell. */
import { loaderOptions, valuedOptions } from '../../node-options.ts';
import { join } from '../paths.ts';
import type { Package } from './package.ts';

/** The file that `node ARGS` runs, from the app's folder; undefined where it runs none. */
export function nodeFile({ json }: Package, args: readonly string[]): string | undefined {
  if (args.some((word) => /^(?:-e|--eval|-p|--print|--test)$/.test(word))) return undefined;
  const word = args.find((one, index) => !one.startsWith('-') && !valuedOptions.test(args[index - 1] ?? ''));
  if (word === undefined) return undefined;
  const file = word.replace(/["']/g, '');
  if (join('.', file) !== '.') return file;
  const { main } = json.data;
  return typeof main === 'string' ? main : 'index.js';
}

/** The package that `node --import NAME ...` needs and only development has. */
export function developmentLoader(pack: Package, args: readonly string[]): string | undefined {
  return loadersOf(args).find((name) => name in pack.devDependencies && !(name in pack.dependencies));
}

/** The packages that are loaded before the program. */
function loadersOf(args: readonly string[]): readonly string[] {
  return args.flatMap((word, index) => {
    const [option = '', value = args[index + 1] ?? ''] = word.split('=', 2);
    const name = loaderOptions.test(option) ? /^(?:@[^/]+\/)?[^/.][^/]*/.exec(value)?.[0] : undefined;
    return name === undefined ? [] : [name];
  });
}
