# The inner half of scripts/restore, step by step; it holds the lock from the first to the last of them. What is restored
# becomes a new database beside the one in use, is looked at there, and then takes its name. The one that was in use stays,
# under another name. A journal, state/restore.json, says how far a restore has come.
# shellcheck shell=bash disable=SC2016,SC2034,SC2154
#
# Its phases:
#   loading, loaded     the databases and files in use are untouched; there may be new ones beside them
#   stopping, swapping  the services are being stopped, and names change: undone by whoever finds it
#   swapped             the new ones are in place, and services may have written to them: finished, not undone
#   undoing             names are being changed back: gone on with by whoever finds it
#   undone              as before; the services are not started yet
#   done                over

# Keeps the lock until standard input ends: until scripts/restore does, whatever ended it. It is the first process of its
# container, so all that the steps have started ends with it.
command_restore_hold() {
  job=restore
  locked restore_hold
}

restore_hold() {
  trap 'exit 143' TERM INT
  restore_owned
  trap 'rm -f -- "$BACKUP_REASON"; restore_owned' EXIT
  printf 'held %s\n' "$HOSTNAME"
  while IFS= read -r; do :; done
  # Of a restore that is over, or that nobody wanted after all.
  case $(journal | jq --raw-output '.phase // "none"') in
    none | undone | done) command_restore_clear ;;
  esac
}

# Where files belong to users of their own, root brings them back; what it makes of ours on the way is for the user of backups again.
restore_owned() {
  ((EUID == 0)) || return 0
  find "$home" "$repository" -user 0 -exec chown --no-dereference --reference="$home" -- {} +
}

# `backup fetch ID`: below /var/lib/backup/fetched, to look at it by hand; the next restore takes the room again.
command_fetch() {
  (($# == 1)) || wrong_usage 'backup fetch takes the ID of a backup, or latest'
  job=fetch
  locked restore_fetch_alone "$1"
}

restore_fetch_alone() {
  [[ $(journal | jq --raw-output '.phase // "none"') =~ ^(none|undone|done)$ ]] || fail 'a restore was interrupted, and comes first: scripts/restore --undo'
  command_restore_clear
  restore_fetch "$1"
}

# For scripts/restore: the phase, the backup, and the services that are to run again.
command_restore_state() {
  journal | jq --raw-output '
    "phase \(.phase // "none")", "backup \(.backup // "-")", "services \(.services // [] | join(" "))"'
}

# latest | ID | --at TIME | --file NAME [KEY]: brings it to fetched/, verified, and prints the name of its folder there. A file
# NAME has come by restore-put; KEY says of which database it is.
command_restore_prepare() {
  [[ $1 == --file ]] || rm -rf -- "$home/fetched/"*
  case $1 in
    --file) restore_file "$2" "${3:-}" ;;
    --at) restore_fetch_at "$2" ;;
    *) restore_fetch "$1" ;;
  esac
}

# Forgets what was brought here.
command_restore_clear() {
  rm -rf -- "$home/fetched/"*
}

# NAME: standard input becomes fetched/file/NAME.
command_restore_put() {
  [[ $1 == "${1##*/}" && $1 != .* && -n $1 ]] || wrong_usage "$1 is no name of a file"
  mkdir -p -- "$home/fetched/file"
  cat >"$home/fetched/file/$1" || fail "$1 could not be brought into the container: is the disk full?"
}

restore_fetch() {
  local wanted=$1 all id size
  # The newest backup is not the newest state where every change is kept.
  if [[ $wanted == latest ]] && declare -F engine_fetch_latest >/dev/null; then
    restore_fetch_state latest engine_fetch_latest
    return
  fi
  engine_ready >&2
  all=$(engine_list)
  [[ -n $all ]] || fail "there is no complete backup yet"
  if [[ $wanted == latest ]]; then
    id=$(jq --slurp --raw-output '.[0].id' <<<"$all")
  else
    id=$(jq --slurp --raw-output --arg id "$wanted" 'map(select(.id == $id))[0].id // ""' <<<"$all")
    [[ -n $id ]] ||
      fail "there is no complete backup $wanted; there are: $(jq --slurp --raw-output 'map(.id) | .[:5] | join(" ")' <<<"$all") (scripts/restore --list shows all)"
  fi
  size=$(jq --slurp --raw-output --arg id "$id" 'map(select(.id == $id))[0].bytes // 0' <<<"$all")
  restore_room "$home" "$size" "$(restore_free "$home")" "to bring the backup $id there"
  log "the backup $id is brought here"
  mkdir -- "$home/fetched/$id.part"
  engine_fetch "$id" "$home/fetched/$id.part" nearest >&2
  restore_verify "$home/fetched/$id.part"
  mv -- "$home/fetched/$id.part" "$home/fetched/$id"
  printf '%s\n' "$id"
}

restore_fetch_at() {
  declare -F engine_fetch_at >/dev/null ||
    fail "--at needs the engine pitr, which keeps every change; this stack has $BACKUP_ENGINE: scripts/restore --list shows the times there are"
  restore_fetch_state at engine_fetch_at "$1"
}

