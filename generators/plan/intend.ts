import { externalNames } from '../answers/external-names.ts';
import type { Answers } from '../answers/schema.ts';
import { applySplices } from '../compose/edit/index.ts';
import { writeYaml } from '../compose/yaml.ts';
import { secretPath } from '../stack/secrets.ts';
import type { Ignore, Stack, Starter } from '../stack/types.ts';
import { envPrefix } from '../stack/values.ts';
import { composeFiles } from './compose.ts';
import { deployment } from './deployment.ts';
import { guide, readmeSection } from './docs.ts';
import { type EnvEntry, envEntries, envExamples, newSecret } from './env.ts';
import { infisicalFiles } from './infisical.ts';
import { makefile } from './makefile.ts';
import { render, templatesBelow } from './render.ts';
import { scripts } from './scripts.ts';
import { phpEdits } from './shared-files.ts';
import type { Mode, PlannedText, RelPath } from './types.ts';
import { verifyCompose } from './verify.ts';

/** A file as it should be, and how far it is ours. What that means for the disk, `compare.ts` decides. */
export type Intended = {
  readonly path: RelPath;
  readonly mode: Mode;
  readonly why: string;
} /** Ours, moved on by later runs. */ & (
  | { readonly kind: 'managed'; readonly content: string }
  /** The same, but where the user has one already: there it is a part of theirs. */
  | { readonly kind: 'example'; readonly content: string }
  /** The user's from the moment it exists. */
  | { readonly kind: 'once'; readonly content: string /** What of it is ours later, too. */; readonly part?: string }
  | { readonly kind: 'ignore'; readonly groups: Ignore['groups'] }
  | { readonly kind: 'section'; readonly title: string; readonly content: string }
  /** Statements of ours at the end of a PHP file. */
  | { readonly kind: 'php'; readonly content: string }
  /** Made once; `variable` is what `.env` called it; without a value, a person has to bring it. */
  | { readonly kind: 'secret'; readonly variable: string; readonly value?: string }
  | { readonly kind: 'env'; readonly header: string; readonly entries: readonly EnvEntry[] }
  | { readonly kind: 'answers'; readonly said: unknown; readonly content: string }
);

/** A file of ours alone. */
export type Managed = Extract<Intended, { readonly kind: 'managed' | 'example' }>;

/** What a plan needs of the world: passed in, so that the same input gives the same files. */
export interface Ambient {
  /** The version of this program. */
  readonly version: string;
  readonly random: (bytes: number) => Uint8Array;
}

/**
 * Every file of the stack, in the order in which they are reported.
 * @param said what a `prodstack.yaml` that exists shall say: less than all answers where the rest is left open
 */
export function intend(answers: Answers, stack: Stack, ambient: Ambient, said: unknown = answers): readonly Intended[] {
  const compose = composeFiles(stack);
  verifyCompose(stack, compose);
  const managed = (file: PlannedText): Intended => ({
    kind: 'managed',
    mode: 0o644,
    ...file,
  });
  return [
    ...compose.map(managed),
    ...stack.artifacts.map(({ path, template, view, mode, why }) =>
      managed({ path, content: render(template, view), mode, why }),
    ),
    ...stack.ignores.map((ignore): Intended => ({ kind: 'ignore', mode: 0o644, ...ignore })),
    ...scripts(stack).map(managed),
    ...makefile(stack).map(managed),
    ...envExamples(stack).map((file): Intended => ({ kind: 'example', mode: 0o644, ...file })),
    {
      kind: 'env',
      path: '.env',
      mode: 0o600,
      header: `${stack.secrets.length > 0 ? 'Settings' : 'Settings and secrets'} of ${stack.name} on this machine; never in git. All that can stand here: .env.production.example`,
      entries: envEntries(stack, ambient.random),
      why:
        stack.secrets.length > 0
          ? 'the choice of compose files'
          : 'the secrets of this machine and the choice of compose files',
    },
    ...stack.secrets.map(
      (secret): Intended => ({
        kind: 'secret',
        path: secretPath(secret.variable),
        mode: 0o444,
        variable: secret.variable,
        ...(secret.made ? { value: newSecret(secret, ambient.random) } : secret.optional ? { value: '' } : {}),
        why: `a secret of this machine, instead of ${secret.variable} in .env`,
      }),
    ),
    ...infisicalFiles(stack, ambient.random),
    managed({
      path: 'docs/DOCKER_TROUBLESHOOTING.md',
      content: guide(stack),
      why: 'what goes wrong with this stack, and what to do',
    }),
    managed({
      path: 'docs/DEPLOYMENT.md',
      content: deployment(stack),
      why: 'how it comes onto a server, what it gets there, and how a release goes back',
    }),
    {
      kind: 'section',
      path: 'README.md',
      mode: 0o644,
      title: stack.name,
      content: readmeSection(stack),
      why: 'what to run',
    },
    {
      kind: 'answers',
      path: 'prodstack.yaml',
      mode: 0o644,
      said,
      content: render('prodstack.yaml', { schema: schemaUrl(ambient.version), answers: writeYaml(answers).trimEnd() }),
      why: 'the answers that all of this was made from',
    },
    ...withParts(
      stack.starters.flatMap((starter) => starterFiles(starter, stack.name)),
      stack.parts.map(
        ({ path, template, view, why }): Part => ({
          kind: 'php',
          path,
          mode: 0o644,
          content: render(template, view),
          why,
        }),
      ),
    ),
  ];
}

