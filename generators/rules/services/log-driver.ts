import { factsOf } from '../builds.ts';
import { serviceRule } from '../view.ts';

export const noLokiDriver = serviceRule({
  id: 'no-loki-driver',
  severity: 'error',
  title: 'No service logs straight to a Loki of its own stack',
  why: 'While Loki is not there the driver keeps the engine waiting: `docker compose down`, which stops Loki too, hangs, and so does the engine.',
  fix: 'Log to json-file with rotation, and let Grafana Alloy read the logs (loki.source.docker).',
  source: 'https://grafana.com/docs/loki/latest/send-data/docker-driver/#known-issue-deadlocked-docker-daemon',
  scope: 'deployed',
  of: ({ project, model }) => Object.values(model.services).some((one) => factsOf(project, one)?.family === 'loki'),
  at: ['logging'],
  check: ({ service }) =>
    /^(?:grafana\/loki-docker-driver|loki)\b/.test(service.logging?.driver ?? '')
      ? `logs with the driver ${service.logging?.driver}`
      : undefined,
});
