import express from 'express';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
const app = express();
app.get('/health', async (_request, response) => {
  await pool.query('SELECT 1');
  response.send('ok');
});
app.listen(3000);
