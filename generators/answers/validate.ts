import * as v from 'valibot';
import type { Problem } from '../errors.ts';
import { UserError } from '../errors.ts';
import { type Answers, answers as answersSchema } from './schema.ts';
import { authorities } from './validate/authorities.ts';
import { backups } from './validate/backup.ts';
import { tunnels } from './validate/cloudflare.ts';
import { commands } from './validate/commands.ts';
import { connected } from './validate/connections.ts';
import { edges } from './validate/edge.ts';
import { problemOf } from './validate/issues.ts';
import { mqttAccess } from './validate/mqtt.ts';
import { secretNames, serviceNames } from './validate/names.ts';
import { places } from './validate/places.ts';
import { postgresParts } from './validate/postgres.ts';
import { pythonParts } from './validate/python.ts';
import { redisVersion } from './validate/redis.ts';
import { bucketNames, settingNames } from './validate/settings.ts';
import { tailnetNames } from './validate/tailnet.ts';
import { placesToRun } from './validate/targets.ts';

/**
 * Unknown data as complete answers.
 * @param share whether apps may have ports and folders in common: in a compose file of somebody else's they may
 * @throws UserError `answers` with every problem at once, each with its path, value and what is allowed
 */
export function validate(input: unknown, { share = false }: { readonly share?: boolean } = {}): Answers {
  const result = v.safeParse(answersSchema, input);
  if (!result.success) throw wrongAnswers(unique(result.issues.map((issue) => problemOf(issue, input))));
  const problems = [...(share ? [] : places(result.output)), ...acrossFields(result.output)];
  if (problems.length > 0) throw wrongAnswers(problems);
  return result.output;
}

/** The error for wrong or missing answers. */
export function wrongAnswers(problems: readonly Problem[]): UserError {
  const count = problems.length === 1 ? 'One answer is' : `${problems.length} answers are`;
  return new UserError('answers', `${count} wrong or missing.`, {
    problems,
    hint: 'Correct them in prodstack.yaml, or give them on the command line: --set KEY=VALUE. All answers: create-prodstack list answers',
  });
}

/** What no single field can know. */
function acrossFields(answers: Answers): readonly Problem[] {
  return [
    ...commands(answers),
    ...connected(answers),
    ...secretNames(answers),
    ...settingNames(answers),
    ...bucketNames(answers),
    ...serviceNames(answers),
    ...pythonParts(answers),
    ...postgresParts(answers),
    ...authorities(answers),
    ...redisVersion(answers),
    ...mqttAccess(answers),
    ...placesToRun(answers),
    ...backups(answers),
    ...edges(answers),
    ...tailnetNames(answers),
    ...tunnels(answers),
  ];
}

function unique(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const key = `${problem.path}\n${problem.message}`;
    return !seen.has(key) && seen.add(key);
  });
}
