export const connection = { host: process.env.REDIS_HOST, password: process.env.REDIS_PASSWORD };
