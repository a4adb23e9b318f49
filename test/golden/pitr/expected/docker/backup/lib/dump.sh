# shellcheck shell=bash
# shellcheck disable=SC2154 # home: common.sh
# Dumps: what every database held at one moment, with what a restore is compared with afterwards.
#
# A session of each database exports its snapshot and stays until dump_close. Rows are counted in it and pg_dump reads in it, so
# that the counts are exact whatever the apps write meanwhile; and as it holds the locks of what it has counted, nobody can
# empty or remove a table in between, which no snapshot would show.

# How long to wait for a lock that another session has: a migration, say.
dump_patience=10min

# By key: the process of its session, where that is written to, and where its answers are read.
declare -gA dump_process=() dump_input=() dump_output=()

# DIR: begins. Fails where not every row can be read: what a dump left out, nobody would miss until the day it is needed.
dump_open() {
  local key
  dump_dir=$1
  dump_started=$(now)
  # A server that is lost without a word would be waited for for two hours. libpq takes this from a file only.
  printf '%s\n' '[dump]' keepalives_idle=20 keepalives_interval=5 keepalives_count=4 tcp_user_timeout=60000 >"$dump_dir/.service"
  export PGSERVICEFILE=$dump_dir/.service PGSERVICE=dump
  for key in $(databases); do
    dump_session "$key"
  done
  for key in $(databases); do
    dump_describe "$key"
    dump_count "$key"
    log "$(jq --raw-output --arg key "$key" '"the database \($key): \([.tables[]] | add // 0) rows in \(.tables | length) tables"' "$dump_dir/$key.json")"
  done
}

# KEY: a session at a snapshot of its own. Its standard input is ours, so that it ends with us, however we end.
dump_session() {
  local key=$1 base=$dump_dir/.$1 fd variable
  rm -f -- "$base.in" "$base.out"
  mkfifo -- "$base.in" "$base.out"
  (
    # Those of the others must end with us, and not with this one.
    for fd in ${dump_input[@]+"${dump_input[@]}"}; do exec {fd}>&-; done
    use_database "$key"
    exec psql --no-psqlrc --no-password --quiet --tuples-only --no-align --set ON_ERROR_STOP=1
  ) <"$base.in" >"$base.out" 2>"$base.said" &
  dump_process[$key]=$!
  exec {fd}>"$base.in"
  dump_input[$key]=$fd
  exec {fd}<"$base.out"
  dump_output[$key]=$fd
  # Found by their numbers from now on.
  rm -f -- "$base.in" "$base.out"
  dump_ask "$key" <<SQL
-- What the server, the database or the role would end us after. Nothing else is looked up than what is named in full.
SELECT set_config(name, '0', false) FROM pg_catalog.pg_settings
 WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout', 'transaction_timeout') \g /dev/null
SET search_path = '';
SET lock_timeout = '$dump_patience';
-- A firewall in between forgets who says nothing for long.
SET tcp_keepalives_idle = 60;
-- Rows that a policy hides are an error, and not left out.
SET row_security = off;
SET client_min_messages = warning;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT pg_export_snapshot();
SQL
  # Refuses a server that is newer than pg_dump.
  server_version "$key" >"$base.version"
  # For pg_dump, which runs as another process.
  variable=${key^^}
  export "DUMP_SNAPSHOT_${variable//-/_}=$dump_answer"
}

# KEY: what the session answers to the SQL of standard input, a line, comes into `dump_answer`.
dump_ask() {
  local text
  text=$(cat)
  # A session that has ended cannot be written to, and who tries is ended too. Why it has, is said below.
  (printf '%s\n' "$text" >&"${dump_input[$1]}") 2>/dev/null || :
  IFS= read -r dump_answer <&"${dump_output[$1]}" || fail "$(dump_reason "$1" "$dump_dir/.$1.said")"
}

# KEY: what it is made with, so that a restore makes the like. Names the first things that cannot be read.
dump_describe() {
  dump_ask "$1" <<'SQL'
SELECT coalesce(string_agg(thing, ', ' ORDER BY thing), '') FROM (
  (SELECT format('the schema %I', nspname) AS thing FROM pg_namespace n
    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND NOT has_schema_privilege(n.oid, 'USAGE')
      AND EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'S'))
    UNION ALL
   SELECT format('%s %I.%I', CASE c.relkind WHEN 'S' THEN 'the sequence' ELSE 'the table' END, nspname, relname)
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't' AND nspname !~ '^pg_' AND nspname <> 'information_schema'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
      AND CASE c.relkind WHEN 'S' THEN NOT has_sequence_privilege(c.oid, 'SELECT')
                         ELSE NOT has_table_privilege(c.oid, 'SELECT') END
    UNION ALL
   SELECT format('all rows of the table %I.%I (row security)', nspname, relname)
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity AND nspname !~ '^pg_' AND row_security_active(c.oid))
  LIMIT 10) AS unreadable;
