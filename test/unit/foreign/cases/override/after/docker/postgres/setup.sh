#!/bin/sh
# The roles of the apps, and what each may do. Runs at every `up`: what is there stays, passwords are brought up to date.
#   setup.sh shared|databases|schemas ROLE:PASSWORD:MIGRATION_PASSWORD:OWNER...
# ROLE            the app: reads and writes rows, under row security. Its database or schema has the same name.
# ROLE_migration  migrations: own the database or schema and all in it, and are above row security.
# PASSWORD and MIGRATION_PASSWORD are variables; where the environment has NAME_FILE instead of NAME, that file is read.
# OWNER           migrations: only they make tables; app: the app makes its own, schemas too; both: either does.
set -eu

kind=$1
shift

# A secret: the variable, or what is in the file that NAME_FILE names.
secret() {
  file=$(printenv "$1_FILE") || file=''
  if [ -n "$file" ]; then
    value=$(cat "$file")
  else
    value=$(printenv "$1") || value=''
  fi
  if [ -z "$value" ]; then
    echo "$1 is empty: set it in ${file:-.env}" >&2
    return 1
  fi
  printf %s "$value"
}

# Values reach psql by the environment: every user of the host could read them among the arguments.
run() {
  PGOPTIONS='-c client_min_messages=warning' psql --quiet --no-psqlrc --set ON_ERROR_STOP=1
}

export PGPASSWORD KIND="$kind" OWNER APP MIGRATION APP_PASSWORD MIGRATION_PASSWORD APP_DATABASE APP_SCHEMA
PGPASSWORD=$(secret POSTGRES_PASSWORD)
# Only development makes and drops databases, for tests.
export CREATEDB="${CREATEDB:-NOCREATEDB}"

for app; do
  IFS=: read -r APP app_variable migration_variable OWNER <<WORDS
$app
WORDS
  MIGRATION=${APP}_migration
  APP_PASSWORD=$(secret "$app_variable")
  MIGRATION_PASSWORD=$(secret "$migration_variable")
  APP_DATABASE=$PGDATABASE
  APP_SCHEMA=public
  case $kind in
    shared) ;;
    databases) APP_DATABASE=$APP ;;
    schemas) APP_SCHEMA=$APP ;;
    *)
      echo "setup.sh: neither shared nor databases nor schemas: $kind" >&2
      exit 2
      ;;
  esac

  run <<'SQL'
\getenv app APP
\getenv migration MIGRATION
\getenv app_password APP_PASSWORD
\getenv migration_password MIGRATION_PASSWORD
\getenv createdb CREATEDB
\getenv database APP_DATABASE
\getenv kind KIND
-- No password in the log, whatever is logged.
SET log_statement = 'none';
SET log_min_error_statement = 'panic';
SET log_min_duration_statement = -1;
SELECT format('CREATE ROLE %I', role) FROM unnest(ARRAY[:'app', :'migration']) AS role
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) \gexec
ALTER ROLE :"app" LOGIN NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS :createdb PASSWORD :'app_password';
ALTER ROLE :"migration" LOGIN NOSUPERUSER NOCREATEROLE NOREPLICATION BYPASSRLS :createdb PASSWORD :'migration_password';
-- So that migrations may also change what the app has made.
GRANT :"app" TO :"migration";
SELECT format('CREATE DATABASE %I', :'database')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
SELECT format('ALTER DATABASE %I OWNER TO %I', :'database', :'migration') WHERE :'kind' <> 'schemas' \gexec
SQL

  PGDATABASE=$APP_DATABASE run <<'SQL'
\getenv app APP
\getenv migration MIGRATION
\getenv database APP_DATABASE
\getenv schema APP_SCHEMA
\getenv kind KIND
\getenv owner OWNER
SELECT :'kind' = 'schemas' AS of_schemas, :'owner' = 'migrations' AS only_migrations \gset
\if :of_schemas
CREATE SCHEMA IF NOT EXISTS :"schema";
ALTER SCHEMA :"schema" OWNER TO :"migration";
-- For extensions and further schemas of its own.
GRANT CREATE ON DATABASE :"database" TO :"migration";
-- What extensions have made is in public.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO :"app", :"migration";
SELECT format('ALTER ROLE %I IN DATABASE %I SET search_path = %I, public', role, :'database', :'schema')
  FROM unnest(ARRAY[:'app', :'migration']) AS role \gexec
