import type { ComposeModel, ComposeService } from '../../compose/model.ts';
import { sizeInBytes, sizeText } from '../sizes.ts';
import { dockerDocs } from '../sources.ts';
import type { Rule, Violation } from '../types.ts';
import { isLongRunning } from '../view.ts';

export const limitsFitHost: Rule = {
  id: 'limits-fit-host',
  severity: 'error',
  title: 'The limits of all services together fit the host that a compose file names',
  why: 'A limit that the host does not have protects nobody: when all services are at work, the kernel kills whatever it likes, often the database.',
  fix: 'Lower the limits or take a larger host; `x-host: {memory: 4G, cpus: "2"}` in the overlay says what it has.',
  source: dockerDocs('engine/containers/resource_constraints/'),
  check: (project) =>
    project.combinations
      .filter(({ purpose }) => purpose === 'production')
      .flatMap((combination): readonly Violation[] => {
        const { model, name, files } = combination;
        const running = Object.entries(model.services)
          .filter(([service, one]) => isLongRunning({ project, combination, model, name: service, service: one }))
          .map(([, service]) => service);
        const file = files.at(-1);
        return tooMuch(model, running).map((message) => ({
          message,
          combination: name,
          ...(file !== undefined && { file }),
        }));
      }),
};

function tooMuch(model: ComposeModel, services: readonly ComposeService[]): readonly string[] {
  const host = model['x-host'];
  const sum = (of: (service: ComposeService) => number): number =>
    services.reduce((all, one) => all + of(one) * (one.scale ?? one.deploy?.replicas ?? 1), 0);
  const memory = sum(({ deploy, mem_limit }) => sizeInBytes(deploy?.resources?.limits?.memory ?? mem_limit));
  const cpus = sum(({ deploy, cpus: old }) => Number(deploy?.resources?.limits?.cpus ?? old ?? 0));
  const hasMemory = sizeInBytes(host?.memory);
  const hasCpus = Number(host?.cpus ?? 0);
  return [
    ...(hasMemory > 0 && memory > hasMemory
      ? [`the memory limits add up to ${sizeText(memory)}, and the host has ${sizeText(hasMemory)}`]
      : []),
    // The sum of decimal fractions is not exact.
    ...(hasCpus > 0 && cpus > hasCpus + 1e-6
      ? [`the CPU limits add up to ${Number(cpus.toFixed(2))}, and the host has ${hasCpus}`]
      : []),
  ];
}
