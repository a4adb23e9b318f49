import { createServer } from 'node:http';

createServer((request, response) => response.end(request.url === '/healthz' ? 'ok' : 'hello')).listen(3000, '0.0.0.0');