# NAME COMMAND...: what an engine that keeps every change can bring besides its backups.
restore_fetch_state() {
  local name=$1
  engine_ready >&2
  mkdir -- "$home/fetched/$name.part"
  "${@:2}" "$home/fetched/$name.part" >&2
  restore_verify "$home/fetched/$name.part"
  mv -- "$home/fetched/$name.part" "$home/fetched/$name"
  printf '%s\n' "$name"
}

# NAME [KEY]: a dump from outside. With its record beside it, it is a backup like all others; without, nobody knows what must
# be in it, and the record says so.
restore_file() {
  local folder=$home/fetched/file file=$home/fetched/file/$1 key=$2 record name
  record=$(find "$folder" -maxdepth 1 -name '*.json' ! -name record.json -print -quit)
  if [[ -n $record ]]; then
    jq --exit-status '.format == 1 and (.databases | type == "object")' "$record" >/dev/null 2>&1 ||
      fail "${record##*/} is no record of a backup of this kind"
    [[ -n $key ]] || key=$(restore_key_of "$1" "$record")
    jq --exit-status --arg key "$key" '.databases[$key]' "$record" >/dev/null || fail "${record##*/} knows no database $key"
    # The file alone: what else was backed up with it is not here.
    jq --arg key "$key" --arg file "$1" '.databases = {($key): (.databases[$key] + {$file})} | .uploads = {}' "$record" >"$folder/record.json"
  else
    if [[ -z $key ]]; then
      [[ $(databases | wc -l) == 1 ]] ||
        fail "there are several databases, and $1 does not say whose it is: add --database with one of $(databases | paste --serial --delimiters=' ')"
      key=$(databases)
    fi
    inspect_dump "$file"
    use_database "$key"
    name=$PGDATABASE
    jq --null-input --arg key "$key" --arg name "$name" --arg file "$1" --argjson bytes "$(stat --format=%s -- "$file")" \
      --arg version "$(pg_restore --list -- "$file" | sed -nE 's/^; +Dumped from database version: ([0-9.]+).*/\1/p')" \
      '{format: 1, id: $file, engine: "a file", server: $version, unverified: true, uploads: {},
        databases: {($key): {$name, $file, $bytes, sha256: null, tables: {}}}}' >"$folder/record.json"
  fi
  restore_verify "$folder"
  printf 'file\n'
}

# FILE RECORD: the key of the database that it is a dump of.
restore_key_of() {
  jq --raw-output --arg file "$1" '
    .id as $id | .databases | to_entries
    | map(select(.value.file == $file or $file == "\($id)-\(.value.file)" or $file == "\($id)-\(.key).dump"))
    | if length == 1 then .[0].key else "" end' "$2"
}

# FOLDER: every file is as its record says, and can be read to its end.
restore_verify() {
  local folder=$1 record=$1/record.json all key file hash bytes
  [[ -s $record ]] || fail 'the backup has no record of what is in it'
  jq --exit-status '.format == 1' "$record" >/dev/null || fail 'the record of the backup is of a newer kind: update this stack first'
  all=$(jq --raw-output '.databases | to_entries[] | [.key, .value.file, .value.sha256 // "-", .value.bytes] | @tsv' "$record")
  while IFS=$'\t' read -r key file hash bytes <&3; do
    [[ -s $folder/$file ]] || fail "the dump of $key is empty or missing"
    [[ $(stat --format=%s -- "$folder/$file") == "$bytes" ]] ||
      fail "the dump of $key has $(stat --format=%s -- "$folder/$file") bytes, and the record says $bytes: it is not whole"
    if [[ $hash != - ]]; then
      [[ $(sha256sum <"$folder/$file") == "$hash  -" ]] || fail "the dump of $key is not what was backed up: its SHA-256 is another one"
    fi
    log "the dump of $key is read through"
    verify_dump "$folder/$file"
  done 3<<<"$all"
}

# FREE: the bytes that are free below the folder.
restore_free() {
  df --output=avail --block-size=1 -- "$1" | tail --lines=1
}

# PLACE NEEDED FREE WHAT-FOR
restore_room() {
  (($2 <= $3)) || fail "$1 has $(readable_size "$3") free, and $(readable_size "$2") are needed $4: make room first"
}

# FOLDER [KEY...]: the databases of the backup that are restored: those that this stack has, or of these the named ones.
restore_keys() {
  local record=$home/fetched/$1/record.json
  shift
  databases | jq --raw-input --null-input --raw-output --slurpfile record "$record" '
    [inputs] as $ours | [$record[0].databases | keys[] | select(IN($ours[]))]
    | if ($ARGS.positional | length) > 0 then map(select(IN($ARGS.positional[]))) else . end | .[]' --args "$@"
}

# FOLDER IGNORE-SPACE [KEY...]: looks whether the servers will have it, refuses if not, and says what would happen.
command_restore_plan() {
  local folder=$1 ignore=$2 record=$home/fetched/$1/record.json keys key volumes
  shift 2
  keys=$(restore_keys "$folder" "$@")
  [[ -n $keys ]] || fail "the backup has none of the databases asked for; it has: $(jq --raw-output '.databases | keys | join(" ")' "$record")"
  restore_says_backup "$record"
  while read -r key <&3; do
    restore_check "$key" "$home/fetched/$folder/$(jq --raw-output --arg key "$key" '.databases[$key].file' "$record")" "$record"
    restore_says_database "$key" "$record" "$ignore"
  done 3<<<"$keys"
  volumes=$(restore_uploads "$folder" "$@")
  while read -r key <&3; do
    [[ -n $key ]] || continue
    uploads_check "$key"
    printf '  %-12s %s files, %s: they replace those in the volume\n' "$key" \
      "$(jq --raw-output --arg key "$key" '.uploads[$key].files' "$record")" \
      "$(readable_size "$(jq --raw-output --arg key "$key" '.uploads[$key].bytes' "$record")")"
  done 3<<<"$volumes"
  printf 'Until then, this is untouched. Afterwards it stays beside the new one, and scripts/restore --undo puts it back.\n'
}

