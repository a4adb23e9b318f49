/** How each package manager is told to install exactly what the lockfile says. */

export type Ecosystem = 'node' | 'python' | 'php' | 'ruby' | 'go';

interface Context {
  readonly words: readonly string[];
  /** ARG and ENV at this place. */
  readonly variables: ReadonlyMap<string, string>;
  /** Whether the Dockerfile brings this file into the stage. */
  readonly brings: (file: string) => boolean;
}

/** Undefined: installs no dependencies of the app. Otherwise what makes it loose, or null. */
type Judge = (context: Context) => string | null | undefined;

interface Tool {
  readonly ecosystem: Ecosystem;
  readonly judge: Judge;
}

export const tools: ReadonlyMap<string, Tool> = new Map(
  Object.entries<Tool>({
    npm: { ecosystem: 'node', judge: npm },
    pnpm: { ecosystem: 'node', judge: pnpm },
    yarn: { ecosystem: 'node', judge: yarn },
    bun: { ecosystem: 'node', judge: bun },
    pip: { ecosystem: 'python', judge: pip },
    pip3: { ecosystem: 'python', judge: pip },
    uv: { ecosystem: 'python', judge: uv },
    poetry: { ecosystem: 'python', judge: poetry },
    pipenv: { ecosystem: 'python', judge: pipenv },
    composer: { ecosystem: 'php', judge: composer },
    bundle: { ecosystem: 'ruby', judge: ({ words }) => (words[1] === 'install' ? null : undefined) },
    go: { ecosystem: 'go', judge: ({ words }) => (words[1] === 'mod' && words[2] === 'download' ? null : undefined) },
  }),
);

const isFlag = (word: string): boolean => word.startsWith('-');

/** The words that are no flags, after the program. */
const positional = (words: readonly string[]): readonly string[] => words.slice(1).filter((word) => !isFlag(word));

const isOn = (value: string | undefined): boolean => value !== undefined && !/^(?:|0|false|no)$/i.test(value);

/** `dd-trace@5.109.0`: whoever names versions knows what is installed. */
const areVersioned = (packages: readonly string[]): boolean =>
  packages.length > 0 && packages.every((one) => /.@[\d$]/.test(one));

const isGlobal = (words: readonly string[]): boolean =>
  words.some((word) => /^(?:-g|--global|--location=global)$/.test(word));

function npm({ words }: Context): string | null | undefined {
  const [verb, ...packages] = positional(words);
  if (verb === 'ci' || verb === 'clean-install') return null;
  if (!/^(?:i|install|add)$/.test(verb ?? '') || isGlobal(words) || areVersioned(packages)) return undefined;
  return packages.length > 0
    ? `installs ${packages.join(' ')} beside the lockfile`
    : 'npm install may change the lockfile; npm ci does not';
}

function pnpm({ words, variables }: Context): string | null | undefined {
  if (isGlobal(words)) return undefined;
  if (words.includes('fetch') || words[1] === 'ci') return null;
  if (words.includes('add')) {
    const packages = positional(words.slice(words.indexOf('add')));
    return areVersioned(packages) ? undefined : 'adds packages beside the lockfile';
  }
  if (!words.includes('install') && !words.includes('i')) return undefined;
  const isFrozen =
    words.includes('--frozen-lockfile') || (isOn(variables.get('CI')) && !words.includes('--no-frozen-lockfile'));
  return isFrozen ? null : 'no --frozen-lockfile';
}

function yarn({ words, variables }: Context): string | null | undefined {
  const [verb, second, ...more] = positional(words);
  // It has no switch of its own and changes no lockfile.
  if (verb === 'workspaces' && second === 'focus') return null;
  if (verb === 'add') {
    return areVersioned([second ?? '', ...more]) ? undefined : 'adds packages beside the lockfile';
  }
  const flags = words.slice(1).filter(isFlag);
  const isInstall =
    verb === 'install' || (verb === undefined && !flags.some((flag) => /^(?:-v|--version|-h|--help)$/.test(flag)));
  if (!isInstall) return undefined;
  const isFrozen =
    flags.some((flag) => /^--(?:immutable|frozen-lockfile)$/.test(flag)) ||
    isOn(variables.get('CI')) ||
    isOn(variables.get('YARN_ENABLE_IMMUTABLE_INSTALLS'));
  return isFrozen ? null : 'no --immutable (yarn 1: --frozen-lockfile)';
}

function bun({ words }: Context): string | null | undefined {
  const [verb, ...packages] = positional(words);
  if (verb === 'ci') return null;
  if (!/^(?:i|install|add)$/.test(verb ?? '') || isGlobal(words) || areVersioned(packages)) return undefined;
  if (verb === 'add' || packages.length > 0) return 'adds packages beside the lockfile';
  return words.includes('--frozen-lockfile') ? null : 'no --frozen-lockfile';
}

function pip({ words }: Context): string | null | undefined {
  const at = words.indexOf('install');
  return at < 0 ? undefined : pipInstall(words.slice(at + 1));
}

/** pip takes a list of its own; what is named on the command line must name its version. */
function pipInstall(args: readonly string[]): string | null | undefined {
  const takesValue =
    /^(?:-[rcteif]|--(?:requirement|constraint|target|prefix|index-url|extra-index-url|find-links|python|root))$/;
  const named = args.filter((word, index) => !isFlag(word) && !takesValue.test(args[index - 1] ?? ''));
  const projects = args.filter(
    (word, index) =>
      /^\.(?:$|\[|\/)/.test(word) && !/^(?:-[rct]|--requirement|--constraint|--target)$/.test(args[index - 1] ?? ''),
  );
  if (projects.length > 0 && !args.includes('--no-deps'))
    return `${projects.join(' ')} brings what it needs in any version`;
  const open = named.filter((word) => !/==|@|[/*$]|\.whl$|^\./.test(word) && !/^(?:pip|setuptools|wheel)$/.test(word));
  if (open.length > 0 && !args.includes('--no-index')) return `${open.join(' ')} without a version`;
  return args.some((word) => /^(?:-r.*|--requirement(?:=.*)?)$/.test(word)) ? null : undefined;
}

function uv({ words, variables }: Context): string | null | undefined {
  if (words[1] === 'pip' && words[2] === 'install') return pipInstall(words.slice(3));
  if (words[1] === 'pip' && words[2] === 'sync') return null;
  if (words[1] === 'add') return 'adds packages beside the lockfile';
  if (words[1] !== 'sync') return undefined;
  const isFrozen =
    words.some((word) => word === '--locked' || word === '--frozen') ||
    isOn(variables.get('UV_LOCKED')) ||
    isOn(variables.get('UV_FROZEN'));
  return isFrozen ? null : 'no --locked';
}

function poetry({ words, brings: has }: Context): string | null | undefined {
  const verb = positional(words)[0];
  if (/^(?:add|update|lock)$/.test(verb ?? '')) return `poetry ${verb} changes the lockfile`;
  if (verb !== 'install' && verb !== 'sync') return undefined;
  return has('poetry.lock') ? null : 'poetry.lock is not there';
}

function pipenv({ words }: Context): string | null | undefined {
  const verb = positional(words)[0];
  if (verb === 'sync') return null;
  if (verb !== 'install') return undefined;
  return words.some((word) => word === '--deploy' || word === '--ignore-pipfile') ? null : 'no --deploy';
}

function composer({ words, brings: has }: Context): string | null | undefined {
  const verb = positional(words)[0];
  if (verb === 'update' || verb === 'require') return `composer ${verb} changes the lockfile`;
  if (verb !== 'install') return undefined;
  return has('composer.lock') ? null : 'composer.lock is not there';
}
