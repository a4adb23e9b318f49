-- The database of a shop, as many orders as :orders says; the same at every run. 1000000 orders are about 1 GB with indexes.
\set ON_ERROR_STOP on
SET synchronous_commit = off;
SET maintenance_work_mem = '256MB';

CREATE TABLE customers (
  id uuid NOT NULL,
  email text NOT NULL,
  name text NOT NULL,
  address jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz
);
CREATE TABLE orders (
  id bigint NOT NULL,
  public_id uuid NOT NULL,
  customer_id uuid NOT NULL,
  status text NOT NULL,
  total numeric(12, 2) NOT NULL,
  note text,
  placed_at timestamptz NOT NULL
);
CREATE TABLE order_lines (
  order_id bigint NOT NULL,
  line int NOT NULL,
  sku text NOT NULL,
  title text NOT NULL,
  quantity int NOT NULL,
  price numeric(12, 2) NOT NULL
);
CREATE TABLE events (
  id bigint NOT NULL,
  order_id bigint NOT NULL,
  kind text NOT NULL,
  payload jsonb NOT NULL,
  at timestamptz NOT NULL
);

-- Words as people use them: a few often, many seldom.
CREATE FUNCTION word(hash bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT (ARRAY['the','order','with','blue','cotton','shirt','gift','please','deliver','after','six','ring','bell','twice',
    'leave','parcel','at','neighbour','thanks','quick','answer','return','size','too','small','exchange','for','medium',
    'invoice','company','address','changed','second','floor','garden','gate','code','summer','sale','voucher','applied',
    'customer','called','about','missing','item','warehouse','checked','shipped','yesterday','tracking','number','pending',
    'refund','approved','by','support','team','no','further','action','needed','closed','ticket'])
    [1 + ((hash & 63) * (hash >> 6 & 63) >> 6)::int]
$$;
CREATE FUNCTION sentence(seed bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT concat_ws(' ', word(h), word(h >> 5), word(h >> 10), word(h >> 15), word(h >> 20), word(h >> 25), word(h >> 30),
                   word(h >> 35), word(h >> 40), word(h >> 45))
    FROM (SELECT hashint8extended(seed, 42) AS h)
$$;

INSERT INTO customers
SELECT md5('customer' || i)::uuid, word(h) || '.' || word(h >> 7) || i || '@example.com',
       initcap(word(h >> 3)) || ' ' || initcap(word(h >> 13)),
       jsonb_build_object('street', initcap(word(h >> 20)) || ' ' || (h & 255), 'zip', lpad((h >> 9 & 65535)::text, 5, '0'),
                          'city', initcap(word(h >> 30)), 'country', (ARRAY['DE','FR','NL','US','GB'])[1 + (h & 3)],
                          'tags', jsonb_build_array(word(h >> 11), word(h >> 17))),
       timestamptz '2020-01-01' + i * interval '97 seconds',
       CASE WHEN h & 3 = 0 THEN timestamptz '2024-01-01' + i * interval '31 seconds' END
  FROM generate_series(1, :orders / 10) AS i, hashint8extended(i, 1) AS h;

INSERT INTO orders
SELECT i, md5('order' || i)::uuid, md5('customer' || 1 + abs(h % (:orders / 10)))::uuid,
       (ARRAY['paid','paid','paid','shipped','shipped','returned','open','cancelled'])[1 + (h & 7)],
       (h & 65535) / 100.0, CASE WHEN h & 3 = 0 THEN sentence(i) END,
       timestamptz '2021-01-01' + i * interval '61 seconds'
  FROM generate_series(1, :orders) AS i, hashint8extended(i, 2) AS h;

INSERT INTO order_lines
SELECT i / 2, i % 2, upper(substr(md5('sku' || (h & 4095)), 1, 10)), initcap(word(h >> 9)) || ' ' || word(h >> 14),
       1 + (h & 3), (h >> 20 & 16383) / 100.0
  FROM generate_series(2, :orders * 2 + 1) AS i, hashint8extended(i, 3) AS h;

INSERT INTO events
SELECT i, i / 2, (ARRAY['created','paid','mail','picked','shipped','delivered','viewed','viewed'])[1 + (h & 7)],
       jsonb_build_object('ip', concat_ws('.', 10, h & 255, h >> 8 & 255, h >> 16 & 255), 'agent', 'Mozilla/5.0 (' || word(h >> 5) || ')',
                          'session', md5('session' || i / 5), 'text', sentence(h), 'ms', h >> 24 & 1023),
       timestamptz '2021-01-01' + i * interval '29 seconds'
  FROM generate_series(2, :orders * 2 + 1) AS i, hashint8extended(i, 4) AS h;

ALTER TABLE customers ADD PRIMARY KEY (id);
ALTER TABLE orders ADD PRIMARY KEY (id);
ALTER TABLE order_lines ADD PRIMARY KEY (order_id, line);
ALTER TABLE events ADD PRIMARY KEY (id);
CREATE UNIQUE INDEX ON customers (email);
CREATE INDEX ON customers USING gin (address jsonb_path_ops);
CREATE UNIQUE INDEX ON orders (public_id);
CREATE INDEX ON orders (customer_id, placed_at);
CREATE INDEX ON orders (status, placed_at);
CREATE INDEX ON order_lines (sku);
CREATE INDEX ON events (order_id, at);
CREATE INDEX ON events (kind, at);
ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers;
ALTER TABLE order_lines ADD FOREIGN KEY (order_id) REFERENCES orders;
ALTER TABLE events ADD FOREIGN KEY (order_id) REFERENCES orders;
VACUUM ANALYZE;