# RECORD
restore_says_backup() {
  local record=$1 made
  if jq --exit-status .unverified "$record" >/dev/null; then
    printf 'The file %s, dumped from PostgreSQL %s. No record is beside it: what must be in it, nobody can say.\n' \
      "$(jq --raw-output .id "$record")" "$(jq --raw-output .server "$record")"
    return
  fi
  made=$(jq --raw-output .started "$record")
  printf 'The backup %s, made %s, %s ago (%s, PostgreSQL %s). What was written since then is not in it.\n' \
    "$(jq --raw-output .id "$record")" "$(TZ=${BACKUP_TIMEZONE:-UTC} date --date "$made" '+%Y-%m-%d %H:%M %Z')" \
    "$(readable_time "$(($(now) - $(date --date "$made" +%s)))")" "$(jq --raw-output .engine "$record")" "$(jq --raw-output .server "$record")"
}

# KEY RECORD IGNORE-SPACE
restore_says_database() {
  local key=$1 record=$2 name present tables rows size bytes free
  bytes=$(jq --raw-output --arg key "$key" '.databases[$key].bytes' "$record")
  use_database "$key"
  name=$PGDATABASE
  use_server "$key"
  present=$(NAME=$name sql <<<$'\\getenv name NAME\nSELECT pg_database_size(datname) FROM pg_database WHERE datname = :\'name\';')
  printf '  %-12s ' "$key"
  if ! jq --exit-status .unverified "$record" >/dev/null; then
    printf '%s tables with %s rows, ' "$(jq --arg key "$key" '.databases[$key].tables | length' "$record")" \
      "$(jq --arg key "$key" '[.databases[$key].tables[]] | add // 0' "$record")"
  fi
  if [[ -z $present ]]; then
    printf '%s: the server has no database %s, and gets it\n' "$(readable_size "$bytes")" "${name@Q}"
  else
    size=$present
    # It may be what is broken.
    IFS='|' read -r tables rows < <(
      PGDATABASE=$name sql --command 'SELECT count(*), coalesce(sum(n_live_tup), 0) FROM pg_stat_user_tables' 2>/dev/null || echo '?|?'
    )
    printf '%s: in place of the database %s, which has %s tables with about %s rows (%s on the disk)\n' \
      "$(readable_size "$bytes")" "${name@Q}" "$tables" "$rows" "$(readable_size "$size")"
    ((bytes > size)) || bytes=$size
  fi
  free=$(server_free_bytes)
  if [[ -n $free ]] && ((free < bytes)); then
    if [[ $3 == no ]]; then
      fail "the disk of the server has $(readable_size "$free") free, and the new database may take $(readable_size "$bytes"): a full disk would stop the one in use, too. Make room, or say --ignore-space"
    fi
    printf '  %-12s the disk may be too small: %s free\n' '' "$(readable_size "$free")"
  fi
}

