import type { ComposeService } from '../compose/model.ts';
import { argvOf } from './view.ts';

/** The host of a URL, as written: `redis` of `rediss://:secret@redis:6379/0`. */
export function hostOf(url: string | null | undefined): string | undefined {
  return /^[a-z][a-z\d+.-]*:\/\/(?:[^/?#]*@)?(\[[^\]]*\]|[^/:?#]+)/i.exec(url ?? '')?.[1];
}

/** Whether what a service is told, in its environment or its command, contains a name as a word of its own. */
export function speaksOf(service: ComposeService, name: string): boolean {
  // Neither a part of another name nor the scheme of a URL.
  const word = new RegExp(`(?<![\\w-])${name.replaceAll('.', '\\.')}(?![\\w-]|://)`);
  return [...Object.values(service.environment ?? {}), ...argvOf(service)].some((text) => word.test(text ?? ''));
}
