/** `add` of an app: one that the repo has and the stack does not, or a starter in an empty folder. */
import * as v from 'valibot';
import { isData } from '../../data.ts';
import { UserError } from '../../errors.ts';
import type { DetectedApp } from '../detect/types.ts';
import { mapValues } from '../map.ts';
import { appName, folder } from '../names.ts';
import type { StackDefinition, Values } from '../stacks/definition.ts';
import { isStackName, type StackName, stackNames, stacks } from '../stacks/index.ts';
import { freePort, newApps } from './apps.ts';
import { valueAt } from './differences.ts';
import type { AddWords, Present, Wish } from './types.ts';

/** Words for apps that name their framework, too. */
const frameworks: Readonly<Record<string, StackName>> = { django: 'python', flask: 'python' };

export const appWords = ['app', ...stackNames, ...Object.keys(frameworks)] as const;

/** @throws UserError `usage` where no such app is there, or it is not clear which one is meant */
export function wishForApp(present: Present, words: AddWords): Wish {
  const { block, name: given } = words;
  if (given !== undefined) refuseBadName(given);
  if (given !== undefined && Object.hasOwn(present.answers.apps, given)) return existing(present, given, block);
  const framework = Object.hasOwn(frameworks, block) ? block : undefined;
  const stack = frameworks[block] ?? (isStackName(block) ? block : undefined);
  const candidates = newApps(present).filter(
    (one) =>
      (stack === undefined || one.stack === stack) && (framework === undefined || frameworkOf(one) === framework),
  );
  const said = given === undefined ? {} : chosenFor(present, given);
  const path = typeof said['path'] === 'string' ? said['path'] : undefined;
  const found =
    path === undefined
      ? given === undefined
        ? onlyOne(candidates)
        : candidates.find((one) => one.name === given || one.path === given)
      : candidates.find((one) => one.path === path);
  if (found) return detected(present, given ?? found.name, found);
  if (given === undefined) throw nothingFound(present, block);
  const wanted = said['stack'] ?? stack;
  return starter(present, given, {
    stack: isStackName(wanted) ? wanted : undefined,
    path: path ?? given,
    framework: framework ?? said['framework'],
  });
}

function existing({ answers }: Present, name: string, block: string): Wish {
  const stack = answers.apps[name]?.stack;
  const wanted = frameworks[block] ?? block;
  if (isStackName(wanted) && wanted !== stack)
    throw new UserError('usage', `There is an app ${name} already, with the stack ${stack}.`, {
      hint: `Another name: create-prodstack add ${block} NAME`,
    });
  return { title: `the app ${name}`, places: [['apps', name]], patch: {} };
}

function detected(present: Present, name: string, { stack, path }: DetectedApp): Wish {
  const patch = { apps: { ...unnamed(present), [name]: { stack, path } } };
  return { title: `the app ${name}`, places: [['apps', name]], patch };
}

/** Apps that no answer names are those that are found: once one is named, the others have to be, too. */
function unnamed({ sources: { file }, answers }: Present): Values {
  const said = valueAt(file, ['apps']);
  const isNamed = isData(said) && Object.values(said).some((app) => isData(app) && 'stack' in app);
  return isNamed
    ? {}
    : mapValues(answers.apps, (app) => (isData(app) ? { stack: app['stack'], path: app['path'] } : app));
}

/** An app that is made. The folder is looked at where its answers are completed: it has to be empty. */
function starter(
  present: Present,
  name: string,
  app: { readonly stack: StackName | undefined; readonly path: string; readonly framework: unknown },
): Wish {
  const { stack, path, framework } = app;
  const wrong = v.safeParse(folder, path);
  if (!wrong.success)
    throw new UserError('usage', `${JSON.stringify(path)} cannot be the folder of an app: ${wrong.issues[0].message}.`);
  if (stack === undefined) {
    const there = present.sources.isVacant(path)
      ? `${path} is empty: a starter is made there`
      : `No app was found in ${path}`;
    throw new UserError('usage', `${there}. Which stack is ${name}?`, {
      hint: `Say it: create-prodstack add ${stackNames.join('|')} ${name}${path === name ? '' : ` --set apps.${name}.path=${path}`}`,
    });
  }
  const definition: StackDefinition = stacks[stack];
  const chosen = chosenFor(present, name);
  const isDescribed = definition.describedBy.some((key) => key in chosen);
  const made = definition.starters.find(({ answers }) => framework === undefined || answers['framework'] === framework);
  const usual = made?.answers['port'];
  const port = typeof usual === 'number' ? freePort(present, usual) : usual;
  return {
    title: `the app ${name}`,
    places: [['apps', name]],
    patch: {
      apps: {
        ...unnamed(present),
        [name]: {
          stack,
          path,
          ...(framework !== undefined && { framework }),
          ...(!isDescribed && port !== usual && { port }),
        },
      },
    },
    // Somebody who says how it is started has it.
    ...(!isDescribed && { starting: name }),
  };
}

/** What `--set` and `--config` say about an app. */
function chosenFor({ sources }: Present, name: string): Readonly<Record<string, unknown>> {
  return Object.assign({}, ...sources.chosen.map((one) => valueAt(one, ['apps', name])));
}

function frameworkOf({ found }: DetectedApp): unknown {
  return 'framework' in found ? found.framework?.value : undefined;
}

function refuseBadName(name: string): void {
  const result = v.safeParse(appName, name);
  if (!result.success)
    throw new UserError('usage', `${JSON.stringify(name)} cannot be the name of an app: ${result.issues[0].message}.`);
}

function onlyOne(candidates: readonly DetectedApp[]): DetectedApp | undefined {
  if (candidates.length < 2) return candidates[0];
  throw new UserError('usage', `Which one? ${candidates.length} apps were found that the stack does not have.`, {
    hint: candidates.map(({ name, path }) => `create-prodstack add app ${name} (in ${path})`).join(', '),
  });
}

function nothingFound({ answers }: Present, block: string): UserError {
  const stack = block === 'app' ? 'node' : block;
  return new UserError(
    'usage',
    `No ${block === 'app' ? 'app' : `${block} app`} was found here that the stack does not have.`,
    {
      hint: `It has ${Object.keys(answers.apps).join(', ')}. A new one in an empty folder: create-prodstack add ${stack} NAME`,
    },
  );
}
