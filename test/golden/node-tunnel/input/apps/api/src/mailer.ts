import pg from 'pg';

await new pg.Client(process.env.DATABASE_URL).connect();