# KEY FILE RECORD: fails where the restore could not come to its end, and says what helps.
restore_check() {
  local key=$1 file=$2 record=$3 name missing extensions version wrong owners
  use_database "$key"
  name=$PGDATABASE
  use_server "$key"
  version=$(sql --command "SELECT current_setting('server_version_num')::int / 10000")
  [[ $(pg_restore --version) =~ \ $version(\.|$|[a-z]|\ ) ]] ||
    fail "the server of $key is PostgreSQL $version, and this container has $(pg_restore --version): build the backup image anew for it"
  missing=$(missing_extensions "$file")
  [[ -z $missing ]] || fail "the server lacks extensions that the backup of $key needs: ${missing//$'\n'/, }"
  version=$(jq --raw-output '.timescaledb // ""' "$record")
  extensions=$(dump_extensions "$file")
  if [[ -n $version ]] && grep -qxF timescaledb <<<"$extensions"; then
    [[ -n $(VERSION=$version sql <<<$'\\getenv version VERSION\nSELECT 1 FROM pg_available_extension_versions WHERE name = \'timescaledb\' AND version = :\'version\';') ]] ||
      fail "the backup of $key was made with TimescaleDB $version, which this server does not have: use the image of that version, restore, and then the newer one"
  fi
  # pg_dump writes each of these on a line of its own, names quoted as quote_ident does it.
  owners=$(pg_restore --file=- --section=pre-data --section=post-data -- "$file" | sed -nE 's/^ALTER .* OWNER TO (.*);$/\1/p' | sort --unique)
  wrong=$(NAME=$name OWNERS=$owners sql <<'SQL'
\getenv name NAME
\getenv owners OWNERS
SELECT set_config('restore.name', :'name', false), set_config('restore.owners', :'owners', false) \g /dev/null
SELECT current_setting('server_version_num')::int >= 160000 AS has_set \gset
\if :has_set
SELECT set_config('restore.membership', 'SET', false) \g /dev/null
\else
SELECT set_config('restore.membership', 'MEMBER', false) \g /dev/null
\endif
WITH live AS (
  SELECT * FROM pg_database WHERE datname = current_setting('restore.name')
), me AS (
  SELECT rolname, rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user
), owner AS (
  SELECT rolname FROM pg_roles WHERE oid IN (SELECT datdba FROM live)
   UNION
  SELECT rolname FROM pg_roles WHERE quote_ident(rolname) = ANY (string_to_array(current_setting('restore.owners'), E'\n'))
)
SELECT format('The role of backups may make no databases: ALTER ROLE %I CREATEDB;', rolname)
  FROM me WHERE NOT rolsuper AND NOT rolcreatedb
UNION ALL
SELECT format('The role of backups may not give tables to their owner: GRANT %I TO %I;', owner.rolname, me.rolname)
  FROM me, owner
 WHERE NOT me.rolsuper AND NOT pg_has_role(owner.rolname, current_setting('restore.membership'))
UNION ALL
SELECT DISTINCT format('The role of backups may not end the sessions of others, here of %s: GRANT pg_signal_backend TO %I;', usename, me.rolname)
  FROM me, pg_stat_activity
 WHERE datname = current_setting('restore.name') AND usesysid IS NOT NULL AND NOT me.rolsuper
   AND NOT pg_has_role(usesysid, 'MEMBER') AND NOT pg_has_role('pg_signal_backend', 'MEMBER')
UNION ALL
SELECT format('The replication slot %s reads this database, and would stay with the old one: SELECT pg_drop_replication_slot(%L); and make it anew afterwards.', slot_name, slot_name)
  FROM pg_replication_slots WHERE database = current_setting('restore.name')
UNION ALL
SELECT format('The subscription %I feeds this database, and would stay with the old one: DROP SUBSCRIPTION %I; and make it anew afterwards.', subname, subname)
  FROM pg_subscription WHERE subdbid IN (SELECT oid FROM live)
UNION ALL
SELECT format('A prepared transaction holds this database since %s: COMMIT or ROLLBACK PREPARED %L;', prepared, gid)
  FROM pg_prepared_xacts WHERE database = current_setting('restore.name');
SQL
  )
  [[ -z $wrong ]] || fail "the database $key cannot be replaced as things are. ${wrong//$'\n'/ }"
}

# KEY: psql works on its server from now on, in a database that no restore touches.
use_server() {
  local key=$1 name other names=()
  while read -r other; do
    names+=("$(use_database "$other" && printf '%s' "$PGDATABASE")")
  done < <(databases)
  use_database "$key"
  for name in postgres template1 defaultdb; do
    for other in "${names[@]}"; do
      [[ $name != "$other" ]] || continue 2
    done
    if PGDATABASE=$name sql --command 'SELECT 1' >/dev/null 2>&1; then
      export PGDATABASE=$name
      return
    fi
  done
  fail "the server of $key does not answer, or lets $PGUSER into neither postgres nor template1: names of databases can only be changed from another one"
}

# NAME KIND RUN: what a database is called beside NAME. A name has 63 bytes at most: longer ones are shortened, always alike.
restore_name() {
  local hash
  hash=$(printf %s "$1" | sha256sum)
  jq --null-input --raw-output --arg name "$1" --arg ending "_$2_$3" --arg hash "_${hash:0:8}" '
    def cut($most): if utf8bytelength > $most then .[:-1] | cut($most) else . end;
    if ($name + $ending | utf8bytelength) <= 63 then $name else ($name | cut(63 - ($hash + $ending | utf8bytelength))) + $hash end
    | . + $ending'
}

journal() {
  state_get restore || printf '{}\n'
}

# JQ-ARGUMENT...: changes the journal.
journal_edit() {
  local changed
  changed=$(journal | jq --compact-output "$@")
  state_put restore <<<"$changed"
}

# PHASE: the tests kill the restore here; it is on the disk before the phase begins.
enter() {
  journal_edit --arg phase "$1" '.phase = $phase'
  log "restore: $1"
}

journal_keys() {
  journal | jq --raw-output '.databases // {} | keys[]'
}

journal_uploads() {
  journal | jq --raw-output '.uploads // [] | .[]'
}

# KEY FIELD
journal_name() {
  journal | jq --raw-output --arg key "$1" --arg field "$2" '.databases[$key][$field] // ""'
}

