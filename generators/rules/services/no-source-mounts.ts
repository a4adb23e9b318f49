import { nameOf } from '../../paths.ts';
import { saysMount } from '../items.ts';
import { fromProject, within } from '../paths.ts';
import { dockerDocs } from '../sources.ts';
import type { Project } from '../types.ts';
import { serviceRule } from '../view.ts';

/** Folders of sources by convention. Others may hold configuration or data, which may be mounted. */
const sourceFolders = new Set([
  'src',
  'app',
  'lib',
  'pages',
  'components',
  'routes',
  'node_modules',
  'vendor',
  '.venv',
]);

/** Where programs look for configuration and keep data, and nobody for code. */
const noCode = /^\/(?:etc|var\/(?:lib|log|run)|run|tmp|config|data|certs?|ssl|docker-entrypoint[\w.-]*)(?:\/|$)/;

export const noSourceMounts = serviceRule({
  id: 'no-source-mounts',
  severity: 'warning',
  title: 'Production mounts no sources over the image',
  why: 'What runs is then no longer what was built and tested: a git pull on the host changes a running app, and a rollback of the image rolls nothing back.',
  fix: 'Keep source mounts in the development overlay; mount single configuration files, read-only.',
  source: dockerDocs('compose/how-tos/production/'),
  scope: 'production',
  at: ['volumes'],
  check: ({ project, service }) => {
    const contexts = contextsOf(project);
    return (service.volumes ?? [])
      .filter(({ type, target }) => type === 'bind' && !noCode.test(target))
      .map((mount) => ({ source: fromProject(project.directory, mount.source ?? ''), item: saysMount(mount) }))
      .filter(
        ({ source }) =>
          within('.', source) &&
          (contexts.some((context) => within(source, context)) || sourceFolders.has(nameOf(source))),
      )
      .map(({ source, item }) => ({ message: `mounts ${source === '.' ? 'the whole project' : source}`, item }));
  },
});

/** The folders that images are built from, in whatever combination. */
function contextsOf(project: Project): readonly string[] {
  const contexts = project.combinations.flatMap(({ model }) =>
    Object.values(model.services).flatMap(({ build }) =>
      build?.context === undefined ? [] : [fromProject(project.directory, build.context)],
    ),
  );
  return [...new Set(contexts)];
}
