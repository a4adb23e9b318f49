import pg from 'pg';

// Sent as one query, so it is one transaction: of two replicas that start at
// the same moment, one waits for the other instead of failing.
const CREATE_TABLE = `
  SELECT pg_advisory_xact_lock(hashtext('wiki visits'));
  CREATE TABLE IF NOT EXISTS visits (
    id smallint PRIMARY KEY CHECK (id = 1),
    total bigint NOT NULL
  )`;

const COUNT_VISIT = `
  INSERT INTO visits (id, total) VALUES (1, 1)
  ON CONFLICT (id) DO UPDATE SET total = visits.total + 1
  RETURNING total`;

export function connectDatabase(url, log) {
  const pool = new pg.Pool({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    query_timeout: 15_000,
  });
  // Without a listener, a lost idle connection would end the process.
  pool.on('error', (err) => log.warn({ err }, 'lost an idle Postgres connection'));

  // Created on first use. A failure is forgotten, so the next use tries again:
  // the app may start before Postgres does.
  let table;
  const tableExists = () => {
    table ??= pool.query(CREATE_TABLE).catch((err) => {
      table = undefined;
      throw err;
    });
    return table;
  };

  return {
    async ping() {
      await tableExists();
      await pool.query('SELECT 1');
    },
    async countVisit() {
      await tableExists();
      const { rows } = await pool.query(COUNT_VISIT);
      return Number(rows[0].total);
    },
    close: () => pool.end(),
  };
}
