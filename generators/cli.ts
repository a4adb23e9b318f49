#!/usr/bin/env node
/** The bin: argv -> request -> run -> exit status. Old versions of Node must be able to read this file. */
import nodeModule from 'node:module';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`create-prodstack needs Node.js 22.18 or newer; this is ${process.versions.node}.\n`);
  process.exitCode = 2;
} else {
  nodeModule.enableCompileCache();
  import('./run.ts').then(({ main }) => main(process.argv.slice(2)));
}
