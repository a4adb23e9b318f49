import { defineConfig, type Plugin } from 'vite';

/** In production the container answers /config.js; here the development server does. */
const runtimeConfig: Plugin = {
  name: 'runtime-config',
  configureServer(server) {
    server.middlewares.use('/config.js', (_request, response) => {
      const isPublic = ([name]: [string, unknown]) => name.startsWith('PUBLIC_');
      const settings = Object.fromEntries(Object.entries(process.env).filter(isPublic));
      response.setHeader('content-type', 'text/javascript');
      response.setHeader('cache-control', 'no-store');
      response.end(`window.__CONFIG__ = ${JSON.stringify(settings)};\n`);
    });
  },
};

export default defineConfig({
  plugins: [runtimeConfig],
  build: { target: 'es2023' },
  server: {
    port: 5173,
    strictPort: true,
    // In production nginx passes it on.
    proxy: { '/api/v1': { target: process.env.BACKEND_URL ?? 'http://127.0.0.1:8000', ws: true } },
  },
});