# Those of the uploads of the backup that this stack has too; none where single databases are asked for.
restore_uploads() {
  local record=$home/fetched/$1/record.json
  (($# == 1)) || return 0
  # shellcheck disable=SC2086 # names of volumes have no blanks
  printf '%s\n' ${BACKUP_UPLOADS:-} | jq --raw-input --null-input --raw-output --slurpfile record "$record" \
    '[inputs] as $ours | $record[0].uploads // {} | keys[] | select(IN($ours[]))'
}

# FOLDER [KEY...]: new databases beside those in use, with all of the backup in them, looked at; and new files.
command_restore_load() {
  local folder=$1 record=$home/fetched/$1/record.json run keys key volumes volume
  run=$(date --utc --date "@$(now)" +%Y%m%dt%H%M%Sz)
  jq --null-input --arg run "$run" --arg backup "$(jq --raw-output .id "$record")" --arg folder "$folder" \
    --argjson uploads "$(restore_uploads "$@" | jq --raw-input --null-input '[inputs]')" \
    '{format: 1, phase: "loading", $run, $backup, $folder, $uploads, databases: {}, services: []}' | state_put restore
  log 'restore: loading'
  keys=$(restore_keys "$@")
  while read -r key <&3; do
    restore_one "$key" "$run" "$folder" "$record"
  done 3<<<"$keys"
  volumes=$(journal_uploads)
  while read -r volume <&3; do
    [[ -n $volume ]] || continue
    uploads_stage "$volume" "$run" "$home/fetched/$folder/uploads/$volume" \
      "$(jq --arg volume "$volume" '.uploads[$volume].files' "$record")" "$(jq --arg volume "$volume" '.uploads[$volume].bytes' "$record")"
  done 3<<<"$volumes"
  enter loaded
}

# KEY RUN FOLDER RECORD
restore_one() {
  local key=$1 run=$2 record=$4 name new file owner made version settings=$4
  file=$home/fetched/$3/$(jq --raw-output --arg key "$key" '.databases[$key].file' "$record")
  use_database "$key"
  name=$PGDATABASE
  new=$(restore_name "$name" restore "$run")
  use_server "$key"
  owner=$(NAME=$name sql <<<$'\\getenv name NAME\nSELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = :\'name\';')
  # Before anything is made, so that nothing is forgotten.
  journal_edit --arg key "$key" --argjson names "$(restore_names "$name" "$run")" \
    --argjson present "$([[ -n $owner ]] && echo true || echo false)" '.databases[$key] = $names + {$present}'
  log "restore: the database $new is made and loaded"
  made=$(make_missing_roles "$file")
  [[ -z $made ]] ||
    log "restore: the backup names roles that the server did not have; nobody can log in as one until you say ALTER ROLE ... LOGIN PASSWORD ...: ${made//$'\n'/, }"
  if [[ -z $owner ]]; then
    owner=$(OWNER=$(jq --raw-output --arg key "$key" '.databases[$key].owner // ""' "$record") sql <<<$'\\getenv owner OWNER\nSELECT rolname FROM pg_roles WHERE rolname = :\'owner\';')
  fi
  if jq --exit-status .unverified "$record" >/dev/null; then
    settings=$home/fetched/$3/settings.json
    restore_locale "$key" "$name" >"$settings"
  fi
  make_database "$new" "$key" "$settings" "$owner" ||
    fail "the database $new could not be made: does the server have the locale of the backup ($(jq --compact-output --arg key "$key" '.databases[$key] | {encoding, collate, ctype, provider}' "$settings"))?"
  journal_edit --arg key "$key" --argjson oid "$(NEW=$new sql <<<$'\\getenv new NEW\nSELECT oid FROM pg_database WHERE datname = :\'new\';')" \
    '.databases[$key].oid = $oid'
  restore_tablespace "$name" "$new"
  version=$(jq --raw-output '.timescaledb // ""' "$record")
  load_dump "$file" "$new" "$(load_jobs)" "$version"
  if ! jq --exit-status .unverified "$record" >/dev/null; then
    compare_counts "$new" "$key" "$record"
    log "restore: $new has all tables and rows of the backup"
  fi
  analyze_database "$new"
  restore_properties "$name" "$new"
}

# KEY NAME: encoding and locale of a database, or of the server where it is not there, as a record has them.
restore_locale() {
  NAME=$2 KEY=$1 sql <<'SQL'
\getenv name NAME
\getenv key KEY
SELECT jsonb_build_object('databases', jsonb_build_object(:'key', jsonb_build_object(
         'encoding', pg_encoding_to_char(encoding), 'collate', datcollate, 'ctype', datctype, 'provider', datlocprovider,
         'icu', coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale'))))
  FROM pg_database d WHERE datname IN (:'name', 'template0') ORDER BY datname = :'name' DESC LIMIT 1;
SQL
}

# LIVE NEW: to be called while it is empty.
restore_tablespace() {
  LIVE=$1 NEW=$2 sql <<'SQL' >/dev/null
\getenv live LIVE
\getenv new NEW
SELECT format('ALTER DATABASE %I SET TABLESPACE %I', :'new', spcname)
  FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace
 WHERE datname = :'live' AND dattablespace <> (SELECT dattablespace FROM pg_database WHERE datname = :'new') \gexec
SQL
}

# LIVE NEW: what belongs to the database itself and is in no dump of it: privileges, settings, limit, comment.
restore_properties() {
  local said
  LIVE=$1 NEW=$2 sql <<'SQL' >/dev/null
\getenv live LIVE
\getenv new NEW
WITH live AS (
  SELECT * FROM pg_database WHERE datname = :'live'
), step (rank, command) AS (
  SELECT 1, format('REVOKE ALL ON DATABASE %I FROM %s', :'new', who)
    FROM live, unnest(ARRAY['PUBLIC', quote_ident(pg_get_userbyid(datdba))]) AS who WHERE datacl IS NOT NULL
  UNION ALL
  SELECT 2, format('GRANT %s ON DATABASE %I TO %s', privilege_type, :'new',
                   CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END)
            || CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
    FROM live, aclexplode(datacl)
  UNION ALL
  SELECT 3, format('ALTER DATABASE %I CONNECTION LIMIT %s', :'new', datconnlimit) FROM live WHERE datconnlimit >= 0
  UNION ALL
  SELECT 4, format('ALTER DATABASE %I IS_TEMPLATE true', :'new') FROM live WHERE datistemplate
  UNION ALL
  SELECT 5, format('COMMENT ON DATABASE %I IS %L', :'new', shobj_description(oid, 'pg_database'))
    FROM live WHERE shobj_description(oid, 'pg_database') IS NOT NULL
)
SELECT command FROM step ORDER BY rank \gexec
SQL
  # A list, such as search_path, is only right as the server itself puts it; all else as a text. Some may be the provider's.
  said=$(LIVE=$1 NEW=$2 psql --no-psqlrc --quiet --tuples-only --output=/dev/null 2>&1 <<'SQL'
\getenv live LIVE
\getenv new NEW
SELECT CASE WHEN list THEN 'BEGIN' END,
       CASE WHEN list THEN format('SELECT set_config(%L, %L, true)', name, value) END,
       whose || format(CASE WHEN list THEN ' SET %s FROM CURRENT' ELSE ' SET %s TO %L' END, name, value),
       CASE WHEN list THEN 'COMMIT' END
  FROM (SELECT CASE setrole WHEN 0 THEN format('ALTER DATABASE %I', :'new')
                            ELSE format('ALTER ROLE %I IN DATABASE %I', pg_get_userbyid(setrole), :'new') END AS whose,
               -- As it may be written: each of its parts a name.
               (SELECT string_agg(quote_ident(part), '.') FROM string_to_table(split_part(setting, '=', 1), '.') AS part) AS name,
               substr(setting, strpos(setting, '=') + 1) AS value,
               lower(split_part(setting, '=', 1)) IN ('search_path', 'temp_tablespaces', 'local_preload_libraries', 'session_preload_libraries') AS list
          FROM pg_db_role_setting, unnest(setconfig) AS setting
         WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = :'live')
           AND split_part(setting, '=', 1) <> 'timescaledb.restoring') AS settings \gexec
SQL
  )
  [[ -z $said ]] || log "restore: not every setting of $1 could be given to the new one: ${said//$'\n'/ }"
}

# SERVICE...: those that are stopped now and have to run again afterwards.
command_restore_stopping() {
  journal_edit '.services = (.services + $ARGS.positional | unique)' --args "$@"
  case $(journal | jq --raw-output .phase) in
    loaded) enter stopping ;;
    done | none) enter undoing ;;
  esac
}

# Gives the new databases and files the names of those in use.
command_restore_swap() {
  local run keys key volumes volume renames
  enter swapping
  run=$(journal | jq --raw-output .run)
  keys=$(restore_servers)
  while read -r key <&3; do
    renames=$(restore_of_server "$key" | jq --compact-output '
      [.[] | (if .present then {from: .name, to: .before} else empty end), {from: .new, to: .name}]')
    restore_rename "$key" "$renames"
  done 3<<<"$keys"
  restore_wake
  volumes=$(journal_uploads)
  while read -r volume <&3; do
    [[ -z $volume ]] || uploads_swap "$volume" "$run"
  done 3<<<"$volumes"
  enter swapped
}

# TimescaleDB works in the databases that have their names now: whoever worked there was sent away before.
restore_wake() {
  local keys key name there
  keys=$(journal_keys)
  while read -r key <&4; do
    [[ -n $key ]] || continue
    use_server "$key"
    name=$(journal_name "$key" name)
    there=$(NAME=$name sql <<<$'\\getenv name NAME\nSELECT 1 FROM pg_database WHERE datname = :\'name\';')
    [[ -z $there ]] || timescaledb_wake "$name"
  done 4<<<"$keys"
}

# KEY: its server.
restore_server() {
  (use_database "$1" && printf '%s:%s\n' "$PGHOST" "${PGPORT:-}")
}

# One key of each server that has databases of this restore.
restore_servers() {
  local keys key seen=$'\n' place
  keys=$(journal_keys) || return
  while read -r key; do
    [[ -n $key ]] || continue
    place=$(restore_server "$key") || return
    [[ $seen != *$'\n'"$place"$'\n'* ]] || continue
    seen+=$place$'\n'
    printf '%s\n' "$key"
  done <<<"$keys"
}

# KEY: what the journal says of the databases of its server, as a JSON list.
restore_of_server() {
  local here place keys key these='[]'
  here=$(restore_server "$1") && keys=$(journal_keys) || return
  while read -r key; do
    place=$(restore_server "$key") || return
    [[ $place != "$here" ]] || these=$(jq --compact-output --arg key "$key" '. + [$key]' <<<"$these") || return
  done <<<"$keys"
  journal | jq --compact-output --argjson keys "$these" '[.databases | to_entries[] | select(.key | IN($keys[])).value]'
}

# KEY RENAMES: all of them, or none. One statement that goes on in the server even if its client is gone: nobody is let in, who
# is there has to go, and the names change in one transaction.
restore_rename() {
  use_server "$1"
  RENAMES=$2 PGOPTIONS='-c statement_timeout=0 -c lock_timeout=0 -c client_min_messages=error' sql <<'SQL' >/dev/null
\getenv renames RENAMES
SELECT set_config('restore.renames', :'renames', false);
-- Whoever undoes this waits until it is over.
SELECT pg_advisory_lock(72691);
DO $$
DECLARE
  renames jsonb := current_setting('restore.renames');
  names name[] := ARRAY(SELECT one ->> 'from' FROM jsonb_array_elements(renames) AS one);
  ends timestamptz := clock_timestamp() + interval '30 seconds';
  one record;
  problem text;
BEGIN
  FOR one IN SELECT datname FROM pg_database WHERE datname = ANY (names) LOOP
    EXECUTE format('ALTER DATABASE %I ALLOW_CONNECTIONS false', one.datname);
  END LOOP;
  COMMIT;
  LOOP
    -- What counts activity is looked at anew in each transaction.
    COMMIT;
    problem := NULL;
    FOR one IN SELECT pid, datname, coalesce(usename, backend_type) AS who FROM pg_stat_activity
                WHERE datname = ANY (names) AND backend_type <> 'autovacuum worker' LOOP
      problem := format('%s is still connected to %s', one.who, one.datname);
      BEGIN
        PERFORM pg_terminate_backend(one.pid);
      EXCEPTION WHEN insufficient_privilege THEN
        problem := problem || ', and this role may not end that';
      END;
    END LOOP;
    EXIT WHEN problem IS NULL OR clock_timestamp() > ends;
    PERFORM pg_sleep(0.1);
  END LOOP;
  IF problem IS NULL THEN
    BEGIN
      FOR one IN SELECT value ->> 'from' AS "from", value ->> 'to' AS "to" FROM jsonb_array_elements(renames) LOOP
        EXECUTE format('ALTER DATABASE %I RENAME TO %I', one."from", one."to");
      END LOOP;
    EXCEPTION WHEN OTHERS THEN
      problem := SQLERRM;
    END;
  END IF;
  FOR one IN SELECT datname FROM pg_database
              WHERE NOT datallowconn AND (datname = ANY (names) OR datname IN (SELECT value ->> 'to' FROM jsonb_array_elements(renames))) LOOP
    EXECUTE format('ALTER DATABASE %I ALLOW_CONNECTIONS true', one.datname);
  END LOOP;
  COMMIT;
  IF problem IS NOT NULL THEN
    RAISE EXCEPTION 'names of databases could not be changed: %', problem;
  END IF;
END
$$;
SQL
}

# For people: what an undo of the last restore that came to its end would do. Fails where there is none.
command_restore_undo_plan() {
  restore_remembers
  journal | jq --raw-output '.databases[] | "  \(.name): the database \(.before) comes back; what is there now is kept as \(.undone)"'
  journal | jq --raw-output '.uploads[] | "  \(.): the files from before come back"'
}

# Everything as it was before. May be called at any phase, and again where it was stopped.
command_restore_undo() {
  local phase run keys key volumes volume
  phase=$(journal | jq --raw-output .phase)
  enter undoing
  run=$(journal | jq --raw-output .run)
  volumes=$(journal_uploads)
  while read -r volume <&3; do
    [[ -z $volume ]] || uploads_undo "$volume" "$run"
  done 3<<<"$volumes"
  keys=$(restore_servers)
  while read -r key <&3; do
    [[ -z $key ]] || restore_undo_server "$key"
  done 3<<<"$keys"
  case $phase in loading | loaded | stopping) ;; *) restore_wake ;; esac
  rm -rf -- "$home/fetched/"*
  enter undone
}

# KEY: the databases of its server get their old names back. One that nothing was ever done with goes; one that has been in use
# is kept. What the server has counts, not what was meant: a swap that nobody saw the end of may have come through, or not.
restore_undo_server() {
  local key=$1 all renames
  use_server "$key"
  all=$(restore_of_server "$key")
  renames=$(ALL=$all sql <<'SQL'
\getenv all ALL
-- A change of names that lost its client may still be at it.
SELECT pg_advisory_lock(72691) \g /dev/null
WITH of AS (
  SELECT one ->> 'name' AS name, one ->> 'before' AS before, one ->> 'undone' AS undone,
         one ->> 'present' = 'false' AND EXISTS (SELECT FROM pg_database WHERE datname = one ->> 'name' AND oid = (one ->> 'oid')::oid) AS added,
         EXISTS (SELECT FROM pg_database WHERE datname = one ->> 'name') AS has_name,
         EXISTS (SELECT FROM pg_database WHERE datname = one ->> 'before') AS has_before
    FROM jsonb_array_elements(:'all') AS one
), step AS (
  SELECT name AS "from", undone AS "to", 1 AS rank FROM of WHERE has_name AND (has_before OR added)
  UNION ALL
  SELECT before, name, 2 FROM of WHERE has_before
)
SELECT coalesce(jsonb_agg(jsonb_build_object('from', "from", 'to', "to") ORDER BY rank), '[]') FROM step;
SQL
  )
  [[ $renames == '[]' ]] || restore_rename "$key" "$renames"
  # A swap that was stopped lets nobody in.
  ALL=$all sql <<'SQL' >/dev/null
\getenv all ALL
SELECT format('ALTER DATABASE %I ALLOW_CONNECTIONS true', datname)
  FROM pg_database, jsonb_array_elements(:'all') AS one WHERE datname = one ->> 'name' AND NOT datallowconn \gexec
SQL
  jq --compact-output 'map(.new)' <<<"$all" | restore_drop
}

# Standard input: a JSON list of names of databases, which go if they are there.
restore_drop() {
  NAMES=$(cat) sql <<'SQL' >/dev/null
\getenv names NAMES
SELECT format('ALTER DATABASE %I IS_TEMPLATE false', datname), format('DROP DATABASE %I WITH (FORCE)', datname)
  FROM pg_database, jsonb_array_elements_text(:'names') AS one WHERE datname = one \gexec
SQL
}

# The journal of the last restore that came to its end, from what it has left behind: one that was undone came later, maybe, and
# the volume of states holds nothing that has to last.
restore_remembers() {
  local all run
  all=$(restore_kept)
  run=$(jq --slurp --raw-output 'map(select(.kind == "before").run) | max // ""' <<<"$all")
  [[ -n $run ]] || fail 'there is nothing from before a restore that could be put back'
  jq --slurp --arg run "$run" '{format: 1, phase: "done", $run, backup: "-", services: [],
      uploads: map(select(.run == $run and .kind == "before" and .volume).volume),
      databases: (map(select(.run == $run and .kind == "before" and .key) | {(.key): .names}) | add // {})}' <<<"$all" | state_put restore
}

# What earlier restores have kept, as JSON lines: databases and folders of files.
restore_kept() {
  local keys key name found
  keys=$(databases)
  while read -r key; do
    name=$(use_database "$key" && printf %s "$PGDATABASE") || return
    found=$(
      use_server "$key"
      sql <<'SQL'
SELECT jsonb_build_object('database', datname, 'kind', found[1], 'run', found[2])
  FROM pg_database, regexp_match(datname, '_(restore|before|undone)_([0-9]{8}t[0-9]{6}z)$') AS found WHERE found IS NOT NULL ORDER BY datname;
SQL
    ) || return
    restore_kept_of "$key" "$name" "$found" || return
  done <<<"$keys"
  uploads_kept
}

# KEY NAME FOUND: those of the JSON lines that were that database.
restore_kept_of() {
  local one kind run names
  while read -r one; do
    [[ -n $one ]] || continue
    kind=$(jq --raw-output .kind <<<"$one") run=$(jq --raw-output .run <<<"$one")
    [[ $(jq --raw-output .database <<<"$one") == "$(restore_name "$2" "$kind" "$run")" ]] || continue
    names=$(restore_names "$2" "$run") || return
    jq --compact-output --arg key "$1" --argjson names "$names" '{$key, names: ($names + {present: true})} + .' <<<"$one"
  done <<<"$3"
}

# NAME RUN: what that database is called in the course of a restore, as JSON.
restore_names() {
  jq --null-input --compact-output --arg name "$1" --arg new "$(restore_name "$1" restore "$2")" \
    --arg before "$(restore_name "$1" before "$2")" --arg undone "$(restore_name "$1" undone "$2")" '{$name, $new, $before, $undone}'
}

# Lists it for people.
command_restore_kept() {
  local all key database volume run size
  all=$(restore_kept)
  while IFS=$'\t' read -r key database volume run <&3; do
    if [[ -z $key ]]; then
      continue
    elif [[ $key != - ]]; then
      use_server "$key"
      size=$(NAME=$database sql <<<$'\\getenv name NAME\nSELECT pg_database_size(:\'name\');')
      printf 'the database %s (%s)\n' "$database" "$(readable_size "$size")"
    else
      printf 'files of %s, from the restore %s\n' "$volume" "$run"
    fi
  done 3< <(jq --raw-output '[.key // "-", .database // "-", .volume // "-", .run] | @tsv' <<<"$all")
}

# Removes it, for good.
command_restore_drop_old() {
  local all keys key volume
  all=$(restore_kept)
  keys=$(databases)
  while read -r key <&3; do
    use_server "$key"
    jq --slurp --compact-output --arg key "$key" 'map(select(.key == $key).database)' <<<"$all" | restore_drop
  done 3<<<"$keys"
  for volume in ${BACKUP_UPLOADS:-}; do
    uploads_drop "$volume"
  done
  rm -f -- "$home/state/restore.json"
  rm -rf -- "$home/fetched/"*
}

# The services run again. What was in use before and had nothing in it is not kept.
command_restore_finish() {
  local keys key before
  if [[ $(journal | jq --raw-output .phase) == swapped ]]; then
    keys=$(journal_keys)
    while read -r key <&3; do
      [[ -n $key ]] || continue
      use_server "$key"
      before=$(journal_name "$key" before)
      [[ $(PGDATABASE=$before sql --command "$restore_relations" 2>/dev/null || :) != 0 ]] ||
        jq --null-input --compact-output --arg name "$before" '[$name]' | restore_drop
    done 3<<<"$keys"
  fi
  journal_edit '.services = []'
  enter 'done'
  rm -rf -- "$home/fetched/"*
}

# How many tables and the like somebody has made.
restore_relations="SELECT count(*) FROM pg_class WHERE oid >= 16384 AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND NOT EXISTS
  (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')"
