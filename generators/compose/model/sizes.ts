const factors: Readonly<Record<string, number>> = {
  b: 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
  p: 2 ** 50,
};

/** `64M`, `1.5gb`, `512 KiB` as bytes; undefined for what Compose does not read (docker/go-units RAMInBytes). */
export function bytesOf(text: string): number | undefined {
  const [, digits = '', suffix = ''] = /^(.*[\d.]) ?([^\d. ]*)$/s.exec(text) ?? [];
  if (!/^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(digits) || Number(digits) < 0) return undefined;
  const [, unit = 'b'] = /^(?:([kmgtp])(?:b|ib)?|b?)$/i.exec(suffix) ?? [undefined, ''];
  const factor = factors[unit.toLowerCase()];
  return factor === undefined ? undefined : Math.trunc(Number(digits) * factor);
}
