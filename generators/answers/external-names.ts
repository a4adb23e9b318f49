/** What apps need and do not contain. */
export const externalNames = ['postgres', 'redis', 'cache', 'mqtt', 'storage', 'mail'] as const;

export type ExternalName = (typeof externalNames)[number];

export function isExternal(name: string): name is ExternalName {
  return (externalNames as readonly string[]).includes(name);
}
