import Redis from 'ioredis';
import Fastify from 'fastify';
Fastify().decorate('redis', new Redis(process.env.REDIS_URL)).listen({ port: Number(process.env.PORT ?? 3000), host: '0.0.0.0' });
