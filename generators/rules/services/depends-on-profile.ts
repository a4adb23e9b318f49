import { listed } from '../../words.ts';
import { composeSpec } from '../sources.ts';
import { serviceRule } from '../view.ts';

export const dependsOnProfile = serviceRule({
  id: 'depends-on-profile',
  severity: 'error',
  title: 'What a service depends on is started with it',
  why: 'A dependency whose profile is not active is not there for Compose: it refuses to start anything, with "depends on undefined service".',
  fix: 'Give both the same profile, or write `required: false` where the service lives without the other.',
  source: composeSpec('15-profiles.md'),
  scope: 'every',
  at: ['depends_on'],
  check: ({ model, service }) =>
    Object.entries(service.depends_on ?? {}).flatMap(([name, { required }]) => {
      const profiles = model.services[name]?.profiles ?? [];
      const own = service.profiles ?? [];
      const isStarted = profiles.length === 0 || (own.length > 0 && own.every((one) => profiles.includes(one)));
      return required === false || isStarted
        ? []
        : [`depends on ${name}, which only the profile ${listed(profiles, 'or')} starts`];
    }),
});
