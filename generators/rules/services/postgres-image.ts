import { clean } from '../../paths.ts';
import { baseReference, factsOf } from '../builds.ts';
import { parseImage } from '../image.ts';
import { postgresMajor } from '../image-facts.ts';
import { saysMount } from '../items.ts';
import { github } from '../sources.ts';
import { type ServiceView, serviceRule } from '../view.ts';

export const postgresMountPath = serviceRule({
  id: 'postgres-mount-path',
  severity: 'error',
  title: 'The volume of PostgreSQL is where its version keeps the data',
  why: 'From 18 on the image keeps its data in /var/lib/postgresql/18/docker; a volume at the old place stays empty, or makes the image refuse to start. Up to 17, a volume at the parent folder does not hold the data: it is lost with the container.',
  fix: 'Mount at /var/lib/postgresql from 18 on, at /var/lib/postgresql/data up to 17.',
  source: github('docker-library/docs/blob/master/postgres/content.md#pgdata'),
  scope: 'every',
  of: (view) => factsOf(view.project, view.service)?.family === 'postgres',
  at: ['volumes'],
  check: (view) => {
    const major = majorOf(view);
    const { environment, volumes = [] } = view.service;
    // Whoever sets PGDATA has moved the data.
    if (major === undefined || environment?.['PGDATA']) return undefined;
    const right = major >= 18 ? '/var/lib/postgresql' : '/var/lib/postgresql/data';
    return volumes
      .map(({ target }) => clean(target))
      .filter((target) => /^\/var\/lib\/postgresql(?:\/(?:data|\d+\/docker))?$/.test(target) && target !== right)
      .map((target) => ({
        message: `PostgreSQL ${major} keeps its data in ${right}, and ${target} is mounted`,
        item: saysMount({ target }),
      }));
  },
});

export const postgresOsPinned = serviceRule({
  id: 'postgres-os-pinned',
  severity: 'warning',
  title: 'The tag of PostgreSQL names the system below it',
  why: 'postgres:17 moved from Debian bookworm to trixie one day; the new glibc sorts differently, and indexes on text were silently wrong.',
  fix: 'Write `postgres:18.6-trixie`, `-bookworm` or `-alpine3.22`, and change it only together with a REINDEX.',
  source: github('docker-library/postgres/issues/1356'),
  scope: 'deployed',
  at: ['image'],
  check: (view) => {
    const reference = view.service.build ? undefined : view.service.image;
    const image = reference === undefined ? undefined : parseImage(reference);
    if (image?.repository !== 'postgres' || image.digest !== undefined) return undefined;
    return /-(?:alpine\d|bullseye|bookworm|trixie|forky)/.test(image.tag ?? '')
      ? undefined
      : `${reference} can change its system with any pull`;
  },
});

function majorOf({ project, service }: ServiceView): number | undefined {
  const reference = baseReference(project, service);
  const image = reference === undefined ? undefined : parseImage(reference);
  return image && postgresMajor(image);
}
