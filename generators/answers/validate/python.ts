import type { Problem } from '../../errors.ts';
import type { Answers } from '../schema.ts';
import { hasPort } from '../stacks/common.ts';

/** What a Python app needs in order to be started, by its framework. */
export function pythonParts(answers: Answers): readonly Problem[] {
  return Object.entries(answers.apps).flatMap(([name, app]) => {
    if (app.stack !== 'python') return [];
    const at = `apps.${name}`;
    const missing: Problem[] = [];
    if (app.framework === 'none') {
      if (app.start === undefined)
        missing.push({ path: `${at}.start`, message: 'is missing: the command that runs it, such as python -m bot' });
      return missing;
    }
    const example = app.framework === 'django' ? 'shop.wsgi:application' : 'shop:app or shop:create_app()';
    if (app.app === undefined)
      missing.push({ path: `${at}.app`, message: `is missing: where the application is, such as ${example}` });
    if (!hasPort(app))
      missing.push({
        path: `${at}.port`,
        value: String(app.port),
        message: `must be a number: ${app.framework} listens on it`,
      });
    if (app.app?.endsWith('()') && app.server === 'daphne')
      missing.push({ path: `${at}.app`, value: app.app, message: 'must be an object: daphne calls no factory' });
    return missing;
  });
}
