import { Queue } from 'bullmq';
import Fastify from 'fastify';
import { connection } from './redis.js';

const queue = new Queue('mail', { connection });
const app = Fastify();
app.get('/health', () => ({ status: 'ok' }));
app.post('/mail', async () => ({ id: (await queue.add('mail', {})).id }));
await app.listen({ port: Number(process.env.PORT ?? 3000), host: '0.0.0.0' });
