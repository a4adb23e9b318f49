/** Before the program, with `--import`: writes what a run has loaded to standard error, one line each, when it ends. */
import { registerHooks } from 'node:module';

const urls = [];
registerHooks({
  load(url, context, next) {
    urls.push(url);
    return next(url, context);
  },
});
process.on('exit', () => {
  for (const url of urls) process.stderr.write(`loaded ${url}\n`);
});
