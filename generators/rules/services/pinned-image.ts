import { floating } from '../floating.ts';
import { dockerDocs } from '../sources.ts';
import { serviceRule } from '../view.ts';

export const noLatestImage = serviceRule({
  id: 'no-latest-image',
  severity: 'warning',
  title: 'Every image that is pulled has a tag that names a version',
  why: 'Without a tag, or with latest, two hosts run different programs, a pull can bring a new major version, and there is nothing to roll back to.',
  fix: 'Write the version, and for databases the system too: `postgres:18.6-trixie`. A digest behind the tag is even better.',
  source: dockerDocs('build/building/best-practices/#pin-base-image-versions'),
  scope: 'deployed',
  // An image that is built here is pulled from nowhere, whichever of its services builds it.
  of: ({ model, service }) =>
    !Object.values(model.services).some((one) => one.build && (one === service || one.image === service.image)),
  at: ['image'],
  check: ({ service }) => floating(service.image),
});
