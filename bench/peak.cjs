// Loaded into every measured program: writes its peak memory, in kilobytes, when it ends.
process.on('exit', () => {
  require('node:fs').appendFileSync(process.env.PEAK_FILE, `${process.resourceUsage().maxRSS}\n`);
});
