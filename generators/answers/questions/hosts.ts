/** What is asked about where it runs. */
import type { Draft } from '../complete/types.ts';
import { hosts } from '../hosts.ts';
import { merge } from '../map.ts';
import { imagePrefix } from '../names.ts';
import { type Ui, validator } from './ui.ts';

/** Where it runs and who builds it: one question for the usual case, none where the answers say it already. */
export async function askHosts(ui: Ui, { answers }: Draft): Promise<unknown> {
  if ('targets' in answers || 'images' in answers) return {};
  const isUsual = await ui.confirm({
    message: 'Will a server build it itself, and run it with the usual limits?',
    default: true,
  });
  return isUsual ? {} : merge(await askTarget(ui), await askImages(ui));
}

/** One host is enough to begin with. */
async function askTarget(ui: Ui): Promise<unknown> {
  const target = await ui.select<string | null>({
    message: 'Where will it run?',
    choices: [
      { name: 'On any server: usual limits', value: null },
      { name: 'On a machine of my own, behind its own tunnel or proxy (selfhosted)', value: 'selfhosted' },
      { name: 'On a small droplet of DigitalOcean (digitalocean)', value: 'digitalocean' },
      ...Object.entries(hosts).map(([size, { memory, cpus }]) => ({
        name: `On a host with ${memory} of memory and ${cpus} ${cpus === '1' ? 'core' : 'cores'} (${size})`,
        value: size,
      })),
    ],
    default: null,
  });
  return target === null ? {} : { targets: { [target]: {} } };
}

async function askImages(ui: Ui): Promise<unknown> {
  const from = await ui.select({
    message: 'Where does a server get the images from?',
    choices: [
      { name: 'It builds them itself', value: 'build' },
      { name: 'From a registry, where they are pushed to', value: 'registry' },
    ],
    default: 'build',
  });
  if (from === 'build') return {};
  const prefix = await ui.input({
    message: 'The registry and path, such as ghcr.io/acme',
    validate: validator(imagePrefix),
  });
  return { images: { from, prefix } };
}
