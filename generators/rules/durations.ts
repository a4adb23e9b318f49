const seconds: Readonly<Record<string, number>> = { us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/** The seconds of a duration as Go and Compose write it: `1m30s`, `500ms`. What is none counts as 0. */
export function durationInSeconds(text: string | undefined): number {
  let sum = 0;
  for (const [, amount, unit] of (text ?? '').matchAll(/([\d.]+)(us|ms|s|m|h)/g)) {
    sum += Number(amount) * (seconds[unit ?? ''] ?? 0);
  }
  return sum;
}
