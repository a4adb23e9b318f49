import { currency } from '@acme/catalogue';
import Fastify from 'fastify';

const app = Fastify();
app.get('/health', async () => ({ status: 'ok', currency }));
await app.listen({ host: '0.0.0.0', port: Number(process.env.PORT ?? 3001) });
