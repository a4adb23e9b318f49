import { baseReference } from '../builds.ts';
import { baseImageOf } from '../dockerfile.ts';
import { dockerfileViews, everyInstruction } from '../dockerfile-rule.ts';
import { parseImage } from '../image.ts';
import { imageFacts } from '../image-facts.ts';
import { type Probe, probeOf, probeOfDockerfile } from '../probe.ts';
import { programName } from '../shell.ts';
import { github } from '../sources.ts';
import type { Rule } from '../types.ts';
import { services, violation } from '../view.ts';

export const healthcheckLoopback: Rule = {
  id: 'healthcheck-loopback',
  severity: 'warning',
  title: 'Health checks ask 127.0.0.1, not localhost',
  why: 'In a container localhost is ::1 first; the wget of busybox does not try 127.0.0.1 after it, so a service that listens on IPv4 is unhealthy for ever while it serves. 0.0.0.0 is an address to listen on, not to ask.',
  fix: 'Write 127.0.0.1.',
  source: github('strausmann/mcp-dockhand/issues/92'),
  check: (project) => [
    ...[...services(project, 'every')].flatMap((view) => {
      const host = wrongHost(probeOf(view.service.healthcheck), baseReference(project, view.service));
      return host ? [violation(view, ['healthcheck', 'test'], `the health check asks ${host}`)] : [];
    }),
    ...dockerfileViews(project).flatMap(({ file, dockerfile }) =>
      [...everyInstruction(dockerfile)].flatMap(([stage, { keyword, text, line }]) => {
        const base = baseImageOf(dockerfile, stage);
        const host = keyword === 'HEALTHCHECK' ? wrongHost(probeOfDockerfile(text), base) : undefined;
        return host ? [{ file: file.path, line, message: `the health check asks ${host}` }] : [];
      }),
    ),
  ],
};

/** What busybox has of the programs that probe: they give up after the first address, and all others try every one. */
const triesOne: ReadonlySet<string> = new Set(['wget', 'nc']);

function hasBusybox(image: string | undefined): boolean {
  const { repository = '', tag = '' } = parseImage(image ?? '') ?? {};
  return (
    /^(?:alpine|busybox)$/.test(repository) || tag.includes('alpine') || imageFacts(image)?.lacks.join() === 'curl'
  );
}

function wrongHost(probe: Probe | undefined, image: string | undefined): string | undefined {
  // A Host header says which site is meant, not where it is.
  const text = probe?.text.replaceAll(/\bHost['"]?\s*:\s*['"]?[\w.:-]+/gi, '');
  const host = /(?<![\w.-])(localhost|0\.0\.0\.0|\[::1\])(?![\w.-])/.exec(text ?? '')?.[1];
  const isTried = hasBusybox(image) && probe?.commands.some(({ words }) => triesOne.has(programName(words[0] ?? '')));
  return host === 'localhost' && !isTried ? undefined : host;
}
