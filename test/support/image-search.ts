import { createReadStream, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { execa } from 'execa';

/** All different matches of a pattern in an image: in its layers and in its configuration. */
export async function searchImage(image: string, pattern: RegExp): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'prodstack-image-'));
  try {
    await execa('sh', ['-c', 'docker save "$1" | tar -x -C "$2"', 'sh', image, folder]);
    const found = new Set<string>();
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      for await (const text of pieces(join(entry.parentPath, entry.name))) {
        for (const [match] of text.matchAll(pattern)) found.add(match);
      }
    }
    return [...found];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A file, unpacked if need be, in pieces that overlap by more than a match is long. */
async function* pieces(file: string): AsyncGenerator<string> {
  const raw = createReadStream(file, { highWaterMark: 1 << 20 });
  const content: Readable = (await isGzip(file)) ? raw.pipe(createGunzip()) : raw;
  let tail = '';
  for await (const chunk of content) {
    const piece = tail + (chunk as Buffer).toString('latin1');
    yield piece;
    tail = piece.slice(-200);
  }
}

async function isGzip(file: string): Promise<boolean> {
  for await (const chunk of createReadStream(file, { end: 1 })) return (chunk as Buffer).toString('hex') === '1f8b';
  return false;
}
