/** Who may have the Docker socket: a proxy that lets through the few calls that are needed. */
import type { ComposeMount } from '../compose/model.ts';
import { factsOf } from './builds.ts';
import { mountedTexts } from './mounted.ts';
import type { ServiceView } from './view.ts';

/** An image for the purpose, or an HAProxy whose configuration refuses requests to the socket. */
export function isSocketProxy(view: ServiceView): boolean {
  const family = factsOf(view.project, view.service)?.family;
  if (family !== 'haproxy') return family === 'socket-proxy';
  const texts = mountedTexts(view, '/usr/local/etc/haproxy');
  return texts.some((text) => /^[ \t]*http-request deny\b/m.test(text) && /\bunix@\S*docker\.sock\b/.test(text));
}

/** Whether a service mounts the socket. */
export function mountsDockerSocket(view: ServiceView): boolean {
  return dockerSocketMounts(view).length > 0;
}

export function dockerSocketMounts({ service }: ServiceView): readonly ComposeMount[] {
  return (service.volumes ?? []).filter(({ source }) => /\/docker\.sock$/.test(source ?? ''));
}
