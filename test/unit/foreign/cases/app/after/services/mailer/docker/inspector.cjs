// Opens the inspector of Node in the process that runs the app, and not in those in front of it: a package manager, a
// watcher. Development loads it into each of them (NODE_OPTIONS); no image but that of development has it.
const { realpathSync } = require('node:fs');
const inspector = require('node:inspector');

const { argv, env, execArgv } = process;
const script = argv[1] ?? '';

function resolved(path) {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

// What is installed is a tool, unless it is what a tool runs the app by.
const isTool = /[\\/]node_modules[\\/](?!next[\\/]dist[\\/]server[\\/]lib[\\/]start-server|ts-node-dev[\\/]lib[\\/]wrap)/;
// `node --watch` starts itself once more, with this variable.
const isWatcher = execArgv.some((word) => word.startsWith('--watch')) && !env.WATCH_REPORT_DEPENDENCIES;

if (script !== '' && !isTool.test(resolved(script)) && !isWatcher) inspector.open(9229, '0.0.0.0');
