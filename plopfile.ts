import type { NodePlopAPI } from 'node-plop';
import { processIo } from './generators/cli-io.ts';
import { registerChange, registerNew } from './generators/interactive.ts';
import { parseRequest } from './generators/request.ts';

/** The generators of create-prodstack for plop: `npx plop` in a clone, `plop.load('create-prodstack')` in a pack of yours. */
export default function prodstack(plop: NodePlopAPI): void {
  plop.setWelcomeMessage('What do you want to make?');
  for (const verb of ['new', 'add', 'remove']) {
    const request = parseRequest([verb], process.env);
    if (request.verb === 'new') registerNew(plop, request, processIo());
    if (request.verb === 'add' || request.verb === 'remove') registerChange(plop, request, processIo());
  }
}
