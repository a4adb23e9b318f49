/** TLS in front of the storage of `s3.ts`, for programs that speak nothing else; with an authority of its own. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import images from '../../templates/images.json' with { type: 'json' };
import { provideImage } from '../support/engine.ts';
import { host, port, type Storage } from './s3.ts';

const securePort = 9443;

export interface Secured {
  /** What `.env` needs, in place of the storage's own address. */
  readonly env: Readonly<Record<string, string>>;
  /** The certificate that has to be trusted. */
  readonly certificate: string;
  readonly end: () => Promise<void>;
}

/** Wherever the storage is admitted, this is too: both are on the same addresses. */
export async function secure(storage: Storage): Promise<Secured> {
  await provideImage(images.nginx);
  const folder = mkdtempSync(join(tmpdir(), 'prodstack-e2e-'));
  const file = (name: string) => join(folder, name);
  await execa('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${host}`],
    ...['-addext', `subjectAltName=DNS:${host}`, '-keyout', file('key.pem'), '-out', file('cert.pem')],
  ]);
  writeFileSync(
    file('nginx.conf'),
    `pid /tmp/nginx.pid;
events {}
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((one) => `${one}_temp_path /tmp/${one};`).join(' ')}
  server {
    listen ${securePort} ssl;
    ssl_certificate /tls/cert.pem;
    ssl_certificate_key /tls/key.pem;
    client_max_body_size 0;
    location / {
      proxy_pass http://127.0.0.1:${port};
      # A part of what is signed.
      proxy_set_header Host $http_host;
      proxy_http_version 1.1;
      proxy_request_buffering off;
      proxy_buffering off;
    }
  }
}
`,
  );
  // The server is another user.
  chmodSync(folder, 0o755);
  chmodSync(file('key.pem'), 0o644);
  const name = `${storage.container}-tls`;
  const options = ['--detach', '--name', name, '--network', `container:${storage.container}`];
  await execa('docker', [
    ...['run', ...options, '--volume', `${folder}:/tls:ro`, '--entrypoint', 'nginx', images.nginx],
    ...['-c', '/tls/nginx.conf', '-g', 'daemon off;'],
  ]);
  return {
    env: { ...storage.env, BACKUP_S3_ENDPOINT: `https://${host}:${securePort}` },
    certificate: readFileSync(file('cert.pem'), 'utf8'),
    end: async () => {
      await execa('docker', ['rm', '--force', '--volumes', name]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
