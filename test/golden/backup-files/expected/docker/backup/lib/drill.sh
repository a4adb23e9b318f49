# shellcheck shell=bash
# A drill: a backup is brought here from where it is kept, restored, counted and read. What nobody has restored is no backup yet,
# and the time that it takes is what an outage would take. The databases in use are only asked for their size.
# With BACKUP_DRILL_IN=scratch a server of this container's own takes it, with BACKUP_DRILL_IN=server the one in use, as databases
# of other names: where only that one has what the dump needs.

# [ID]: of that backup instead of the newest.
command_drill() {
  (($# <= 1)) || wrong_usage 'backup drill takes at most one word, the ID of a backup'
  # Not a failed drill, and nobody is told: only a word that was mistyped.
  [[ -z ${1:-} ]] || drill_choose "$1" >/dev/null
  run_job drill drill "$@"
}

drill() {
  local folder record backup id started key keys restore=0 check=0
  folder=$(job_dir)/drill
  record=$folder/record.json
  drill_sweep
  # Who asks it to stop must not stop this.
  trap 'trap "" TERM INT HUP; drill_sweep' EXIT
  engine_ready
  backup=$(drill_choose "${1:-}")
  id=$(jq --raw-output .id <<<"$backup")
  drill_note "$(jq '{id, where}' <<<"$backup")"
  drill_room "$(jq '.bytes // 0' <<<"$backup")" "$(restore_free "$home")" "$home of this container, to bring the backup there"

  log "the backup $id comes from: $(jq --raw-output .where <<<"$backup")"
  started=$(now)
  mkdir -- "$folder"
  # The engine pitr has more than its newest backup.
  if [[ -z ${1:-} ]] && declare -F engine_fetch_latest >/dev/null; then
    engine_fetch_latest "$folder"
  else
    engine_fetch "$id" "$folder"
  fi
  drill_note "$(jq --argjson fetch "$(($(now) - started))" '{
    seconds: {$fetch},
    tables: ([.databases[].tables | length] | add // 0),
    rows: ([.databases[].tables[]] | add // 0),
    bytes: ([.databases[].bytes, (.uploads // {})[].bytes] | add // 0)
  }' "$record")"

  keys=$(jq --raw-output '.databases | keys[]' "$record")
  if [[ $BACKUP_DRILL_IN != server ]]; then
    started=$(now)
    scratch_start
    drill_roles
    restore=$(($(now) - started))
  fi
  for key in $keys; do
    drill_database "$key"
  done
  started=$(now)
  drill_uploads
  log 'the storage is checked'
  engine_check
  drill_note "{\"seconds\": {\"check\": $((check + $(now) - started))}}"
  drill_end true null
  log "$(jq --raw-output '"all \(.rows) rows in \(.tables) tables are there: \(.seconds.fetch) s to bring them here, \(.seconds.restore) s to restore, \(.seconds.check) s to check"' \
    "$home/state/last-drill.json")"
}

# REASON: the job has failed, whatever the reason.
drill_failed() {
  drill_end false "$(jq --null-input --arg reason "$1" '$reason')"
}

# JSON: what is known of this drill so far, also when it fails later.
drill_note() {
  local known='{}'
  [[ ! -s $home/work/drill.json ]] || known=$(<"$home/work/drill.json")
  jq --argjson more "$1" '. * $more' <<<"$known" >"$home/work/drill.json"
}

# OK ERROR: what `status` and `health` go by.
drill_end() {
  drill_note "$(jq --null-input --arg time "$(date --utc +%Y-%m-%dT%H:%M:%SZ)" --argjson ok "$1" --argjson error "$2" '{$time, $ok, $error}')"
  jq '{id: null, where: null, seconds: {fetch: null, restore: null, check: null}, rows: null, tables: null, bytes: null} * .' \
    "$home/work/drill.json" | state_put last-drill
}

# ID: that backup, or the newest, as a line of engine_list. The last one that was made has to be there: what counts no longer,
# because a file of it is gone or too short, must not be passed over for an older one.
drill_choose() {
  local list last=''
  list=$(engine_list) || return
  [[ -n $1 ]] || last=$(state_get last-backup | jq --raw-output .id) || last=''
  [[ -z $last || $list == *"\"$last\""* ]] ||
    fail "the last backup, $last, was complete when it was made, and is not whole any more where it is kept: docker compose exec backup backup list shows what there is"
  [[ -n $list ]] || fail 'there is no backup yet, so nothing could be restored: docker compose exec backup backup run'
  jq --null-input --compact-output --exit-status --arg id "$1" 'first(inputs | select($id == "" or .id == $id))' <<<"$list" ||
    fail "there is no complete backup $1: docker compose exec backup backup list"
}

# NEED FREE PLACE: fails before a disk is filled that others live on. Some room stays, for them.
drill_room() {
  local need=$(($1 + $1 / 5 + 536870912))
  (($2 >= need)) || fail "the disk has $(readable_size "$2") left, and $(readable_size "$need") are needed in $3"
}

# The roles of the server that was backed up, in the throw-away one. What does not fit here, a tablespace, say, is told.
drill_roles() {
  local globals said
  globals=$(jq --raw-output '.globals // ""' "$record")
  [[ -n $globals ]] || return 0
  said=$(psql --no-psqlrc --quiet --file="$folder/$globals" 2>&1 >/dev/null) || fail "the roles could not be restored: $said"
  [[ -z $said ]] || log "not all that is outside of the databases could be restored here: ${said:0:600}"
}

# KEY: its dump, into a database of its own, which is gone afterwards.
drill_database() {
  local key=$1 like=$record file size database=drill jobs missing started said
  file=$folder/$(jq --raw-output --arg key "$key" '.databases[$key].file' "$record")
  inspect_dump "$file"
  size=$(drill_size "$key")
  [[ -n $size ]] || size=$((3 * $(stat --format=%s -- "$file")))
  if [[ $BACKUP_DRILL_IN == server ]]; then
    use_database "$key"
    database=drill_${id,,}_$key
    # It has others to serve.
    jobs=1
    drill_server_room "$size"
  else
    like=$(drill_locale "$key")
    # Two at least: only then is what they load written once, instead of to the write-ahead log as well.
    jobs=$(processors)
    jobs=$((jobs > 2 ? jobs : 2))
    drill_room "$size" "$(restore_free "$home")" "$home of this container, to restore the database $key there"
    make_missing_roles "$file" >/dev/null
  fi
  missing=$(missing_extensions "$file")
  [[ -z $missing ]] || fail "$(drill_packages "$key" "$missing")"

  log "the database $key is restored"
  started=$(now)
  make_database "$database" "$key" "$like"
  DATABASE=$database sql <<<'\getenv name DATABASE
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;'
  load_dump "$file" "$database" "$jobs" "$(jq --raw-output '.timescaledb // ""' "$record")" --no-tablespaces --no-subscriptions
  analyze_database "$database"
  restore=$((restore + $(now) - started))
  drill_note "{\"seconds\": {\"restore\": $restore}}"

  log "the database $key is compared with what was backed up, and read"
  started=$(now)
  compare_counts "$database" "$key" "$record"
  timescaledb_wake "$database" rollback
  # Every row and every definition once more, with what is stored out of line.
  said=$(PGDATABASE=$database pg_dump --no-sync --file=/dev/null 2>&1) || fail "what was restored of the database $key cannot be read: $said"
  drill_drop "$database"
  rm -f -- "$file"
  check=$((check + $(now) - started))
}

# KEY: the bytes that the database in use has on its disk; nothing where it does not answer, for a drill does without it.
drill_size() {
  (
    use_database "$1"
    sql <<<'SELECT pg_database_size(current_database());'
  ) 2>/dev/null || :
}

# SIZE
drill_server_room() {
  local free
  free=$(server_free_bytes)
  if [[ -n $free ]]; then
    drill_room "$1" "$free" "the server of the database $key, for a copy of it"
  else
    log "the server does not say how much room its disk has: a copy of the database $key takes $(readable_size "$1")"
  fi
}

# KEY: the record, or one like it with a locale that this container has. Rows and constraints are the same in any; the order of
# texts is not.
drill_locale() {
  local known wanted
  known=$(locale -a | tr '[:upper:]' '[:lower:]' | tr -d -)
  while read -r wanted; do
    if ! grep -qxF -- "$(tr '[:upper:]' '[:lower:]' <<<"$wanted" | tr -d -)" <<<"$known"; then
      log "the locale $wanted is not here: the drill goes on with C.UTF-8"
      jq --arg key "$1" '.databases[$key] |= (.collate = "C.UTF-8" | .ctype = "C.UTF-8")' "$record" >"$folder/like.json"
      printf '%s\n' "$folder/like.json"
      return
    fi
  done < <(jq --raw-output --arg key "$1" '.databases[$key] | .collate, .ctype' "$record")
  printf '%s\n' "$record"
}

# KEY NAMES: what to do where the server has not got these extensions.
drill_packages() {
  local major name packages='' unknown=''
  major=$(pg_restore --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/')
  for name in $2; do
    case $name in
      vector) packages+=" postgresql-$major-pgvector" ;;
      postgis | postgis_*) packages+=" postgresql-$major-postgis-3" ;;
      pgaudit | hypopg | orafce | h3 | hll | ip4r | prefix | rum | semver | unit | pgrouting) packages+=" postgresql-$major-$name" ;;
      pg_partman) packages+=" postgresql-$major-partman" ;;
      pg_repack) packages+=" postgresql-$major-repack" ;;
      plpython3u) packages+=" postgresql-plpython3-$major" ;;
      plperl | plperlu) packages+=" postgresql-plperl-$major" ;;
      *) unknown+=" $name" ;;
    esac
  done
  printf 'the database %s needs extensions that this server does not have: %s.' "$1" "${2//$'\n'/, }"
  [[ -z $packages ]] || printf ' Say backup.packages: [%s] in prodstack.yaml, then run npm create prodstack@latest -- --yes in this folder, and docker compose up --build --detach backup (where images are pulled: build, push and pull it).' \
    "$(tr ' ' '\n' <<<"${packages# }" | sort -u | paste -s -d ,)"
  [[ -z $unknown ]] || printf ' For%s: the Debian package that has it in backup.packages; or, where there is none, backup.drillIn: server.' "$unknown"
}

