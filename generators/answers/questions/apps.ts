/** What is asked about apps. */
import type * as v from 'valibot';
import { isData, mapOf } from '../../data.ts';
import type { Detection, Draft } from '../complete/types.ts';
import { evidenceText } from '../detect/findings.ts';
import type { StackDefinition } from '../stacks/definition.ts';
import { isStackName, type StackName, stackNames, stacks } from '../stacks/index.ts';
import { typed, type Ui, validator } from './ui.ts';

export function namedApps(draft: Draft): readonly (readonly [string, StackName])[] {
  const apps = draft.answers['apps'];
  if (!isData(apps)) return [];
  return Object.entries(apps).flatMap(([name, app]) => {
    const stack = isData(app) ? app['stack'] : undefined;
    return isStackName(stack) ? [[name, stack] as const] : [];
  });
}

export function askStarter(ui: Ui): Promise<Readonly<Record<string, unknown>>> {
  return ui.select<Readonly<Record<string, unknown>>>({
    message: 'No app was found here. Which starter do you want?',
    choices: stackNames.flatMap((stack) => {
      const { starters }: StackDefinition = stacks[stack];
      return starters.map(({ title, answers }) => ({
        name: title,
        value: { stack, ...(starters.length > 1 && { framework: answers['framework'] }) },
      }));
    }),
  });
}

/** Confirms what was detected in one question, and asks one by one only for the rest. */
export async function askApp(ui: Ui, name: string, stack: StackName, draft: Draft): Promise<unknown> {
  if (draft.starters.some((one) => one.app === name)) return {};
  const { askable, has = () => true }: StackDefinition = stacks[stack];
  const at = `apps.${name}.`;
  const detected = draft.detections.filter((one) => one.path.startsWith(at) && one.path.slice(at.length) in askable);
  const values = appValues(draft, name);
  const asked = Object.keys(askable).filter((key) => has(key, values));
  let wanted = asked.filter(
    (key) => values[key] === undefined || draft.assumptions.some((one) => one.path === at + key),
  );
  if (detected.length > 0) {
    ui.say(`\n${name}: found in ${String(values['path'])}\n${detected.map((one) => detectionLine(one, at)).join('')}`);
    const right = await ui.confirm({ message: `Is that right for ${name}?`, default: true });
    if (!right) wanted = asked;
  }
  const answers: Record<string, unknown> = {};
  for (const key of wanted)
    answers[key] = await askKey(
      ui,
      stack,
      key,
      values[key],
      detected.find((one) => one.path === at + key),
    );
  return answers;
}

function detectionLine({ path, value, evidence }: Detection, at: string): string {
  return `  ${path.slice(at.length)}: ${value}, ${evidenceText(evidence)}\n`;
}

export function appValues(draft: Draft, name: string): Readonly<Record<string, unknown>> {
  const apps = draft.answers['apps'];
  const app = isData(apps) ? apps[name] : undefined;
  return mapOf(app);
}

async function askKey(
  ui: Ui,
  stack: StackName,
  key: string,
  value: unknown,
  detected: Detection | undefined,
): Promise<unknown> {
  const schema = (stacks[stack].schema.entries as Readonly<Record<string, v.GenericSchema>>)[key];
  if (!schema) return value;
  const message = `${(stacks[stack].askable as Readonly<Record<string, string>>)[key]}${detected ? ` (${detected.value}, ${evidenceText(detected.evidence)})` : ''}`;
  const options = optionsOf(schema);
  if (options)
    return ui.select({
      message,
      choices: options.map((option) => ({ name: String(option), value: option })),
      default: value as never,
    });
  const text = await ui.input({
    message,
    ...(value !== undefined && { default: String(value) }),
    validate: validator(schema),
  });
  return typed(text);
}

/** The values of a picklist, also inside a pipe. */
function optionsOf(schema: v.GenericSchema): readonly unknown[] | undefined {
  return 'options' in schema && schema.type === 'picklist' && Array.isArray(schema.options)
    ? schema.options
    : undefined;
}
