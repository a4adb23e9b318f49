#!/bin/sh
# Starts PostgreSQL with settings that fit the limits of its container: those in .env are the only figures to change.
# What `ALTER SYSTEM` has set counts more than what is set here.
set -eu

refuse() {
  printf '%s\n' "$@" >&2
  exit 78
}

# A new major version cannot read the data of another, and beside it would begin with an empty database.
if [ -e "$PGDATA" ] && [ ! -r "$PGDATA" ]; then
  refuse "$PGDATA belongs to user $(stat -c %u "$PGDATA"), and this image is user $(id -u): another image has made it, plain PostgreSQL or TimescaleDB. Nothing was changed." \
    'Put that image back, or move the data with pg_dump and pg_restore.'
fi
if [ "$(cat "$PGDATA/PG_VERSION" 2>/dev/null)" != "$PG_MAJOR" ]; then
  for file in "$PGDATA/PG_VERSION" /var/lib/postgresql/PG_VERSION /var/lib/postgresql/*/PG_VERSION \
    /var/lib/postgresql/*/docker/PG_VERSION /var/lib/postgresql/data/*/docker/PG_VERSION; do
    [ -s "$file" ] || continue
    refuse "This is PostgreSQL $PG_MAJOR, and the volume holds the data of PostgreSQL $(cat "$file") (${file%/*}). Nothing was changed." \
      'Put the image of that version back, or move the data with pg_dump and pg_restore.'
  done
fi

# The limits of this container: cgroup version 2, else version 1; 0 for none.
number() {
  case $1 in
    '' | *[!0-9]*) echo 0 ;;
    *) echo "$1" ;;
  esac
}
bytes=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || :)
memory=$(($(number "$bytes") / 1048576))
host=$(awk '/^MemTotal:/ { print int($2 / 1024) }' /proc/meminfo)
if [ "$memory" -eq 0 ] || [ "$memory" -gt 1048576 ]; then
  memory=1024
elif [ "$memory" -gt "$host" ]; then
  memory=$host
fi

cpu=$(cat /sys/fs/cgroup/cpu.max 2>/dev/null ||
  cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu/cpu.cfs_period_us 2>/dev/null || :)
# shellcheck disable=SC2086 # two words: quota and period
set -- $cpu
quota=$(number "${1:-}")
if [ "$quota" -gt 0 ]; then
  cores=$(((quota + $2 - 1) / $2))
else
  cores=$(nproc)
fi

# at_least 5 "$figure", at_most 9 "$figure"
at_least() { if [ "$2" -lt "$1" ]; then echo "$1"; else echo "$2"; fi; }
at_most() { if [ "$2" -gt "$1" ]; then echo "$1"; else echo "$2"; fi; }

# Each connection is a process with memory of its own: 10 MiB of the limit for each.
connections=${POSTGRES_MAX_CONNECTIONS:-auto}
case $connections in
  auto) connections=$(at_most 200 "$(at_least 20 $((memory / 10)))") ;;
  '' | 0* | *[!0-9]* | ?????*) refuse "POSTGRES_MAX_CONNECTIONS is $connections: a number from 1 to 9999, or auto." ;;
esac
# A sort or hash of a query, in KiB: all connections at once stay within two fifths of the limit.
work=$(at_most 65536 "$(at_least 2048 $((memory * 1024 * 2 / 5 / connections)))")
# Up to four vacuums and index builds at a time.
maintenance=$(at_most 2048 "$(at_least 8 $((memory / 16)))")
gather=$(at_most 4 $((cores / 2)))

cat >/tmp/postgresql.conf <<SETTINGS
# Made at every start: $memory MiB, $cores cores.
include_if_exists '$PGDATA/postgresql.conf'
listen_addresses = '*'
max_connections = $connections
shared_buffers = $((memory / 4))MB
effective_cache_size = $((memory * 3 / 4))MB
work_mem = ${work}kB
maintenance_work_mem = ${maintenance}MB
# More memory holds more changed pages, and so more write-ahead log from one checkpoint to the next.
max_wal_size = $(at_most 8192 "$(at_least 1024 "$memory")")MB
max_parallel_workers = $cores
max_parallel_workers_per_gather = $gather
max_parallel_maintenance_workers = $gather
max_worker_processes = $(at_least 8 "$cores")
# Servers have solid-state disks: a page elsewhere costs hardly more than the next one.
random_page_cost = 1.1
SETTINGS

exec docker-entrypoint.sh postgres -c config_file=/tmp/postgresql.conf
