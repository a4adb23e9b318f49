/** Volumes of before: no data is ever removed, and none is lost sight of. */
import type { Names } from '../../compose/rename.ts';
import { readYaml } from '../../compose/yaml.ts';
import { isData, mapOf } from '../../data.ts';
import { shellWords } from '../shell.ts';

/** The project of a compose file of ours, and the volumes that it declares: what Docker calls them, by their keys. */
function volumesOf(text: string): { readonly project: string; readonly volumes: ReadonlyMap<string, string> } {
  const data = readYaml(text, 'the compose file');
  const [project, volumes] = isData(data) ? [String(data['name']), data['volumes']] : ['', {}];
  const names = new Map(
    Object.entries(mapOf(volumes)).map(([key, volume]) => {
      const name = isData(volume) && typeof volume['name'] === 'string' ? volume['name'] : `${project}_${key}`;
      return [key, name.replace(/\$\{COMPOSE_PROJECT_NAME[^}]*\}/g, project)];
    }),
  );
  return { project, volumes: names };
}

/**
 * Stops what runs of a project, or one service of it, under the names of before: Compose knows only those that its files
 * have now.
 */
export function stopCommand(project: string, service?: string): string {
  const labels = { project, ...(service !== undefined && { service }) };
  const filters = Object.entries(labels).flatMap(([key, value]) => [
    '--filter',
    `label=com.docker.compose.${key}=${value}`,
  ]);
  return `${shellWords(['docker', 'ps', '--quiet', ...filters])} | xargs -r docker stop`;
}

/** What a person should know of volumes that the stack had and has no longer, with the commands. */
export function volumeNotes(before: string, now: string, apps: Names): readonly string[] {
  const { project, volumes: was } = volumesOf(before);
  const { volumes: is } = volumesOf(now);
  return [...was].flatMap(([key, name]) => {
    const app = [...apps].find(([from]) => key.startsWith(`${from}-`));
    const moved = is.get(key) ?? (app && is.get(app[1] + key.slice(app[0].length)));
    if (moved === name) return [];
    if (moved === undefined)
      return [
        `The volume ${name} is no longer part of the stack, and its data stays. Look into it before you remove it: docker volume rm ${shellWords([name])}`,
      ];
    const copy = shellWords(['docker', 'run', '--rm', '--volume', `${name}:/from:ro`, '--volume', `${moved}:/to`]);
    return [
      `Data is on the volume ${name}, and the stack looks for it on ${moved} now: before the next start, ${stopCommand(project)}, then docker volume create ${shellWords([moved])} && ${copy} busybox cp -a /from/. /to/`,
    ];
  });
}
