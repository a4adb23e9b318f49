import type { ComposeService } from '../../compose/model.ts';
import { factsOf } from '../builds.ts';
import { hostOf } from '../hosts.ts';
import { mountedTexts } from '../mounted.ts';
import { argvOf, type ServiceView, serviceRule } from '../view.ts';

export const redisQueueKeeps = serviceRule({
  id: 'redis-queue-keeps',
  severity: 'error',
  title: 'A Redis that carries queues evicts nothing',
  why: 'With allkeys-lru and the like Redis throws keys away when its memory is full, queued jobs among them, and nobody is told.',
  fix: 'Set `maxmemory-policy noeviction` there, and keep the cache in another instance.',
  source: 'https://redis.io/docs/latest/develop/reference/eviction/',
  scope: 'production',
  of: (view) => factsOf(view.project, view.service)?.family === 'redis' && carriesQueues(view),
  at: ['command'],
  check: (view) => {
    const policy = policyOf(view);
    return policy === undefined || policy === 'noeviction' ? undefined : `evicts (${policy}) and carries queues`;
  },
});

function policyOf(view: ServiceView): string | undefined {
  const texts = [
    ...argvOf(view.service),
    ...Object.values(view.service.environment ?? {}),
    argvOf(view.service).join(' '),
    ...mountedTexts(view, '/'),
  ];
  return texts.flatMap((text) => /\bmaxmemory-policy[\s"'=]+([a-z]+(?:-[a-z]+)*)/.exec(text ?? '')?.[1] ?? [])[0];
}

/** Whether a service of the stack says that its jobs are here. */
function carriesQueues({ model, name }: ServiceView): boolean {
  return Object.values(model.services).some((service) => brokers(service).includes(name));
}

function brokers({ environment = {} }: ComposeService): readonly (string | null | undefined)[] {
  const named = Object.entries(environment)
    .filter(([key]) => /(?:^|_)(?:BROKER|QUEUE|BULLMQ?|RQ)(?:_REDIS)?_URL$|^REDIS_QUEUE_URL$/.test(key))
    .map(([, url]) => hostOf(url));
  // Laravel's connection `redis` is the one that the other variables describe.
  const laravel =
    environment['QUEUE_CONNECTION'] === 'redis' ? [environment['REDIS_HOST'], hostOf(environment['REDIS_URL'])] : [];
  return [...named, ...laravel];
}
