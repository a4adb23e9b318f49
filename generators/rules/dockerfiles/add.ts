import { dockerfileRule, everyInstruction } from '../dockerfile-rule.ts';
import { dockerDocs } from '../sources.ts';

export const noAddForCopy = dockerfileRule({
  id: 'no-add-for-copy',
  severity: 'info',
  title: 'Files are copied with COPY',
  why: 'ADD unpacks archives and fetches URLs, which surprises where a plain copy is meant.',
  fix: 'Write COPY; keep ADD for archives, URLs and git repositories.',
  source: dockerDocs('build/building/best-practices/#add-or-copy'),
  check: ({ dockerfile }) =>
    [...everyInstruction(dockerfile)]
      .map(([, instruction]) => instruction)
      .filter(({ keyword, text, exec }) => {
        const sources = (exec ?? text.split(/\s+/)).slice(0, -1);
        return keyword === 'ADD' && !text.startsWith('<<') && !sources.some(needsAdd);
      })
      .map(({ line }) => ({ line, message: 'ADD where COPY does' })),
});

function needsAdd(source: string): boolean {
  return /^(?:https?:|git@|git:|ssh:)|\.git(?:#|$)|\.(?:tar|tgz|tbz2?|txz|tar\.\w+)$|\$/.test(source);
}
