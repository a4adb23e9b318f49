import { buildOf, factsOf } from '../builds.ts';
import type { Instruction } from '../dockerfile.ts';
import { probeOf } from '../probe.ts';
import { programName } from '../shell.ts';
import { dockerDocs } from '../sources.ts';
import { type ServiceView, serviceRule } from '../view.ts';

export const healthcheckTool = serviceRule({
  id: 'healthcheck-tool',
  severity: 'error',
  title: 'Health checks run a program that the image has',
  why: 'Slim images have no curl, wget or nc, and distroless ones no shell: the check fails for ever, and everything that waits for it.',
  fix: 'Use what the image is made of: `node -e "fetch(...)"`, `python -c "import urllib.request ..."`, `pg_isready`, `redis-cli`, `cloudflared tunnel ready`, `loki -health`.',
  source: dockerDocs('reference/dockerfile/#healthcheck'),
  scope: 'every',
  at: ['healthcheck', 'test'],
  check: (view) => {
    const probe = probeOf(view.service.healthcheck);
    const facts = factsOf(view.project, view.service);
    if (!probe || !facts) return undefined;
    const what = view.service.build ? 'what the image is built on' : view.service.image;
    if (facts.noShell && probe.needsShell && !adds(view, 'sh')) return `${what} has no shell for CMD-SHELL`;
    const programs = new Set(probe.commands.map((command) => programName(command.words[0] ?? '')));
    return facts.lacks
      .filter((tool) => programs.has(tool) && !adds(view, tool))
      .map((tool) => `${what} has no ${tool}`);
  },
});

/** Whether the Dockerfile may put a program into the image: any mention of it outside of what is run later counts. */
function adds({ project, service }: ServiceView, tool: string): boolean {
  const mention = new RegExp(`(?<![\\w-])${tool}(?![\\w-])`);
  return (buildOf(project, service)?.instructions ?? []).some(
    (one) => installs(one) && [one.text, ...one.heredocs].some((text) => mention.test(text)),
  );
}

function installs({ keyword }: Instruction): boolean {
  return keyword === 'RUN' || keyword === 'COPY' || keyword === 'ADD';
}