\else
ALTER SCHEMA public OWNER TO pg_database_owner;
\endif
-- Nobody comes in but who is let in, and nothing is made in passing.
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
REVOKE ALL ON SCHEMA :"schema" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO :"app";
GRANT USAGE ON SCHEMA :"schema" TO :"app";
-- What migrations make later, the app may use: its rows, not its shape.
ALTER DEFAULT PRIVILEGES FOR ROLE :"migration" GRANT USAGE ON SCHEMAS TO :"app";
ALTER DEFAULT PRIVILEGES FOR ROLE :"migration" GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"app";
ALTER DEFAULT PRIVILEGES FOR ROLE :"migration" GRANT USAGE, SELECT ON SEQUENCES TO :"app";
\if :only_migrations
REVOKE CREATE ON SCHEMA :"schema" FROM :"app";
REVOKE CREATE, TEMPORARY ON DATABASE :"database" FROM :"app";
\else
GRANT CREATE ON SCHEMA :"schema" TO :"app";
GRANT CREATE, TEMPORARY ON DATABASE :"database" TO :"app";
\endif

-- What somebody else has made, by a restore or before this app had migrations, goes to who makes tables now. Only that is
-- granted anew: what a migration has taken from the app stays taken.
WITH heir AS (
  SELECT CASE :'owner' WHEN 'app' THEN :'app' ELSE :'migration' END AS name
), former AS (
  SELECT oid FROM pg_roles
   WHERE rolname = current_user OR rolname = CASE :'owner' WHEN 'migrations' THEN :'app' WHEN 'app' THEN :'migration' END
), schema AS (
  SELECT oid, nspname, nspowner FROM pg_namespace
   WHERE nspname !~ '^(pg_|_?timescaledb)' AND nspname <> 'information_schema'
     AND (:'kind' <> 'schemas' OR nspname = :'schema')
), of_extension AS (
  SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), relation AS (
  SELECT c.oid, c.relkind, format('%I.%I', s.nspname, c.relname) AS name,
         -- The sequence of a column follows its table.
         EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND relkind = 'S'
                    AND deptype IN ('a', 'i')) AS follows
    FROM pg_class c JOIN schema s ON s.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relowner IN (SELECT oid FROM former)
     AND ('pg_class'::regclass, c.oid) NOT IN (SELECT classid, objid FROM of_extension)
), step (rank, command) AS (
  SELECT 1, format('ALTER SCHEMA %I OWNER TO %I', nspname, heir.name)
    FROM schema, heir WHERE nspowner IN (SELECT oid FROM former) AND nspname <> :'schema'
  UNION ALL
  SELECT 2, format('GRANT USAGE ON SCHEMA %I TO %I', nspname, :'app')
    FROM schema WHERE nspowner IN (SELECT oid FROM former) AND nspname <> :'schema'
  UNION ALL
  SELECT 3, format('ALTER %s %s OWNER TO %I', CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, relation.name, heir.name)
    FROM relation, heir WHERE NOT follows
  UNION ALL
  SELECT 4, format(CASE relkind WHEN 'S' THEN 'GRANT USAGE, SELECT ON SEQUENCE %s TO %I'
                                ELSE 'GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE %s TO %I' END, name, :'app')
    FROM relation
  UNION ALL
  SELECT 5, format('ALTER TYPE %s OWNER TO %I', t.oid::regtype, heir.name)
    FROM heir, pg_type t JOIN schema s ON s.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
   WHERE (t.typtype IN ('d', 'e', 'r') OR c.relkind = 'c') AND t.typowner IN (SELECT oid FROM former)
     AND ('pg_type'::regclass, t.oid) NOT IN (SELECT classid, objid FROM of_extension)
  UNION ALL
  -- One that runs with the rights of its owner keeps them.
  SELECT 6, format('ALTER ROUTINE %s OWNER TO %I', p.oid::regprocedure, heir.name)
    FROM heir, pg_proc p JOIN schema s ON s.oid = p.pronamespace
   WHERE NOT p.prosecdef AND p.proowner IN (SELECT oid FROM former)
     AND ('pg_proc'::regclass, p.oid) NOT IN (SELECT classid, objid FROM of_extension)
)
SELECT command FROM step ORDER BY rank \gexec
SQL
  echo "$APP: ready"
done

# Everybody may connect to a database that does not say otherwise: these are the superuser's alone.
run <<'SQL'
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', datname)
  FROM pg_database WHERE datname IN (current_database(), 'postgres', 'template1') \gexec
SQL
