/** The questions, in their order. */
import type { Draft, Sources } from './complete/types.ts';
import { complete } from './complete.ts';
import { merge } from './map.ts';
import { projectName } from './names.ts';
import { askApp, askStarter, namedApps } from './questions/apps.ts';
import { askBackup } from './questions/backup.ts';
import { askEdge } from './questions/edge.ts';
import { askBroker, askMail, askPostgres, askRedis, askSeparate, askStorage } from './questions/externals.ts';
import { askHosts } from './questions/hosts.ts';
import { type Ui, validator } from './questions/ui.ts';

/**
 * Asks for what the sources leave open, and offers what was detected for correction.
 * @returns answers to lay over the others; nothing is decided or written here
 */
export async function askAnswers(ui: Ui, sources: Sources): Promise<unknown> {
  let chosen: unknown = {};
  const say = (more: unknown): void => {
    chosen = merge(chosen, more);
  };
  const draft = (): Draft => complete({ ...sources, chosen: [...sources.chosen, chosen] });

  if (namedApps(draft()).length === 0) say({ apps: { app: await askStarter(ui) } });
  say({ name: await askName(ui, draft()) });
  for (const [name, stack] of namedApps(draft())) say({ apps: { [name]: await askApp(ui, name, stack, draft()) } });
  say(await askPostgres(ui, draft()));
  say(await askSeparate(ui, draft()));
  say(await askRedis(ui, draft()));
  say(await askBroker(ui, sources, draft()));
  say(await askStorage(ui, sources, draft()));
  say(await askMail(ui, sources, draft()));
  say(await askBackup(ui, draft()));
  say(await askEdge(ui, draft()));
  say(await askHosts(ui, draft()));
  return chosen;
}

function askName(ui: Ui, draft: Draft): Promise<string> {
  return ui.input({
    message: 'Name of the stack',
    default: String(draft.answers['name']),
    validate: validator(projectName),
  });
}
