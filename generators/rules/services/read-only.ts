import { composeSpec, github } from '../sources.ts';
import { isLongRunning, type ServiceView, serviceRule } from '../view.ts';

export const readOnlyRoot = serviceRule({
  id: 'read-only-root',
  severity: 'info',
  title: 'The root file system of every long-running service is read-only',
  why: 'What cannot be written cannot be changed by an intruder, and cannot be lost with the container.',
  fix: 'Set `read_only: true`, and tmpfs or a volume for what the program writes, such as /tmp.',
  source: composeSpec('05-services.md#read_only'),
  scope: 'production',
  // Where secrets are copied in, it cannot be.
  of: (view) => isLongRunning(view) && copiedIn(view).length === 0,
  at: ['read_only'],
  check: ({ service }) => (service.read_only ? undefined : 'its root file system is writable'),
});

export const readOnlyFileSecrets = serviceRule({
  id: 'read-only-file-secrets',
  severity: 'error',
  title: 'A read-only service has its secrets and configs from files',
  why: 'Compose mounts files, but copies values of the environment and inline content into the container, and refuses to do so when it is read-only: it does not start.',
  fix: 'Use `file:` for the secret or config.',
  source: github('docker/compose/blob/main/pkg/compose/secrets.go'),
  scope: 'every',
  of: ({ service }) => service.read_only === true,
  at: ['read_only'],
  check: (view) => copiedIn(view).map((what) => `${what} cannot be copied into a read-only container`),
});

/** The secrets and configs that Compose copies into the container instead of mounting them. */
function copiedIn({ model, service }: ServiceView): readonly string[] {
  const copied = (kind: 'secrets' | 'configs'): readonly string[] =>
    (service[kind] ?? []).flatMap(({ source = '' }) => {
      const from = model[kind]?.[source];
      const isCopied = from?.environment !== undefined || from?.content !== undefined;
      return isCopied ? [`${kind.slice(0, -1)} ${source}`] : [];
    });
  return [...copied('secrets'), ...copied('configs')];
}