SQL
  [[ -z $dump_answer ]] || fail "$(dump_unreadable "$1" "$dump_answer")"
  dump_ask "$1" <<'SQL'
SELECT json_build_object(
  'name', datname, 'file', NULL, 'bytes', NULL, 'sha256', NULL,
  'owner', pg_get_userbyid(datdba), 'encoding', pg_encoding_to_char(encoding),
  'collate', datcollate, 'ctype', datctype, 'provider', datlocprovider,
  'icu', coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale'),
  'timescaledb', (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'))
  FROM pg_database d WHERE datname = current_database();
SQL
  dump_put "$1" <<<"$dump_answer"
}

# KEY: its tables, with their rows.
dump_count() {
  dump_ask "$1" < <(count_query)
  jq '{tables: .}' <<<"$dump_answer" | dump_put "$1"
}

# KEY: standard input, a JSON object, goes into what is known of the dump.
dump_put() {
  local more known=$dump_dir/$1.json
  more=$(cat)
  [[ -e $known ]] || echo '{}' >"$known"
  jq --compact-output --argjson more "$more" '. + $more' "$known" >"$known.new"
  mv -f -- "$known.new" "$known"
}

# KEY [OPTION...]: the dump itself, by pg_dump, to standard output if no option says otherwise.
dump_stream() {
  local key=$1 snapshot=${1^^}
  snapshot=DUMP_SNAPSHOT_${snapshot//-/_}
  [[ -n ${!snapshot-} ]] || fail "a dump of the database $key is a part of: backup run"
  use_database "$key"
  # Without compression where the storage compresses itself: only then does it find again what it has already.
  exec pg_dump --no-password --format=custom --compress="${DUMP_COMPRESS:-$([[ $BACKUP_ENGINE == restic ]] && echo none || echo zstd)}" \
    --snapshot="${!snapshot}" --lock-wait-timeout="$dump_patience" "${@:2}"
}

# `backup dump KEY`: for a program that wants to start the dump itself, and to see how it ends. What pg_dump says comes into a
# file, for dump_reason.
command_dump() {
  (($# == 1)) || wrong_usage 'backup dump takes one word, the key of a database'
  dump_stream "$1" 2>"${DUMP_SAID:-/dev/stderr}"
}

# KEY FILE: the dump as a file, which only is there if it is whole.
dump_file() {
  local key=$1 file=$2 said=$dump_dir/.$1.said hash
  (dump_stream "$key" --file="$file.partial") 2>"$said" || fail "$(dump_reason "$key" "$said")"
  [[ -s $file.partial ]] || fail "pg_dump made an empty file of the database $key"
  sync -- "$file.partial" || fail "the dump of the database $key could not be written: is the disk full?"
  hash=$(sha256sum <"$file.partial")
  mv -- "$file.partial" "$file"
  jq --null-input --arg file "${file##*/}" --argjson bytes "$(stat --format=%s -- "$file")" --arg sha256 "${hash%% *}" '$ARGS.named' |
    dump_put "$key"
}

# DIR: roles and what else belongs to no database, as DIR/globals.sql. With the hashes of their passwords where the server is
# ours; a provider shows them to nobody, and some providers show no roles either.
dump_globals() {
  local file=$1/globals.sql said=$1/.globals.said options=(--globals-only --no-password) key database
  read -r key < <(databases)
  if (
    use_database "$key"
    if [[ $BACKUP_MANAGED == true ]]; then
      # There may be no database `postgres` that one may come to. As a connection string, so that the name is taken as it is.
      database=${PGDATABASE//\\/\\\\}
      options+=(--no-role-passwords --database="dbname='${database//\'/\\\'}'")
    fi
    exec pg_dumpall "${options[@]}" --file="$file.partial" 2>"$said"
  ) && [[ -s $file.partial ]]; then
    mv -- "$file.partial" "$file"
    return
  fi
  rm -f -- "$file.partial"
  [[ $BACKUP_MANAGED == true ]] || fail "the roles of the server could not be dumped: $(dump_reason "$key" "$said")"
  log "the roles of the server are not in this backup, for it does not show them: $(dump_said "$said")"
}

# Ends the sessions: the dumps are made.
dump_close() {
  local key fd
  for key in "${!dump_process[@]}"; do
    fd=${dump_input[$key]}
    exec {fd}>&-
    fd=${dump_output[$key]}
    exec {fd}<&-
    wait "${dump_process[$key]}" || log "the session of the database $key ended early: $(dump_said "$dump_dir/.$key.said")"
  done
  dump_process=() dump_input=() dump_output=()
  unset PGSERVICE PGSERVICEFILE
}

# DIR ID [JSON]: DIR/record.json, of what dump_open and dump_file left there. The JSON object, {uploads}, say, comes on top.
record_write() {
  local dir=$1 more=${3-} client key first finished globals=null
  [[ -n $more ]] || more='{}'
  client=$(pg_dump --version)
  [[ $client =~ \ ([0-9.]+) ]]
  client=${BASH_REMATCH[1]}
  finished=$(now)
  [[ ! -e $dir/globals.sql ]] || globals='"globals.sql"'
  read -r first < <(databases)
  for key in $(databases); do
    jq --compact-output --arg key "$key" '{($key): .}' "$dir/$key.json"
  done | jq --slurp \
    --arg id "$2" --arg project "$BACKUP_PROJECT" --arg engine "$BACKUP_ENGINE" --arg reason "${BACKUP_RUN_REASON:-manual}" \
    --argjson started "$dump_started" --argjson finished "$finished" --argjson globals "$globals" \
    --arg server "$(<"$dir/.$first.version")" --arg client "$client" --argjson more "$more" '
      add as $databases
      | {format: 1, $id, $project, $engine, $reason, started: ($started | todate), finished: ($finished | todate),
         seconds: ($finished - $started), $server, $client,
         timescaledb: ([$databases[].timescaledb | values] | first // null),
         databases: ($databases | map_values(del(.timescaledb))), $globals, uploads: {}} + $more' >"$dir/record.json.new"
  mv -f -- "$dir/record.json.new" "$dir/record.json"
}

# FILE: what a program has said, in one line.
dump_said() {
  local said=''
  [[ ! -e $1 ]] || said=$(grep -vE '^[[:space:]]*$|detail: Query was|^LINE |^ *\^' "$1" | tail -n 4 | tr -s '[:cntrl:][:space:]' ' ' | cut -c -500) || :
  printf '%s' "${said:-it said nothing}"
}

# KEY FILE: the same, with the way out.
dump_reason() {
  local key=$1 said where
  said=$(dump_said "$2")
  where=$(
    use_database "$key"
    printf '%s, port %s' "$PGHOST" "${PGPORT:-5432}"
  )
  case $said in
    *'password authentication failed'* | *'no password supplied'* | *'role "'*'" does not exist'* | *'no pg_hba.conf entry'*)
      printf 'the server of the database %s (%s) does not let us in: %s. %s' "$key" "$where" "$said" \
        "$(if [[ $BACKUP_MANAGED == true ]]; then echo 'Is the user and the password in its BACKUP_DATABASE_URL right?'; else
          echo 'The password in .env is not the one that the server has: scripts/rotate-secret POSTGRES_PASSWORD brings them together.'; fi)" ;;
    *'row-level security'*) dump_unreadable "$key" "all rows (row security): $said" ;;
    *'permission denied'*) dump_unreadable "$key" "what it has to: $said" ;;
    *'lock timeout'* | *'statement timeout'*)
      printf 'another session has locked a table of the database %s for %s, a migration, say: %s' "$key" "$dump_patience" "$said" ;;
    *'could not translate host name'* | *'onnection refused'* | *'timeout expired'* | *'No route to host'* | *'etwork is unreachable'* | *'is starting up'* | *'is shutting down'* | *'is in recovery mode'* | *'not yet accepting connections'*)
      printf 'the server of the database %s (%s) does not answer: %s. Does it run?' "$key" "$where" "$said" ;;
    *'server closed the connection'* | *'could not receive data'* | *'could not send data'* | *'terminating connection'* | *'connection has been closed'* | *'no connection to the server'* | *'connection to server was lost'*)
      printf 'the server of the database %s ended the connection in the middle: %s. Was it stopped, or had it too little memory?' "$key" "$said" ;;
    *'No space left'*) printf 'there is no room left for the dump of the database %s: %s' "$key" "$said" ;;
    *'database "'*'" does not exist'*) printf 'there is no such database on %s: %s' "$where" "$said" ;;
    *) printf 'the database %s could not be dumped: %s' "$key" "$said" ;;
  esac
}

# KEY THINGS: what the role may not read.
dump_unreadable() {
  local role
  role=$(
    use_database "$1"
    printf '%s' "${PGUSER:-}"
  )
  printf 'the role %s may not read %s. A backup would miss it, so there is none. It needs pg_read_all_data (GRANT pg_read_all_data TO ...), and BYPASSRLS where row security is on' \
    "$role" "$2"
}
