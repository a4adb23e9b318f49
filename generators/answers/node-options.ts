/** Options of `node` that have a value of their own behind a blank. */
export const valuedOptions =
  /^(?:-r|--require|--import|--loader|--experimental-loader|-C|--conditions|--env-file|--title|--max-old-space-size)$/;

/** Those that load a module before the program. */
export const loaderOptions = /^(?:-r|--require|--import|--loader|--experimental-loader)$/;
