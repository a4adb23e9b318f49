// All configuration comes from the environment; nothing is read from files.
export function loadConfig(env = process.env) {
  const required = (name) => {
    if (!env[name]) throw new Error(`${name} is not set`);
    return env[name];
  };
  return {
    databaseUrl: required('DATABASE_URL'),
    redisUrl: required('REDIS_URL'),
    port: Number(env.PORT || 3000),
    logLevel: (env.LOG_LEVEL || 'info').toLowerCase(),
  };
}
