#!/bin/sh
# Starts PgBouncer: many connections of the apps share few of PostgreSQL, transaction by transaction.
#   start.sh DATABASE:ROLE:PASSWORD...
# PASSWORD is a variable; where the environment has NAME_FILE instead of NAME, that file is read. Only these roles come
# through: migrations and dumps go past it.
set -eu
umask 077

folder=/tmp/pgbouncer
mkdir -p "$folder"

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

# words DATABASE:ROLE:PASSWORD: sets database, role and password
words() {
  IFS=: read -r database role variable <<WORDS
$1
WORDS
  password=$(secret "$variable")
}

: >"$folder/userlist.txt"
: >"$folder/databases.ini"
for one; do
  words "$one"
  printf '"%s" "%s"\n' "$role" "$(printf %s "$password" | sed 's/"/""/g')" >>"$folder/userlist.txt"
  # Two roles may share a database.
  grep -q "^$database = " "$folder/databases.ini" ||
    printf '%s = host=db port=5432\n' "$database" >>"$folder/databases.ini"
done

# The first of them asks how many connections there are; the health check comes as it too.
words "$1"
printf '*:*:*:%s:%s\n' "$role" "$(printf %s "$password" | sed 's/[\\:]/\\&/g')" >"$folder/pgpass"
export PGPASSFILE="$folder/pgpass" PGCONNECT_TIMEOUT=5
question="SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
tries=0
until connections=$(psql --no-psqlrc -h db -p 5432 -U "$role" -d "$database" -Atc "$question" 2>"$folder/error"); do
  [ $((tries % 10)) -ne 0 ] || echo "Waiting for PostgreSQL: $(head -n 1 "$folder/error")" >&2
  tries=$((tries + 1))
  sleep 1
done

# A fifth is left for migrations, dumps and people.
pool=$((connections * 4 / 5 / $#))
[ "$pool" -gt 0 ] || pool=1

cat >"$folder/pgbouncer.ini" <<SETTINGS
[databases]
%include $folder/databases.ini

[pgbouncer]
listen_addr = *
listen_port = 6432
unix_socket_dir =
auth_type = scram-sha-256
auth_file = $folder/userlist.txt
# Nobody may use its console.
admin_users =
stats_users =
pool_mode = transaction
default_pool_size = $pool
max_client_conn = ${PGBOUNCER_MAX_CLIENTS:-500}
# Statements that drivers prepare once and use on any connection; without it, transaction pooling breaks them.
max_prepared_statements = 200
# Without these, who asks for them is sent away. They do not count: a connection has many clients, one after the other.
# ALTER ROLE ... SET makes them count for all of a role.
ignore_startup_parameters = extra_float_digits, options, statement_timeout, lock_timeout, idle_in_transaction_session_timeout
# After a restart of PostgreSQL: try again at once.
server_login_retry = 1
log_connections = 0
log_disconnections = 0
log_stats = 0
SETTINGS

echo "PostgreSQL has $connections connections for roles; each of $# pools takes up to $pool."
exec pgbouncer "$folder/pgbouncer.ini"
