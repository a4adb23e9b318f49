#!/bin/sh
# Redis or Valkey, with the password from REDIS_PASSWORD or the file REDIS_PASSWORD_FILE. It is on no command line, which
# every user of the host can read.
#   redis.sh serve queues     full: refuses writes; a restart: keeps all but the last second. For queues and sessions.
#   redis.sh serve cache      full: drops what was not used for longest; a restart: starts empty.
#   redis.sh cli [WORD...]    redis-cli, logged in
# REDIS_MAXMEMORY (such as 192mb) is how much data it may hold. Without it, half of the container's memory for queues:
# what changes while a child process writes all of it down is there twice. Three quarters for a cache, whose clients need
# the rest; half of less than 128 MB.
set -eu

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

if [ -n "${REDIS_PASSWORD_FILE:-}" ]; then
  REDIS_PASSWORD=$(cat "$REDIS_PASSWORD_FILE")
fi
newline='
'
case ${REDIS_PASSWORD:-} in
  '' | *"$newline"*)
    echo 'redis.sh: the password is empty, or more than one line' >&2
    exit 1
    ;;
esac

case ${1:-} in
  serve)
    limit=$(memory_limit)
    maxmemory=$((limit / 2))
    case ${2:-} in
      queues) policy=noeviction appendonly=yes ;;
      cache)
        policy=allkeys-lru appendonly=no
        [ "$limit" -lt 134217728 ] || maxmemory=$((limit * 3 / 4))
        ;;
      *)
        echo 'redis.sh: serve queues, or serve cache' >&2
        exit 2
        ;;
    esac
    server=$(command -v valkey-server || command -v redis-server)
    quoted=$(printf '%s' "$REDIS_PASSWORD" | sed 's/["\\]/\\&/g')
    # No snapshots beside the append-only file: it has everything, and each of them would copy the memory.
    exec "$server" - <<CONFIG
requirepass "$quoted"
maxmemory ${REDIS_MAXMEMORY:-$maxmemory}
maxmemory-policy $policy
appendonly $appendonly
save ""
dir /data
CONFIG
    ;;
  cli)
    shift
    export REDISCLI_AUTH="$REDIS_PASSWORD" VALKEYCLI_AUTH="$REDIS_PASSWORD"
    exec "$(command -v valkey-cli || command -v redis-cli)" -h 127.0.0.1 "$@"
    ;;
  *)
    echo 'redis.sh: serve queues, serve cache, or cli' >&2
    exit 2
    ;;
esac
