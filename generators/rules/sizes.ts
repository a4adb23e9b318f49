const factors: Readonly<Record<string, number>> = { '': 1, b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** The bytes of a size as Compose writes it: `512M`, `1.5gb`, `268435456`. What is none counts as 0. */
export function sizeInBytes(size: string | number | undefined): number {
  const found = /^\s*([\d.]+)\s*([bkmgt]?)(?:i?b)?\s*$/i.exec(String(size ?? ''));
  const bytes = Number(found?.[1]) * (factors[(found?.[2] ?? '').toLowerCase()] ?? 1);
  return Number.isFinite(bytes) ? bytes : 0;
}

/** The largest unit in which it reads well: `1.5G`, `768M`. */
export function sizeText(bytes: number): string {
  const mebibytes = bytes / 1024 ** 2;
  return mebibytes >= 1024 ? `${Math.round((mebibytes / 1024) * 100) / 100}G` : `${Math.round(mebibytes)}M`;
}
