import { place } from '../findings.ts';
import { findCalls } from '../source.ts';
import type { PythonContext } from './context.ts';

/** Calls that listen, with the address among their arguments. */
const listening =
  /\b(?:uvicorn\s*\.\s*run|run_app|serve_forever|make_server|HTTPServer|WSGIServer|create_server|start_server|app\s*\.\s*run|TCPSite|waitress\s*\.\s*serve|serve)\s*\(/g;

/**
 * Warns of an app that listens where nobody outside its container reaches it.
 * @param server what the image starts in its place, on 0.0.0.0; undefined where the program listens by itself
 */
export function warnOfLoopback({ sources, warn }: PythonContext, server?: string): void {
  for (const source of sources) {
    for (const { args, file, line } of findCalls(source, listening)) {
      if (!args.some((arg) => /["'](?:127\.0\.0\.1|localhost|::1)["']/.test(arg))) continue;
      const at = `${place({ file, line })}: the app listens on its own container's loopback interface only`;
      warn(
        server === undefined
          ? `${at}: use 0.0.0.0`
          : `${at} when it is started from here; the image starts ${server} instead, on 0.0.0.0`,
      );
    }
  }
}