/** The schema that ships in the package of this version. */
function schemaUrl(version: string): string {
  return `https://unpkg.com/create-prodstack@${version}/dist/prodstack.schema.json`;
}

type Part = Extract<Intended, { kind: 'php' }>;

/** Parts of files; what a starter app begins with has them already. */
function withParts(files: readonly Intended[], parts: readonly Part[]): readonly Intended[] {
  const has = (path: RelPath) => files.some((file) => file.path === path);
  return [
    ...files.map((file) => {
      const part = parts.find(({ path }) => path === file.path)?.content;
      return file.kind === 'once' && part !== undefined
        ? { ...file, content: applySplices(file.content, phpEdits(file.content, part)), part }
        : file;
    }),
    ...parts.filter(({ path }) => !has(path)),
  ];
}

/** The files of a starter app, and those that only one with a backend behind it, or with some external, has. */
function starterFiles(
  { template: kind, path: folder, name: appName, app }: Starter,
  name: string,
): readonly Intended[] {
  const routes = routesOf(app);
  const has = featuresOf(app);
  const roots = [
    `starter/${kind}/`,
    ...(routes.api === '' ? [] : [`starter/${kind}-api/`]),
    ...externalNames.filter((one) => has[one]).map((one) => `starter/${kind}-${one}/`),
  ];
  return roots.flatMap((root) =>
    templatesBelow(root).map((template) => {
      const file = template.slice(root.length);
      return {
        kind: 'once',
        path: folder === '.' ? file : `${folder}/${file}`,
        mode: 0o644,
        content: render(template, { name, appName, app, has, ...routes }),
        why: 'the starter app: yours to change',
      };
    }),
  );
}

/** What a starter app is written for: the externals that it uses, and the settings that it reads. */
function featuresOf({ uses = [], environment = {} }: Starter['app']): Readonly<Record<string, boolean>> {
  const used = new Set(uses as readonly string[]);
  const reads = (name: string): boolean => Object.hasOwn(environment as object, name);
  const prefix = reads('API_V1_PREFIX');
  const hosts = reads('ALLOWED_HOSTS');
  const origins = reads('CORS_ORIGINS');
  const issuer = reads('OAUTH_ISSUER_URL');
  return {
    ...Object.fromEntries(externalNames.map((one) => [one, used.has(one)])),
    prefix,
    hosts,
    origins,
    issuer,
    listed: hosts || origins,
    configured: prefix || hosts || origins || issuer,
  };
}

/** The routes that a starter app answers below: the folder of its health route; and the first one that it passes on. */
function routesOf({ health, proxy, environment = {} }: Starter['app']): {
  readonly prefix: string;
  /** The last part of the health route, and of the one that only says that the process is there. */
  readonly ready: string;
  readonly alive: string;
  /** What its routes are added to, and what stands before them there. */
  readonly router: string;
  readonly below: string;
  readonly api: string;
  /** Where development finds the address of the app that `api` is passed on to. */
  readonly apiVariable: string;
} {
  const [api = '', backend = ''] = Object.entries((proxy ?? {}) as Readonly<Record<string, string>>)[0] ?? [];
  const prefix = String(health).replace(/^[^/]+$|\/[^/]*$/, '');
  const ready = /\/([a-z]+)$/.exec(String(health))?.[1] ?? 'health';
  const hasRouter = Object.hasOwn(environment as object, 'API_V1_PREFIX');
  return {
    prefix,
    ready,
    alive: ready === 'health' ? 'live' : 'health',
    router: hasRouter ? 'api' : 'app',
    below: hasRouter ? '' : prefix,
    api,
    apiVariable: `${envPrefix(backend)}_URL`,
  };
}
