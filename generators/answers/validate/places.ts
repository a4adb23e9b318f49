import type { Problem } from '../../errors.ts';
import { mqttPort } from '../mqtt.ts';
import type { Answers } from '../schema.ts';
import { hasPort } from '../stacks/common.ts';

/** Ports and folders that two apps would share. */
export function places(answers: Answers): readonly Problem[] {
  const problems: Problem[] = [];
  const ports = new Map<number, string>(answers.mqtt ? [[mqttPort, 'mqtt']] : []);
  const folders = new Map<string, string>();
  for (const [name, app] of Object.entries(answers.apps)) {
    const at = `apps.${name}`;
    const listening = [
      ...(hasPort(app) ? [[`${at}.port`, app.port] as const] : []),
      ...(app.stack === 'laravel' && app.reverb ? [[`${at}.reverb.port`, app.reverb.port] as const] : []),
    ];
    for (const [path, port] of listening) {
      const other = ports.get(port);
      if (other !== undefined) {
        problems.push({
          path,
          value: String(port),
          message: `is the port of ${other} already: each needs its own on the host`,
        });
      }
      ports.set(port, path.replace(/\.port$/, ''));
    }
    // Two apps in one folder would share one Dockerfile.
    const folder = folders.get(app.path);
    if (folder) problems.push({ path: `${at}.path`, value: app.path, message: `is the folder of ${folder} already` });
    folders.set(app.path, at);
    const workspace = 'workspace' in app ? app.workspace : undefined;
    if (workspace && app.path !== workspace.path && !workspace.packages.includes(relative(workspace.path, app.path))) {
      problems.push({
        path: `${at}.workspace.packages`,
        message: `must list the folder of the app itself (${relative(workspace.path, app.path)})`,
      });
    }
  }
  return problems;
}

/** `apps/api` seen from `apps` is `api`; a path that is not below stays as it is. */
function relative(from: string, path: string): string {
  if (from === '.') return path;
  return path.startsWith(`${from}/`) ? path.slice(from.length + 1) : path;
}
