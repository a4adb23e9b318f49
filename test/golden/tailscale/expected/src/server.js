import { buildApp } from './app.js';
import { loadConfig } from './config.js';

const config = loadConfig();
const app = buildApp(config);

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, async () => {
    app.log.info(`${signal}: finishing the requests in flight`);
    setTimeout(() => process.exit(1), 20_000).unref();
    await app.close();
  });
}

const address = await app.listen({ host: '0.0.0.0', port: config.port });
app.log.info(`health: ${address}/health`);
