import { Worker } from 'bullmq';
import { connection } from './redis.js';

const worker = new Worker('mail', async ({ data }) => console.log('sent', data), { connection });
process.once('SIGTERM', () => worker.close());
