# shellcheck shell=bash
# shellcheck disable=SC2154 # home, repository: common.sh
# The engine `pitr`: pgBackRest. Every segment of the server's write-ahead log goes to the repository as soon as it is closed;
# a backup of the whole cluster is made daily. Both are read from the volume of the server and from its socket. For a restore
# a cluster is recovered beside the server, to a point in time, and its databases are dumped: from there on it is a restore
# like every other one.
#
# What can be fetched:
#   20261121T020000Z      a backup of engine_list: the state when it was complete
#   at-20261121T091500Z   a point in time, with all transactions that ended by then; engine_at makes it of what a person says
#   latest                all that was ever saved

# ARGUMENT...: pgBackRest with the settings of this stack.
rest() {
  (
    pitr_settings "$1"
    exec pgbackrest "$@"
  )
}

# COMMAND: all settings as environment variables, so that no secret is on a command line or in a file.
pitr_settings() {
  export PGBACKREST_CONFIG=/dev/null PGBACKREST_STANZA=postgres PGBACKREST_PG1_USER=postgres
  export PGBACKREST_PG1_PATH="${PGBACKREST_PG1_PATH:-$PGDATA}" PGBACKREST_PG1_SOCKET_PATH="$pitr_socket"
  export PGBACKREST_LOCK_PATH=/tmp/pgbackrest PGBACKREST_SPOOL_PATH=/tmp/pgbackrest-spool
  export PGBACKREST_LOG_LEVEL_FILE=off PGBACKREST_LOG_LEVEL_CONSOLE="${PGBACKREST_LOG_LEVEL_CONSOLE:-warn}" PGBACKREST_LOG_TIMESTAMP=n
  export PGBACKREST_COMPRESS_TYPE=zst PGBACKREST_COMPRESS_LEVEL=3 PGBACKREST_PROCESS_MAX=2
  export PGBACKREST_REPO1_CIPHER_TYPE=aes-256-cbc PGBACKREST_REPO1_CIPHER_PASS="$BACKUP_PASSWORD"
  # A storage that takes a connection and says nothing more is away.
  export PGBACKREST_IO_TIMEOUT=30
  case $1 in
    # Small files go in bundles, and of large ones only what has changed. What is old goes once the new backup is known as good.
    backup)
      export PGBACKREST_REPO1_BUNDLE=y PGBACKREST_REPO1_BLOCK=y PGBACKREST_START_FAST=y PGBACKREST_EXPIRE_AUTO=n
      export PGBACKREST_ARCHIVE_TIMEOUT=120
      ;;
  esac
  case $1 in
    backup | expire) export PGBACKREST_REPO1_RETENTION_FULL_TYPE=time PGBACKREST_REPO1_RETENTION_FULL="$BACKUP_KEEP_DAILY" ;;
  esac
  if [[ $(pitr_where) == s3 ]]; then
    pitr_settings_s3
  else
    export PGBACKREST_REPO1_TYPE=posix PGBACKREST_REPO1_PATH="$repository/pgbackrest"
  fi
}

