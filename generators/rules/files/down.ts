import { composeEntries } from '../compose-text.ts';
import { type Command, commands, programName } from '../shell.ts';
import { composeSpec, dockerDocs } from '../sources.ts';
import type { Project, Rule, RuleText, TextFile } from '../types.ts';

export const scriptDownProfiles = downRule({
  id: 'script-down-profiles',
  severity: 'warning',
  title: 'A script that takes the stack down takes down every profile',
  why: '`docker compose down` leaves the containers of profiles that are not active running, with their ports and networks.',
  fix: "Write `docker compose --profile '*' down`, or set COMPOSE_PROFILES in the script.",
  source: composeSpec('15-profiles.md'),
  check: ({ words }, { text }, project) =>
    hasProfiles(project) && !words.some((word) => word.startsWith('--profile')) && !text.includes('COMPOSE_PROFILES')
      ? '`docker compose down` leaves profiles running'
      : undefined,
});

export const scriptDownVolumes = downRule({
  id: 'script-down-volumes',
  severity: 'error',
  title: 'No script removes the volumes of the stack',
  why: '`down -v` deletes the data of every volume that is not external: one wrong call, and the database is gone.',
  fix: 'Remove `-v`; a script that cleans up after a test names a project of its own with `--project-name`.',
  source: dockerDocs('reference/cli/docker/compose/down/'),
  check: ({ words }, { text }) => {
    const isOwnProject = words.some((word) => /^(?:-p|--project-name)(?:=|$)/.test(word));
    const deletes = words.some((word) => /^(?:-[a-z]*v[a-z]*|--volumes)$/.test(word));
    return deletes && !isOwnProject && !text.includes('COMPOSE_PROJECT_NAME=') ? 'removes the volumes' : undefined;
  },
});

/** A rule for every `docker compose ... down` of a script. */
function downRule({
  check,
  ...text
}: RuleText & {
  readonly check: (command: Command, script: TextFile, project: Project) => string | undefined;
}): Rule {
  return {
    ...text,
    check: (project) =>
      project.scripts.flatMap((script) =>
        script.text.split('\n').flatMap((line, index) =>
          commands(line)
            .filter(isDown)
            .flatMap((command) => {
              const message = check(command, script, project);
              return message === undefined ? [] : [{ file: script.path, line: index + 1, message }];
            }),
        ),
      ),
  };
}

function isDown({ words: [program = '', ...rest] }: Command): boolean {
  const name = programName(program);
  return rest.includes('down') && (name === 'docker-compose' || (name === 'docker' && rest[0] === 'compose'));
}

function hasProfiles({ composeFiles }: Project): boolean {
  return composeFiles.some((file) =>
    composeEntries(file).some(({ path }) => path[0] === 'services' && path[2] === 'profiles'),
  );
}