# As many files of each volume as the record says, with as many bytes.
drill_uploads() {
  local volume expected found
  while IFS=$'\t' read -r volume expected; do
    found=$(find "$folder/uploads/$volume" -type f -printf '%s\n' | jq --slurp --compact-output '{files: length, bytes: (add // 0)}')
    [[ $found == "$expected" ]] || fail "the uploads $volume are not all there: $found, and the backup has $expected"
  done < <(jq --raw-output '(.uploads // {}) | to_entries[] | "\(.key)\t\(.value | {files, bytes})"' "$record")
}

# DATABASE
drill_drop() {
  DATABASE=$1 sql <<<'\getenv name DATABASE
DROP DATABASE IF EXISTS :"name" WITH (FORCE);'
}

# Nothing of a drill stays, whatever ended it: at its end, and at the start of the next for one that was killed.
drill_sweep() {
  local key
  scratch_stop
  rm -rf -- "$home/work/drill"
  [[ $BACKUP_DRILL_IN == server ]] || return 0
  for key in $(databases); do
    drill_sweep_server "$key" || log "the server of the database $key could not be asked for what a drill has left there"
  done
}

# KEY
drill_sweep_server() {
  (
    use_database "$1"
    sql <<'SQL'
SELECT format('DROP DATABASE IF EXISTS %I WITH (FORCE)', datname) FROM pg_database
 WHERE datname ~ '^drill_[0-9]{8}t[0-9]{6}z_' AND pg_has_role(datdba, 'MEMBER') \gexec
SQL
  ) 2>/dev/null
}
