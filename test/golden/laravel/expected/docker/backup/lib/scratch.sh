# shellcheck shell=bash
# A PostgreSQL of this container's own, empty and thrown away: no other container reaches it, and it reaches no other.

# The memory that the container may have, in bytes; 0 without a limit. cgroup v2 says "max" then, v1 a number beyond all.
memory_limit() {
  for file in /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes; do
    if [ -r "$file" ]; then
      limit=$(cat "$file")
      case $limit in
        max | ????????????????*) echo 0 ;;
        *) echo "$limit" ;;
      esac
      return
    fi
  done
  echo 0
}

# Starts it; psql and the like work on it from then on. Who calls sees to scratch_stop, in a trap on EXIT.
scratch_start() {
  local folder=$home/scratch jobs memory
  scratch_stop
  jobs=$(processors)
  memory=$(($(memory_limit) / 1048576))
  ((memory > 0)) || memory=1024
  mkdir -p -- "$folder/socket"
  chmod 0700 "$folder" "$folder/socket"
  initdb --pgdata="$folder/data" --username="$scratch_superuser" --auth=trust --encoding=UTF8 --no-locale --no-sync \
    --no-instructions >"$folder/log" 2>&1 || fail "the throw-away server could not be made: $(tail -n 3 "$folder/log")"
  # Nothing of it has to survive: what is loaded goes to the disk once, and is waited for by nobody.
  cat >>"$folder/data/postgresql.conf" <<SETTINGS
listen_addresses = ''
unix_socket_directories = '$folder/socket'
unix_socket_permissions = 0700
fsync = off
full_page_writes = off
synchronous_commit = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 1GB
checkpoint_timeout = 1h
autovacuum = off
shared_buffers = $((memory / 8 > 16 ? memory / 8 : 16))MB
maintenance_work_mem = $((memory / 4 / (jobs + 1) > 16 ? memory / 4 / (jobs + 1) : 16))MB
max_parallel_maintenance_workers = $((jobs / 2))
# Workers share memory by files here: /dev/shm of a container is small.
dynamic_shared_memory_type = mmap
max_locks_per_transaction = 1024
max_connections = $((jobs + 20))
log_min_messages = error
SETTINGS
  # Without the lock of this job: it goes with the last program that has it.
  pg_ctl start --pgdata="$folder/data" --log="$folder/log" --silent --wait --timeout=120 9>&- >/dev/null ||
    fail "the throw-away server does not start: $(tail -n 3 "$folder/log")"
  unset PGPORT PGPASSWORD PGSSLMODE PGSSLROOTCERT PGSERVICE
  export PGHOST=$folder/socket PGUSER=$scratch_superuser PGDATABASE=postgres
}

# Ends and removes it, and what a killed one has left.
scratch_stop() {
  local folder=$home/scratch
  if [[ -s $folder/data/postmaster.pid ]]; then
    pg_ctl stop --pgdata="$folder/data" --mode=immediate --silent --wait --timeout=60 >/dev/null 2>&1 || :
  fi
  rm -rf -- "$folder"
}

# No role of any dump has this name.
scratch_superuser=prodstack_scratch
