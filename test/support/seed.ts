/** In CI properties are tried with the same values each time, so that a failure belongs to a change; elsewhere with others. */
import { configureGlobal } from 'fast-check';

if (process.env['CI']) configureGlobal({ seed: 20_261_121 });
