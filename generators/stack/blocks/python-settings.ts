/** What the settings of a Python app read from the environment beside its connections: host names, its settings module. */
import { publicHostsOf } from '../../answers/public.ts';
import type { Answers, FastapiApp, PythonApp } from '../../answers/schema.ts';
import type { EnvVar, Service } from '../types.ts';
import { envPrefix, variable } from '../values.ts';

type App = FastapiApp | PythonApp;

/** The environment of every role beside its connections. */
export function settingsOf(
  name: string,
  app: App,
): { readonly environment: Service['environment']; readonly devEnvironment: Service['devEnvironment'] } {
  const django = app.stack === 'python' ? app : undefined;
  const hosts = hostsOf(app);
  return {
    environment: {
      ...(django?.settings !== undefined && { DJANGO_SETTINGS_MODULE: django.settings }),
      ...(hosts && { [hosts.allowed]: [variable(hostsVariable(name))] }),
      ...(hosts?.origins !== undefined && { [hosts.origins]: [variable(originsVariable(name))] }),
    },
    devEnvironment: {
      ...(django?.devSettings !== undefined && { DJANGO_SETTINGS_MODULE: django.devSettings }),
      ...(django?.debug !== undefined && { [django.debug.variable]: django.debug.value }),
    },
  };
}

/** Where the settings of Django get their host names from; undefined for other frameworks. */
export function hostsOf(app: App): PythonApp['hosts'] {
  return app.stack === 'python' && app.framework === 'django' ? app.hosts : undefined;
}

/** The host names that Django answers to, and the origins that it takes forms from. */
export function hostVariables(answers: Answers, name: string, app: App): readonly EnvVar[] {
  const hosts = hostsOf(app);
  if (!hosts) return [];
  const known = publicHostsOf(answers, name);
  const join = (...words: readonly string[]) => words.join(hosts.separator === 'comma' ? ',' : ' ');
  const between = hosts.separator === 'comma' ? 'commas' : 'blanks';
  return [
    {
      name: hostsVariable(name),
      meaning: `The host names that ${name} answers to, with ${between} between them. ${known.length > 0 ? 'To' : 'Add your domain; to'} all others Django answers "Bad Request (400)". The health check asks for the first one.`,
      kind: 'optional',
      default: join('localhost', '127.0.0.1', name, ...known),
      group: 'Stack',
    },
    ...(hosts.origins === undefined
      ? []
      : [
          {
            name: originsVariable(name),
            meaning: `The origins that ${name} takes forms from behind a proxy, with their scheme and ${between} between them: https://shop.example.com.`,
            kind: 'optional' as const,
            default: join(
              `http://localhost:${app.port}`,
              `http://127.0.0.1:${app.port}`,
              ...known.map((host) => `https://${host}`),
            ),
            group: 'Stack' as const,
          },
        ]),
  ];
}

const hostsVariable = (name: string): string => `${envPrefix(name)}_ALLOWED_HOSTS`;
const originsVariable = (name: string): string => `${envPrefix(name)}_CSRF_TRUSTED_ORIGINS`;