pitr_settings_s3() {
  local endpoint=${BACKUP_S3_ENDPOINT:-}
  [[ $endpoint == https://?* ]] ||
    fail "BACKUP_S3_ENDPOINT is '$endpoint': pgBackRest needs the address of a storage that speaks https, such as https://s3.eu-central-1.amazonaws.com"
  [[ -n ${BACKUP_S3_ACCESS_KEY_ID:-} && -n ${BACKUP_S3_SECRET_ACCESS_KEY:-} ]] ||
    fail 'BACKUP_S3_ACCESS_KEY_ID or BACKUP_S3_SECRET_ACCESS_KEY is empty, and BACKUP_S3_BUCKET is not: set all of them'
  endpoint=${endpoint#https://}
  endpoint=${endpoint%%/*}
  export PGBACKREST_REPO1_TYPE=s3 PGBACKREST_REPO1_PATH="/${BACKUP_S3_PREFIX:-$BACKUP_PROJECT}/pgbackrest"
  export PGBACKREST_REPO1_S3_ENDPOINT="$endpoint" PGBACKREST_REPO1_S3_REGION="${BACKUP_S3_REGION:-us-east-1}"
  export PGBACKREST_REPO1_S3_BUCKET="$BACKUP_S3_BUCKET"
  export PGBACKREST_REPO1_S3_KEY="$BACKUP_S3_ACCESS_KEY_ID" PGBACKREST_REPO1_S3_KEY_SECRET="$BACKUP_S3_SECRET_ACCESS_KEY"
  # Amazon wants the bucket in the host name; there, a dot in it would not fit the certificate.
  if [[ $endpoint == *.amazonaws.com && $BACKUP_S3_BUCKET != *.* ]]; then
    export PGBACKREST_REPO1_S3_URI_STYLE=host
  else
    export PGBACKREST_REPO1_S3_URI_STYLE=path
  fi
}

# Where the server's socket is, and where it is told what was saved.
pitr_socket=/var/run/postgresql
pitr_saved=$pitr_socket/archive

# Saves what the server has closed of its log, for as long as this process runs; comes back at once where another one does it
# already. The server knows a segment as saved by a file of its name, and keeps it until then: while the storage is away, its
# log grows. Nothing is dropped instead (archive-push-queue-max), for no time behind a hole could be restored.
engine_serve() {
  local told=0 said
  mkdir --parents -- "$pitr_saved"
  exec 8>>"$pitr_saved/lock"
  flock --nonblock 8 || return 0
  while :; do
    touch -- "$pitr_saved/alive"
    said=$(pitr_serve 2>&1) || said=${said:-without a word}
    if [[ -n $said ]]; then
      # There may be no repository yet.
      if [[ $said == *FileMissingError*archive.info* ]] && (engine_ready); then continue; fi
      if (($(now) - told >= 600)); then
        log "the write-ahead log is not saved: $(pitr_reason <<<"$said")"
        told=$(now)
      fi
      sleep 5
    else
      ((told == 0)) || log 'the write-ahead log is saved again'
      told=0
      sleep 0.5
    fi
  done
}

# Nobody saves any more: a server that is being stopped need not wait.
engine_served() {
  rm -f -- "$pitr_saved/alive"
}

# Saves what waits at present, two segments at a time, and marks each that arrived. The first that does not ends it.
pitr_serve() {
  local cluster name names=() ready=$PGDATA/pg_wal/archive_status marks
  # No cluster yet.
  cluster=$(pitr_control "$PGDATA" 'Database system identifier' 2>/dev/null) || return 0
  marks=$pitr_saved/$cluster
  mkdir --parents -- "$marks"
  # What the server has taken note of.
  for name in "$marks"/*; do
    [[ -e $ready/${name##*/}.ready ]] || rm -f -- "$name"
  done
  for name in "$ready"/*.ready; do
    name=${name##*/}
    name=${name%.ready}
    [[ $name == '*' || -e $marks/$name ]] || names+=("$name")
  done
  ((${#names[@]} > 0)) || return 0
  pitr_settings archive-push
  # Some at a time, so that the server knows that somebody is there.
  # shellcheck disable=SC2016 # for that shell
  printf '%s\0' "${names[@]:0:16}" | MARKS=$marks xargs --null --max-args=1 --max-procs=2 bash -c '
    pgbackrest --log-level-console=error archive-push "$PGDATA/pg_wal/$1" && : >"$MARKS/$1" || exit 255' bash
}

# FOLDER NAME: what the control file of a cluster says.
pitr_control() {
  pg_controldata -D "$1" | sed -nE "s/^$2: +//p"
}

pitr_where() {
  if [[ ${BACKUP_TO:-local} == s3 && -n ${BACKUP_S3_BUCKET:-} ]]; then echo s3; else echo local; fi
}

# For messages.
pitr_place() {
  case $(pitr_where) in
    s3) printf 'the bucket %s (%s)' "$BACKUP_S3_BUCKET" "${BACKUP_S3_ENDPOINT:-}" ;;
    *) printf 'the volume of /backups' ;;
  esac
}

# EPOCH: as a person reads it.
pitr_local() {
  TZ=${BACKUP_TIMEZONE:-UTC} date --date="@$1" '+%Y-%m-%d %H:%M:%S %Z'
}

pitr_utc() {
  date --utc --date="@$1" +%Y-%m-%dT%H:%M:%SZ
}

# SQL on standard input, at the server itself: over its socket, which is there whatever the network does.
pitr_sql() {
  (
    use_database "$(databases | head -n 1)"
    PGHOST=$pitr_socket PGDATABASE=postgres PGSSLMODE=disable sql
  )
}

# The number that a cluster gets when it is made, and keeps.
pitr_cluster() {
  pitr_sql <<<'SELECT system_identifier FROM pg_control_system()'
}

# What the repository holds, as pgBackRest tells it. `missing` instead where there is nothing yet.
pitr_info() {
  local info code message
  info=$(rest info --output=json 2>&1) || fail "$(pitr_place) cannot be read: $(pitr_reason <<<"$info")"
  # With a wrong key, it prints what it has deciphered.
  info=$(LC_ALL=C tr -cd '\40-\176' <<<"$info")
  code=$(jq '.[0].repo[0].status.code' <<<"$info" 2>/dev/null) || fail "$(pitr_place) cannot be read: $(pitr_reason <<<"$info")"
  case $code in
    0 | 2 | 5) printf '%s\n' "$info" ;;
    1 | 3) echo missing ;;
    *)
      message=$(jq --raw-output '.[0].repo[0].status.message' <<<"$info")
      fail "$(pitr_place) cannot be read: $(pitr_reason <<<"$message")"
      ;;
  esac
}

