import { factsOf } from '../builds.ts';
import { mountedTexts } from '../mounted.ts';
import { serviceRule } from '../view.ts';

export const nginxBodySize = serviceRule({
  id: 'nginx-body-size',
  severity: 'info',
  title: 'Nginx is told how large a request may be',
  why: 'Unless told otherwise it refuses what is larger than 1 MB with 413, before the app sees it: the first photo of a phone fails.',
  fix: 'Set `client_max_body_size 50m;`, as much as the app takes.',
  source: 'https://nginx.org/en/docs/http/ngx_http_core_module.html#client_max_body_size',
  scope: 'production',
  of: ({ project, service }) => factsOf(project, service)?.family === 'nginx',
  at: ['volumes'],
  check: (view) => {
    const text = mountedTexts(view, '/etc/nginx').join('\n');
    const passes = /^[ \t]*(?:proxy|fastcgi|uwsgi)_pass[ \t]/m.test(text);
    return passes && !/^[ \t]*client_max_body_size[ \t]/m.test(text) ? 'has no client_max_body_size: 1 MB' : undefined;
  },
});
