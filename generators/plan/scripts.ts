/** The scripts of a stack: derived from it, as its compose files are. */

import { certificates } from '../stack/blocks/reach/mqtt.ts';
import { dataVolumes, defaultOf, hasManagedServer, isPulled, running } from '../stack/queries.ts';
import { imageTag } from '../stack/registry.ts';
import { secretsFolder } from '../stack/secrets.ts';
import type { Stack, Value } from '../stack/types.ts';
import { volumeName } from '../stack/values.ts';
import { listed } from '../words.ts';
import { backupScripts } from './backup.ts';
import { overlayFile } from './compose.ts';
import { control } from './control.ts';
import { formOf } from './env.ts';
import { maintenance } from './maintenance.ts';
import { render } from './render.ts';
import { rolloutScripts } from './rollout.ts';
import { rotationView } from './rotation.ts';
import { shellWords } from './shell.ts';
import type { PlannedText } from './types.ts';
import { verification } from './verification.ts';

/** The tag of images that are only built to be tested, and the end of the name of the stack that runs them. */
const test = 'test-build';

/** Characters from which on a word is a program. */
const longWord = 100;

/** Every file below `scripts/`. */
export function scripts(stack: Stack): readonly PlannedText[] {
  return [
    control(stack),
    verification(stack),
    ...secretScripts(stack),
    ...backupScripts(stack),
    ...rolloutScripts(stack),
    ...maintenance(stack),
    {
      path: 'scripts/test-build',
      content: testBuild(stack),
      mode: 0o755,
      why: 'proves that the images build, hold what they start, and run; beside the running stack',
    },
  ];
}

/** The scripts that a stack with secrets has. */
function secretScripts(stack: Stack): readonly PlannedText[] {
  const files = stack.secrets.map((secret) => ({
    file: secret.name,
    made: secret.made,
    optional: secret.optional ?? false,
    targets: listed(secret.targets ?? [], 'or'),
    shell: formOf(secret).shell,
  }));
  const rotation = rotationView(stack);
  return [
    ...(files.length === 0
      ? []
      : [
          {
            path: 'scripts/make-secrets',
            content: render('scripts/make-secrets', {
              name: stack.name,
              folder: secretsFolder,
              infisical: stack.secretsFrom === 'infisical',
              secrets: files,
              anyMade: files.some(({ made }) => made),
              anyBrought: files.some(({ made, optional }) => !made && !optional),
            }),
            mode: 0o755 as const,
            why:
              stack.secretsFrom === 'infisical'
                ? 'makes secrets for a test'
                : 'makes the secrets that are missing, on another machine',
          },
        ]),
    ...(rotation === undefined
      ? []
      : [
          {
            path: 'scripts/rotate-secret',
            content: render('scripts/rotate-secret', rotation),
            mode: 0o755 as const,
            why: 'gives a secret a new value, everywhere',
          },
        ]),
  ];
}

function testBuild(stack: Stack): string {
  return render('scripts/test-build', {
    name: stack.name,
    tag: test,
    baseFile: stack.composeFile,
    prodFile: overlayFile(stack.composeFile, 'prod'),
    secrets: stack.env
      .filter((variable) => variable.kind === 'secret')
      .map((variable) => ({ name: variable.name, value: formOf(variable).shell })),
    files: stack.secrets.map((secret) => secret.name),
    brought: stack.secrets.filter(({ made, optional }) => !made && !optional).map(({ name }) => name),
    // Never connected to: only so that Compose reads its files.
    required: stack.env
      .filter((variable) => variable.kind === 'required')
      .map(({ name, example = test }) => ({ name, value: example })),
    // What is no part of the stack is not there for the test.
    starts: !hasManagedServer(stack),
    buildFile: isPulled(stack) ? overlayFile(stack.composeFile, 'build') : '',
    ports: stack.services.flatMap((service) => service.ports.production.map((port) => port.variable)),
    volumes: dataVolumes(stack).map(({ name }) => volumeName(`${stack.name}-${test}`, name)),
    // Some Compose makes itself.
    madeVolumes: stack.volumes.map(({ name }) => volumeName(`${stack.name}-${test}`, name)),
    certificates: certificateMounts(stack),
    // It would come to the ports, the tunnel or the name of the stack that runs.
    leftOut: stack.services
      .filter(({ role, profile }) => role === 'edge' && profile === undefined)
      .map(({ name }) => `--scale ${name}=0`),
    ...entryChecks(stack),
    images: shellWords([
      ...new Set(stack.services.flatMap(({ build, image }) => (build === undefined ? [] : [testImage(image, stack)]))),
    ]),
  });
}

/** What services mount of the certificates, as `path:target` from their folder. */
function certificateMounts(stack: Stack): readonly { readonly service: string; readonly mounts: readonly string[] }[] {
  const inside = `${certificates.folder}/`;
  return running(stack)
    .map(({ name, files = [] }) => ({
      service: name,
      mounts: files
        .filter(({ path }) => path.startsWith(inside))
        .map(({ path, target }) => `${path.slice(inside.length)}:${target}`),
    }))
    .filter(({ mounts }) => mounts.length > 0);
}

/** The checks as arguments of the script's `entry`; programs that several of them run stand above them, once. */
function entryChecks(stack: Stack): {
  readonly programs: readonly { readonly name: string; readonly text: string }[];
  readonly checks: readonly string[];
} {
  const programs = new Map<string, string>();
  const checks = stack.services.flatMap(({ name, image, check }) => {
    if (!check) return [];
    const words = check.map((word) => {
      if (word.length < longWord) return shellWords([word]);
      const number = programs.size === 0 ? '' : String(programs.size + 1);
      const variable = programs.get(word) ?? `look${number}`;
      programs.set(word, variable);
      return `"$${variable}"`;
    });
    return [[shellWords([name, testImage(image, stack)]), ...words].join(' ')];
  });
  return { programs: [...programs].map(([text, name]) => ({ name, text: shellWords([text]) })), checks };
}

/** An image as the test tags it. */
function testImage(image: Value, stack: Stack): string {
  if (typeof image === 'string') return image;
  const said = (name: string): string => (name === imageTag ? test : defaultOf(stack, name));
  return image.map((part) => (typeof part === 'string' ? part : said(part.variable))).join('');
}