# Standard input: what pgBackRest says, in one line that a person can do something with.
pitr_reason() {
  local text
  text=$(LC_ALL=C tr -cd '\n\40-\176' | sed -E '/HINT:|^[[:space:]]*$|cannot be opened|^xargs:/d; s/^ *P[0-9]+ +ERROR: (\[[0-9]+\]: )?//; s/^[-0-9]+ [0-9:.]+ UTC \[[0-9]+\] //; s/^ +//' | awk '!seen[$0]++')
  case $text in
    *certificate*) printf 'the certificate of the storage is not trusted: %s' "$(head -n 1 <<<"$text")" ;;
    *CryptoError* | *FormatError*)
      printf 'BACKUP_PASSWORD does not open it. It is the key that was shown when this stack was made; without that very key nothing can be got out of these backups'
      ;;
    *NoSuchBucket*) printf 'there is no bucket %s: make it, or correct BACKUP_S3_BUCKET' "${BACKUP_S3_BUCKET:-}" ;;
    *InvalidAccessKeyId* | *SignatureDoesNotMatch* | *AccessDenied* | *'403 (Forbidden)'*)
      printf 'the storage refuses these credentials: look at BACKUP_S3_ACCESS_KEY_ID, BACKUP_S3_SECRET_ACCESS_KEY, BACKUP_S3_REGION, and what they may do in the bucket %s' "${BACKUP_S3_BUCKET:-}"
      ;;
    *) printf '%s' "$(head -n 6 <<<"$text" | paste --serial --delimiters=' ')" | cut -c 1-600 ;;
  esac
}

