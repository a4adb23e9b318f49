import { clean, join } from '../paths.ts';
import { fromProject, within } from './paths.ts';
import type { ServiceView } from './view.ts';

/** Whether a service mounts something at a path, in it or above it: a volume, a file, a config or a secret. */
export function mountsAt(view: ServiceView, path: string): boolean {
  return targetsOf(view).some((target) => within(path, target) || within(target, path));
}

/** The text of what a service mounts at a path or in it, as far as it is at hand: configs and files of the project. */
export function mountedTexts({ project, model, service }: ServiceView, path: string): readonly string[] {
  const configs = (service.configs ?? []).flatMap(({ source = '', target = `/${source}` }) => {
    const { content, file } = model.configs?.[source] ?? {};
    if (!within(path, clean(target))) return [];
    if (content !== undefined) return [content];
    const from = file === undefined ? undefined : fromProject(project.directory, file);
    return (project.mountedFiles ?? []).flatMap((one) => (one.path === from ? [one.text] : []));
  });
  const files = (service.volumes ?? []).flatMap(({ type, source = '', target }) => {
    const at = clean(target);
    if (type !== 'bind' || !(within(path, at) || within(at, path))) return [];
    const from = fromProject(project.directory, source);
    return (project.mountedFiles ?? [])
      .filter((file) => within(from, file.path))
      .filter((file) => within(path, file.path === from ? at : join(at, file.path.slice(from.length + 1))))
      .map(({ text }) => text);
  });
  return [...configs, ...files];
}

function targetsOf({ service }: ServiceView): readonly string[] {
  return [
    ...(service.volumes ?? []).map(({ target }) => clean(target)),
    ...(service.configs ?? []).map(({ source = '', target = `/${source}` }) => clean(target)),
  ];
}
