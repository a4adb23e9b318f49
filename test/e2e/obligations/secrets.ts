import { join } from 'node:path';
import { expect, it } from 'vitest';
import { searchImage } from '../../support/image-search.ts';
import { compose, composeDev } from '../../support/scenario.ts';
import { beacon, marker } from '../decoys.ts';
import type { System } from '../system.ts';

interface ServiceConfig {
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Secrets stay where they are. */
export function keepsSecrets(system: System): void {
  const { subject, stack } = system;

  it.each([
    ['production', compose],
    ['development', composeDev],
  ] as const)('decoy secrets in the folder are in no image layer: %s', async (_, using) => {
    await using(stack, 'build');
    const { stdout } = await using(stack, 'config', '--format', 'json');
    const { services } = JSON.parse(stdout) as { services: Readonly<Record<string, ServiceConfig>> };
    const image = services[subject.app]?.image ?? '';
    const password = services['postgres']?.environment['POSTGRES_PASSWORD'] ?? '';
    expect(password).toMatch(/^\w{20,}$/);

    // Only whole words: where a piece of a layer ends in the middle of one, the next piece has all of it.
    const found = await searchImage(image, new RegExp(`${marker}[\\w./-]+(?=[^\\w./-])|${password}`, 'g'));
    expect(found).toEqual([`${marker}${join(subject.folder, beacon)}`]);
  });
}