# INFO: the backups that are complete and have no damaged page, newest first, one JSON object a line.
pitr_backups() {
  jq --compact-output --arg where "$(pitr_where)" '
    (.[0].db | map({key: (.id | tostring), value: .version}) | from_entries) as $versions
    | .[0].backup | map(select(.error != true)) | sort_by(-.timestamp.stop)[]
    | {id: (.annotation.id // (.timestamp.start | strftime("%Y%m%dT%H%M%SZ"))), time: (.timestamp.stop | todate),
       bytes: .info.repository.delta, where: $where, engine: "pitr", type, label: .label, stop: .timestamp.stop,
       size: .info.size, database: .database.id, postgres: $versions[.database.id | tostring]}' <<<"$1"
}

# INFO: the cluster that the repository belongs to now. Not by jq, which may round a number of that length.
pitr_owner() {
  grep --only-matching --extended-regexp '"system-id": *[0-9]+' <<<"$1" | tail -n 1 | grep --only-matching --extended-regexp '[0-9]+$'
}

# The repository is there and can be read; an empty place becomes one. A server that is new, on an empty host, may read what
# another one has left.
engine_ready() {
  local info said
  info=$(pitr_info) || return
  [[ $info == missing ]] || return 0
  # Not two at once: what saves the log, and a first backup.
  exec {pitr_making}>>"$home/making"
  flock "$pitr_making"
  info=$(pitr_info) || return
  if [[ $info != missing ]]; then
    exec {pitr_making}>&-
    return 0
  fi
  pitr_cluster >/dev/null || fail "$pitr_silent"
  said=$(rest stanza-create 2>&1) || fail "the repository cannot be made in $(pitr_place): $(pitr_reason <<<"$said")"
  exec {pitr_making}>&-
  log "a new repository was made in $(pitr_place)"
}

pitr_silent='PostgreSQL does not answer at its socket /var/run/postgresql: see docker compose ps postgres'

# INFO: fails where the repository belongs to another server. To hand it over is for a person to decide: the other one may be
# running, on another host with the same .env, and could save nothing from then on.
pitr_own() {
  local cluster owner
  cluster=$(pitr_cluster) || fail "$pitr_silent"
  owner=$(pitr_owner "$1")
  [[ $owner == "$cluster" ]] || fail "the repository in $(pitr_place) belongs to another PostgreSQL cluster ($owner) than the one that runs ($cluster): nothing is saved there." \
    'If this one takes its place (a new host, a new volume, a new major version), restore first what you want of it, and then: docker compose exec backup backup adopt.' \
    'If the other one still runs somewhere, give this stack a BACKUP_S3_PREFIX of its own.'
}

# The repository goes on with the cluster that runs now. What it has of the one before stays, and can be restored, until
# it is too old.
command_adopt() {
  locked pitr_adopt
}

pitr_adopt() {
  local said
  said=$(rest stanza-upgrade 2>&1) || fail "the repository cannot be handed over: $(pitr_reason <<<"$said")"
  log 'the repository belongs to this PostgreSQL cluster from now on; a first backup of it is made'
  command_run
}

# ID DIR. All of the cluster once a week, in between what has changed since then.
engine_save() {
  local id=$1 info type=diff full said label
  info=$(pitr_info) || return
  pitr_own "$info"
  full=$(jq '(.[0].db | last.id) as $now | [.[0].backup[]
    | select(.type == "full" and .error != true and .database.id == $now) | .timestamp.start] | max // 0' <<<"$info")
  # Half a day less, so that it stays in the same night of the week.
  if (($(now) - full > 7 * 86400 - 43200)); then type=full; fi
  log "a $type backup of the cluster begins"
  # Where the container itself does not run.
  engine_serve >&2 9>&- &
  said=$(rest backup --type="$type" --annotation="id=$id" 2>&1) || fail "pgBackRest made no backup: $(pitr_reason <<<"$said")"
  [[ -z $said ]] || log "pgBackRest: $said"
  info=$(pitr_info) || return
  if ! jq --exit-status --arg id "$id" 'any(.[0].backup[]; .annotation.id == $id and .error != true)' <<<"$info" >/dev/null; then
    # One every hour would fill the storage. pgBackRest keeps it where it is the only one.
    label=$(jq --raw-output --arg id "$id" 'first(.[0].backup[] | select(.annotation.id == $id)).label' <<<"$info") || label=''
    [[ -z $label ]] || rest expire --set="$label" >/dev/null 2>&1 || :
    fail "pages of the database are damaged on disk, so this backup does not count. Find them in the messages above (invalid page checksum), then restore what they held from an older backup"
  fi
}

engine_list() {
  local info
  info=$(pitr_info) || return
  [[ $info != missing ]] || return 0
  pitr_backups "$info" | jq --compact-output '{id, time, bytes, where, engine, type}'
}

# Full backups that are older than the days that one may go back, but for the one that the first of these days needs.
engine_prune() {
  local said
  said=$(PGBACKREST_LOG_LEVEL_CONSOLE=info rest expire 2>&1) || fail "what is too old could not be removed: $(pitr_reason <<<"$said")"
  sed -nE 's/^P[0-9]+ +INFO: repo1: ((expire|remove) .*)/\1/p' <<<"$said" | while IFS= read -r said; do log "$said"; done
}

# Whether a segment of the log comes through to the repository now, and none is missing there; and, where reading costs
# nothing, whether every file is whole.
engine_check() {
  local info said
  info=$(pitr_info) || return
  [[ $info != missing ]] || fail "there is no backup in $(pitr_place)"
  if [[ $(pitr_cluster 2>/dev/null) == "$(pitr_owner "$info")" ]]; then
    said=$(rest check 2>&1) || fail "the write-ahead log does not reach $(pitr_place): $(pitr_reason <<<"$said")"
  fi
  pitr_gaps "$info"
  [[ $(pitr_where) == local ]] || return 0
  # Its status is 0 whatever it finds.
  if ! said=$(rest verify --output=text 2>&1) || [[ $said == *'status: error'* ]]; then
    fail "files of the repository are damaged: $(pitr_reason <<<"$said")"
  fi
}

# INFO: every segment since the oldest backup must be there.
pitr_gaps() {
  local archive first timeline last name number list
  while read -r archive first; do
    list=$(rest repo-ls "archive/postgres/$archive" --recurse --filter='^[0-9A-F]{16}/[0-9A-F]{24}-[0-9a-f]{40}') ||
      fail "the log in $(pitr_place) cannot be listed"
    [[ -n $list ]] || fail "$(pitr_place) has backups and no log, which each of them needs"
    timeline=${first:0:8} last=$((16#${first:8:8} * 256 + 16#${first:16:8} - 1))
    while IFS= read -r name; do
      name=${name##*/}
      name=${name:0:24}
      [[ ! $name < $first ]] || continue
      # 256 of 16 MiB each have the same number in the middle.
      number=$((16#${name:8:8} * 256 + 16#${name:16:8}))
      ((number <= last + 1)) || [[ $timeline != "${name:0:8}" ]] ||
        fail "the log in $(pitr_place) has a gap before the segment $name: no time between it and the next backup can be restored"
      timeline=${name:0:8} last=$number
    done <<<"$list"
  done < <(jq --raw-output '.[0] as $all | $all.archive[] | . as $one
    | [$all.backup[] | select(.database.id == $one.database.id) | .archive.start] | select(length > 0) | "\($one.id) \(min)"' <<<"$1")
}

# TEXT: the point in time that a person means, as what engine_fetch takes. Without a zone, that of the schedule.
engine_at() {
  local text=$1 zone=${BACKUP_TIMEZONE:-UTC} epoch other info oldest
  [[ $text =~ [0-9] ]] || fail "'$text' is no time: say it like 2026-11-21 10:15:00 Europe/Berlin"
  if [[ $text =~ ^(.*[^[:space:]])[[:space:]]+([A-Za-z_]+(/[A-Za-z0-9_+-]+)+|UTC|GMT)$ ]]; then
    text=${BASH_REMATCH[1]} zone=${BASH_REMATCH[2]}
  fi
  [[ -f /usr/share/zoneinfo/$zone ]] || fail "there is no time zone $zone: Europe/Berlin and UTC are some"
  epoch=$(TZ=$zone date --date="$text" +%s 2>/dev/null) || fail "'$1' is no time that exists in the zone $zone: say it like 2026-11-21 10:15:00 Europe/Berlin"
  # In the night that the clock is turned back in, an hour comes twice.
  if [[ ! $text =~ (Z|[+-][0-9]{2}:?[0-9]{2}|ago)$ ]]; then
    for other in -3600 -1800 1800 3600; do
      [[ $(TZ=$zone date --date="@$epoch" '+%F %T') != $(TZ=$zone date --date="@$((epoch + other))" '+%F %T') ]] ||
        fail "'$1' was twice in that night: say which of them, $(TZ=$zone date --date="@$epoch" '+%FT%T%:z') or $(TZ=$zone date --date="@$((epoch + other))" '+%FT%T%:z')"
    done
  fi
  info=$(pitr_info) || return
  [[ $info != missing ]] || fail "there is no backup in $(pitr_place) yet"
  oldest=$(pitr_backups "$info" | jq --slurp 'map(.stop) | min // empty')
  [[ -n $oldest ]] || fail "there is no good backup in $(pitr_place) yet"
  ((epoch >= oldest && epoch <= $(now))) ||
    fail "$(pitr_local "$epoch") is not covered: from $(pitr_local "$oldest") to now ($(pitr_local "$(now)")) is"
  date --utc --date="@$epoch" +at-%Y%m%dT%H%M%SZ
}

# TEXT DIR
engine_fetch_at() {
  local id
  id=$(engine_at "$1") || return
  engine_fetch "$id" "$2"
}

# DIR: not as the newest backup has it, but with all that was written since.
engine_fetch_latest() {
  engine_fetch latest "$1"
}

# ID DIR
engine_fetch() {
  local id=$1 dir=$2 info backups backup target=''
  [[ $id == latest || $id =~ ^(at-)?[0-9]{8}T[0-9]{6}Z$ ]] || fail "there is no backup $id: see backup list"
  pitr_clear
  pitr_flush "$id"
  info=$(pitr_info) || return
  [[ $info != missing ]] || fail "there is no backup in $(pitr_place)"
  backups=$(pitr_backups "$info")
  case $id in
    at-*)
      target=$(date --utc --date="${id:3:4}-${id:7:2}-${id:9:2}T${id:12:2}:${id:14:2}:${id:16:2}Z" +%s)
      backup=$(jq --slurp --compact-output --argjson target "$target" 'map(select(.stop <= $target))[0] // empty' <<<"$backups")
      [[ -n $backup ]] || fail "$(pitr_local "$target") is before the oldest backup: $(jq --slurp --raw-output '.[-1].stop // empty' <<<"$backups" | { read -r first && pitr_local "$first"; } || echo there is none)"
      ;;
    latest)
      backup=$(head -n 1 <<<"$backups")
      [[ -n $backup ]] || fail "there is no good backup in $(pitr_place)"
      ;;
    *)
      backup=$(jq --slurp --compact-output --arg id "$id" 'map(select(.id == $id))[0] // empty' <<<"$backups")
      [[ -n $backup ]] || fail "there is no backup $id in $(pitr_place): see backup list"
      ;;
  esac
  pitr_recover "$id" "$backup" "$target"
  pitr_through "$id" "$info" "$backup"
  pitr_dump "$id" "$dir" "$(pitr_moment "$id" "$backup" "$target")"
  pitr_clear
}

# ID. So that what was committed until now is in the repository. Where the server is gone, or is another one, what is there has to do.
pitr_flush() {
  local said info
  [[ $1 == latest || $1 == at-* ]] || return 0
  info=$(pitr_info) || return
  [[ $info != missing && $(pitr_cluster 2>/dev/null) == "$(pitr_owner "$info")" ]] || return 0
  engine_serve >&2 9>&- &
  # A commit in it: recovery stops at the first one that is later than the target, and takes the end of the log for too early.
  said=$(pitr_sql 2>&1 <<<'SELECT pg_current_xact_id()' && rest check 2>&1) ||
    log "the newest changes do not reach $(pitr_place): $(pitr_reason <<<"$said")"
}

pitr_data() {
  printf '%s/recovery/data' "$home"
}

# Ends a recovered server and removes it; also one that was left by a process that was killed.
pitr_clear() {
  local data
  data=$(pitr_data)
  if [[ -s $data/postmaster.pid ]]; then
    pg_ctl stop --pgdata="$data" --mode=immediate --silent 2>/dev/null || :
  fi
  rm -rf -- "$home/recovery" /tmp/recovery
}

# ID BACKUP TARGET: brings the cluster here and lets it replay the log.
pitr_recover() {
  local id=$1 backup=$2 target=$3 data label size free version options said pid settings
  data=$(pitr_data)
  label=$(jq --raw-output .label <<<"$backup")
  version=$(jq --raw-output '.postgres // empty' <<<"$backup")
  [[ -z $version || $version == "$PG_MAJOR" ]] ||
    fail "that backup is of PostgreSQL $version, and this container has the programs of $PG_MAJOR: say postgres.version: $version in prodstack.yaml for this restore"
  mkdir --parents -- "$data" /tmp/recovery
  chmod 700 -- "$home/recovery" "$data" /tmp/recovery
  size=$(jq .size <<<"$backup")
  free=$(df --output=avail --block-size=1 -- "$data" | tail -n 1)
  ((free > size + size / 4)) ||
    fail "there is too little room to recover the cluster: it takes $(readable_size "$size") and more in the volume of /var/lib/backup, and $(readable_size "$free") are free"

  case $id in
    latest) options=(--type=default) ;;
    at-*) options=(--type=time --target="$(date --utc --date="@$target" '+%Y-%m-%d %H:%M:%S+00')" --target-action=promote --target-timeline=current) ;;
    *) options=(--type=immediate --target-action=promote) ;;
  esac
  log "the cluster is brought here as of backup $(jq --raw-output .id <<<"$backup"), $(readable_size "$size")"
  # An error while a segment is fetched must not look like the end of the log; for PostgreSQL, a status above 125 does not.
  # shellcheck disable=SC2016 # for the shell of the server
  said=$(rest restore --set="$label" --pg1-path="$data" --archive-mode=off --tablespace-map-all="$home/recovery/tablespaces" \
    --recovery-option='restore_command=pgbackrest archive-get %f "%p" || exit $(($? == 1 ? 1 : 255))' "${options[@]}" 2>&1) ||
    fail "the cluster cannot be brought here: $(pitr_reason <<<"$said")"

  # As roomy as the server for what its log holds; nothing that reaches out, or works on its own: it is a copy.
  settings=(
    listen_addresses='' unix_socket_directories=/tmp/recovery "hba_file=$home/recovery/pg_hba.conf" "ident_file=$home/recovery/pg_ident.conf" ssl=off
    archive_mode=off hot_standby=off fsync=off full_page_writes=off autovacuum=off shared_buffers=64MB
    max_logical_replication_workers=0 shared_preload_libraries='' session_preload_libraries='' local_preload_libraries=''
    log_destination=stderr logging_collector=off log_min_messages=warning timezone=UTC log_timezone=UTC lc_messages=C
    "max_connections=$(pitr_setting max_connections)" "max_worker_processes=$(pitr_setting max_worker_processes)"
    "max_prepared_transactions=$(pitr_setting max_prepared_xacts)" "max_locks_per_transaction=$(pitr_setting max_locks_per_xact)"
  )
  printf 'local all all trust\n' >"$home/recovery/pg_hba.conf"
  : >"$home/recovery/pg_ident.conf"
  log 'the log is replayed'
  # Without the lock: should this process be killed, the next one ends it.
  (
    PGBACKREST_PG1_PATH=$data
    pitr_settings archive-get
    exec postgres -D "$data" "${settings[@]/#/--}" >"$home/recovery/log" 2>&1 9>&-
  ) &
  pid=$!
  until PGHOST=/tmp/recovery PGPORT=5432 PGUSER=postgres PGDATABASE=postgres PGSSLMODE=disable \
    sql <<<'SELECT 1 / (NOT pg_is_in_recovery())::int' >/dev/null 2>&1; do
    if ! kill -0 "$pid" 2>/dev/null; then
      wait "$pid" || :
      fail "$(pitr_why "$target")"
    fi
    sleep 0.2
  done
}

# NAME: a setting that the cluster had, by its control file.
pitr_setting() {
  pitr_control "$(pitr_data)" "$1 setting"
}

# TARGET: why the recovered server ended.
pitr_why() {
  local last
  if grep --quiet 'recovery ended before configured recovery target' "$home/recovery/log"; then
    last=$(sed -nE 's/.*last completed transaction was at log time //p' "$home/recovery/log" | tail -n 1)
    printf '%s is not covered: the last transaction in %s ended at %s. All that is there comes back with: latest' "$(pitr_local "$1")" "$(pitr_place)" \
      "$(if [[ -n $last ]]; then pitr_local "$(date --date="$last" +%s)"; else echo 'the time of the backup before'; fi)"
  else
    printf 'the log cannot be replayed: %s' \
      "$(grep -E 'FATAL|PANIC|ERROR' "$home/recovery/log" | grep -vE 'not accepting connections|starting up' | tail -n 3 | pitr_reason)"
  fi
}

# ID INFO BACKUP. With `latest`, a segment that is missing or damaged would look like the end of the log: everything that the
# repository names must have been replayed.
pitr_through() {
  local max redo size reached
  [[ $1 == latest ]] || return 0
  max=$(jq --raw-output --argjson database "$(jq .database <<<"$3")" '[.[0].archive[] | select(.database.id == $database) | .max // empty] | max // empty' <<<"$2")
  redo=$(sed -nE 's/.*redo done at ([0-9A-F]+\/[0-9A-F]+).*/\1/p' "$home/recovery/log" | tail -n 1)
  [[ -n $max && -n $redo ]] || fail 'it cannot be seen how far the log was replayed'
  size=$(pitr_control "$(pitr_data)" 'Bytes per WAL segment')
  reached=$((((16#${redo%/*} << 32) + 16#${redo#*/}) / size))
  ((reached >= (16#${max:8:8} << 32) / size + 16#${max:16:8})) ||
    fail "the log in $(pitr_place) breaks off at $redo, before its end in the segment $max: a segment in between is missing or damaged. Until there, it can be restored with --at"
}

# ID BACKUP TARGET: the moment that the recovered databases are of.
pitr_moment() {
  local last
  last=$(sed -nE 's/.*last completed transaction was at log time //p' "$home/recovery/log" | tail -n 1)
  case $1 in
    at-*) pitr_utc "$3" ;;
    latest) pitr_utc "$(if [[ -n $last ]]; then date --date="$last" +%s; else jq .stop <<<"$2"; fi)" ;;
    *) pitr_utc "$(jq .stop <<<"$2")" ;;
  esac
}

# ID DIR TIME: the databases of the recovered cluster, with a record as every backup has one.
pitr_dump() (
  local id=$1 dir=$2 key prefix
  for key in $(databases); do
    prefix=DB_${key^^}
    prefix=${prefix//-/_}
    export "${prefix}_HOST=/tmp/recovery" "${prefix}_PORT=5432" "${prefix}_USER=postgres" "${prefix}_PASSWORD=" "${prefix}_SSLMODE=disable" "${prefix}_SSLROOTCERT="
  done
  dump_open "$dir"
  for key in $(databases); do dump_file "$key" "$dir/$key.dump"; done
  dump_globals "$dir"
  dump_close
  record_write "$dir" "$id" "$(jq --null-input --arg started "$3" '$ARGS.named')"
)

# How far the archive is, for status and health: what waits in the server, since when, and what it takes.
engine_archive() {
  local free
  free=$(df --output=avail --block-size=1 -- "$PGDATA" | tail -n 1)
  FREE=$free pitr_sql <<'SQL'
\getenv free FREE
SELECT json_build_object(
  'archived', to_char(last_archived_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
  'failed', to_char(CASE WHEN last_failed_time > coalesce(last_archived_time, '-infinity') THEN last_failed_time END AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
  'waiting', waiting.segments, 'seconds', coalesce(floor(extract(epoch FROM clock_timestamp() - waiting.since)), 0),
  'bytes', (SELECT coalesce(sum(size), 0) FROM pg_ls_waldir()), 'free', :free)
  FROM pg_stat_archiver,
       (SELECT count(*) AS segments, min(modification) AS since FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready') AS waiting;
SQL
}

# Says what is wrong with the archive. A segment takes a second as a rule: a quarter of an hour is a storage that is away, and as
# long as it is, nothing is removed from the disk of the server.
engine_health() {
  local archive seconds
  archive=$(engine_archive 2>/dev/null) || {
    echo 'PostgreSQL does not answer, so that it is not known how far its write-ahead log is saved'
    return 0
  }
  seconds=$(jq .seconds <<<"$archive")
  ((seconds > 900)) || return 0
  printf 'the write-ahead log has not been saved for %s: %s segments wait, pg_wal takes %s and grows, and %s of its disk are free. The reason is in: docker compose logs backup\n' \
    "$(readable_time "$seconds")" "$(jq .waiting <<<"$archive")" "$(readable_size "$(jq .bytes <<<"$archive")")" "$(readable_size "$(jq .free <<<"$archive")")"
}

# Seconds that may be lost at most: a segment is closed after a minute; and what waits to be saved.
engine_rpo() {
  local waiting
  waiting=$(engine_archive 2>/dev/null | jq .seconds) || waiting=0
  printf '%d\n' "$((60 + ${waiting:-0}))"
}
