declare global {
  interface Window {
    /** Made by /config.js; absent where nothing answers there. */
    __CONFIG__?: Readonly<Record<string, string>>;
  }
}

/** A setting of this installation: what `PUBLIC_...` is in frontend.env, else the fallback. */
export function setting(
  name: `PUBLIC_${string}`,
  fallback: string,
  settings = globalThis.window?.__CONFIG__ ?? {},
): string {
  return settings[name] || fallback;
}
