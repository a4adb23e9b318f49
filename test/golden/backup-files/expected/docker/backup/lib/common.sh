# What every command shares. Sourced by `backup`.
# shellcheck shell=bash

# shellcheck disable=SC2034
repository=/backups
home=${BACKUP_HOME:-/var/lib/backup}
# When the loop was seen last; as long as the container lives.
beat=${BACKUP_BEAT:-/tmp/backup.beat}

# The folders that are always there. What is in them is for no other user. And a file for the last words of `fail`: that of the job,
# if this is a part of one.
prepare() {
  umask 077
  if [[ -z ${BACKUP_REASON:-} ]]; then
    reason_file=$(mktemp)
    trap 'rm -f -- "$reason_file"' EXIT
    BACKUP_REASON=$reason_file
  fi
  mkdir -p -- "$home/state" "$home/log" "$home/cache" "$home/fetched"
}

# Seconds since 1970. By `date`, never by bash's own clock: the tests turn the one that programs see.
now() {
  date +%s
}

# TEXT...: one line on standard error, with the local time.
log() {
  local text="$*"
  printf '%s %s\n' "$(TZ=${BACKUP_TIMEZONE:-UTC} date '+%Y-%m-%d %H:%M:%S %Z')" "${text//$'\n'/ }" >&2
}

# TEXT...: says what is wrong, where, and the way out; and ends the command. What is told to people is this text.
fail() {
  log "$@"
  printf '%s\n' "$*" >"$BACKUP_REASON" || :
  exit 1
}

wrong_usage() {
  log "$@"
  exit 2
}

# STATUS PLACE COMMAND: for the trap of `backup`. A function that failed in $(...) has said why already.
unexpected() {
  if [[ ! -s $BACKUP_REASON ]]; then log "stopped at $2 with status $1: ${3%%$'\n'*}"; fi
}

# NAME: standard input, which must be JSON, becomes state/NAME.json; all of it or nothing.
state_put() {
  local draft
  draft=$(mktemp -- "$home/state/.$1.XXXXXX")
  if ! jq --exit-status --compact-output . >"$draft" || ! sync -- "$draft"; then
    rm -f -- "$draft"
    fail "the state $1 could not be written to $home/state: is the disk full?"
  fi
  # A restore may run as root.
  ((EUID != 0)) || chown --reference="$home" -- "$draft"
  mv -f -- "$draft" "$home/state/$1.json"
}

# NAME: prints state/NAME.json; 1 where there is none, or none that can be read.
state_get() {
  [[ -s $home/state/$1.json ]] && jq --exit-status --compact-output . "$home/state/$1.json" 2>/dev/null
}

# COMMAND...: runs it (a function, mostly) while no other job may run. Ends with 75 if one does; with BACKUP_LOCK_WAIT it waits
# for as many seconds before. The lock is file descriptor 9 and goes with the last process that has it: what is started to stay
# must not get it (9>&-).
locked() {
  if [[ -n ${BACKUP_LOCKED:-} ]]; then
    "$@"
    return
  fi
  exec 9>>"$home/lock"
  if ! flock --wait "${BACKUP_LOCK_WAIT:-0}" 9; then
    log "another job is at work: $(<"$home/lock"). Try again when it is done; see docker compose logs backup."
    exit 75
  fi
  export BACKUP_LOCKED=1
  printf '%s, since %s\n' "${job:-${1#command_}}" "$(TZ=${BACKUP_TIMEZONE:-UTC} date '+%Y-%m-%d %H:%M:%S %Z')" >"$home/lock"
  "$@"
}

# The folder of the running job, empty. What a killed one left is gone. Only under the lock.
job_dir() {
  rm -rf -- "$home/work"
  mkdir -- "$home/work" || return
  printf '%s\n' "$home/work"
}

# The keys of the databases, one a line.
databases() {
  local keys
  read -r -a keys <<<"${BACKUP_DATABASES:-}"
  printf '%s\n' ${keys[@]+"${keys[@]}"}
}

# KEY: psql, pg_dump and their like work on that database from now on. By the environment only: arguments can be read by every
# user of the host, and a name with = or :// in an argument would be taken for a connection string.
# DB_KEY_USER_FROM and the like name other variables, of an env file, say: the first of them that is set counts.
use_database() {
  local prefix=${1^^} variable value from name
  prefix=DB_${prefix//-/_}_
  for variable in HOST PORT USER PASSWORD NAME SSLMODE SSLROOTCERT; do
    from=${prefix}${variable}_FROM value=''
    for name in ${!from-} "$prefix$variable"; do
      value=${!name-}
      [[ -z $value ]] || break
    done
    case $variable in NAME) variable=PGDATABASE ;; *) variable=PG$variable ;; esac
    if [[ -n $value ]]; then
      export "$variable=$value"
    else
      unset "$variable"
    fi
  done
  [[ -n ${PGHOST-} && -n ${PGDATABASE-} ]] || fail "${prefix}HOST and ${prefix}NAME say where the database $1 is, and one of them is empty"
  export PGCONNECT_TIMEOUT=10 PGAPPNAME=backup
}

# psql for a script: rows only, and the first error ends it.
sql() {
  psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 "$@"
}

# KEY: the version of its server, as 18.6. A client never reads all of a newer server.
server_version() {
  (
    use_database "$1"
    client=$(pg_dump --version)
    [[ $client =~ \ ([0-9]+) ]] || fail "pg_dump does not say its version: $client"
    client=${BASH_REMATCH[1]}
    number=$(sql --command 'SHOW server_version_num') ||
      fail "the server of the database $1 does not answer, or does not let us in: $PGHOST, port ${PGPORT:-5432}, user ${PGUSER:-backup}"
    ((number / 10000 <= client)) ||
      fail "the server of the database $1 is PostgreSQL $((number / 10000)), and this container has the programs of $client, which cannot read it: say postgres.version: $((number / 10000)) in prodstack.yaml, then run npm create prodstack@latest -- --yes in this folder, and docker compose up --build --detach backup (where images are pulled: build, push and pull it)"
    printf '%s.%s\n' "$((number / 10000))" "$((number % 10000))"
  )
}

# SECONDS: as a person says it.
readable_time() {
  local seconds=$1
  if ((seconds < 0)); then
    printf 'in the future'
  elif ((seconds < 120)); then
    printf '%d s' "$seconds"
  elif ((seconds < 7200)); then
    printf '%d min' "$((seconds / 60))"
  elif ((seconds < 172800)); then
    printf '%d h %d min' "$((seconds / 3600))" "$((seconds % 3600 / 60))"
  else
    printf '%d days' "$((seconds / 86400))"
  fi
}

# BYTES
readable_size() {
  numfmt --to=iec-i --suffix=B --format='%.1f' -- "$1"
}
