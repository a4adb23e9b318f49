/** The edge: hosts that lead to something, each place to one thing only. */
import type { Problem } from '../../errors.ts';
import { edgeOf, listeners, placesOf } from '../public.ts';
import type { Answers } from '../schema.ts';

export function edges(answers: Answers): readonly Problem[] {
  const edge = edgeOf(answers);
  if (!edge) return [];
  const known = listeners(answers).map(({ service }) => service);
  const problems: Problem[] = [];
  const taken = new Map<string, string>();
  for (const name of Object.keys(edge.answers.hostnames)) {
    const path = `edge.${edge.kind}.hostnames.${name}`;
    if (!known.includes(name))
      problems.push({ path, message: `is no app that listens on a port: there are ${known.join(', ')}` });
    for (const place of placesOf(answers, name)) {
      const text = `${place.host}${place.path === '/' ? '' : place.path}`;
      const other = taken.get(text);
      if (other !== undefined) problems.push({ path, value: text, message: `leads to ${other} already` });
      taken.set(text, name);
    }
  }
  const hosts = new Set([...taken.keys()].map((text) => text.split('/')[0]));
  for (const [from, to] of Object.entries(edge.answers.redirects ?? {})) {
    const path = `edge.${edge.kind}.redirects.${from}`;
    if (hosts.has(from))
      problems.push({ path, value: to, message: 'leads to an app already, and cannot lead elsewhere' });
  }
  return problems;
}
