import type { Service } from '../../types.ts';

/**
 * The CA file of a managed server, as a file of the container: mounted, so that the image holds none and a new one needs
 * no build.
 */
export function authority(file: string | undefined): {
  readonly target?: string;
  readonly files: NonNullable<Service['files']>;
} {
  if (file === undefined) return { files: [] };
  const target = `/run/ca/${file}`;
  return { target, files: [{ path: file, target, provided: true }] };
}
