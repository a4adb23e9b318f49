# shellcheck shell=bash
# Reads a dump into a database, and looks whether all of it is there: for restores and drills alike.
# Who calls has PGHOST and the like in the environment, of a role that may do it.

# FILE: fails unless it is a dump that these programs, and a server of their version, can read.
inspect_dump() {
  local file=$1 said from ours
  [[ -s $file ]] || fail "${file##*/} is empty or missing"
  if ! said=$(pg_restore --list -- "$file" 2>&1); then
    case $said in
      *'unsupported version'*) fail "${file##*/} was made by a newer pg_dump than this one ($(pg_dump --version)): ${said##*error: }" ;;
      *) fail "${file##*/} is no whole dump of pg_dump's custom format: ${said##*error: }" ;;
    esac
  fi
  from=$(sed -nE 's/^; +Dumped from database version: ([0-9]+).*/\1/p' <<<"$said")
  ours=$(pg_restore --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/')
  ((${from:-0} <= ours)) ||
    fail "${file##*/} comes from PostgreSQL $from, and this is PostgreSQL $ours, which cannot take it: use the image of $from"
}

# FILE: the same, and fails unless every block of it can be read. The format has no checksum: a record's hash shows the rest.
verify_dump() {
  local said
  inspect_dump "$1" || return
  said=$(pg_restore --file=/dev/null -- "$1" 2>&1) || fail "${1##*/} is damaged: ${said##*error: }"
}

# FILE: the extensions that it makes.
dump_extensions() {
  pg_restore --list -- "$1" | sed -nE 's/^[0-9]+; [0-9]+ [0-9]+ EXTENSION - (.*[^ ]) *$/\1/p'
}

# FILE: those that the server does not have.
missing_extensions() {
  local names
  names=$(dump_extensions "$1") || return
  [[ -n $names ]] || return 0
  NAMES=$names sql <<'SQL'
\getenv names NAMES
SELECT name FROM regexp_split_to_table(:'names', E'\n') AS name
 WHERE name NOT IN (SELECT name FROM pg_available_extensions) ORDER BY name;
SQL
}

# FILE: the roles that it names, as owners or with privileges. pg_dump puts every such statement on a line of its own.
dump_roles() {
  pg_restore --file=- --section=pre-data --section=post-data --no-comments -- "$1" |
    awk '
      # An identifier at the beginning of text, quoted or not; what follows stays in text.
      function word(    one) {
        sub(/^ +/, "", text)
        if (match(text, /^"([^"]|"")+"/)) {
          one = substr(text, 2, RLENGTH - 2)
          text = substr(text, RLENGTH + 1)
          gsub(/""/, "\"", one)
          return one
        }
        match(text, /^[a-z_0-9$\200-\377]+/)
        if (RLENGTH < 1) return ""
        one = substr(text, 1, RLENGTH)
        text = substr(text, RLENGTH + 1)
        return one
      }
      function roles(after,    one) {
        text = after
        do {
          one = word()
          if (one != "") print one
          sub(/^ +/, "", text)
        } while (one != "" && sub(/^,/, "", text))
      }
      /^ALTER .* OWNER TO / { one = $0; sub(/.* OWNER TO /, "", one); roles(one) }
      /^GRANT .* TO / { one = $0; sub(/.* TO /, "", one); roles(one) }
      /^REVOKE .* FROM / { one = $0; sub(/.* FROM /, "", one); roles(one) }
      /^ALTER DEFAULT PRIVILEGES FOR ROLE / {
        one = $0; sub(/^ALTER DEFAULT PRIVILEGES FOR ROLE /, "", one); roles(one)
        one = $0; if (sub(/.* TO /, "", one) || sub(/.* FROM /, "", one)) roles(one)
      }
      /^CREATE POLICY .* TO / { one = $0; sub(/.* TO /, "", one); sub(/ (USING|WITH CHECK) .*/, "", one); roles(one) }
      /^CREATE USER MAPPING FOR / { one = $0; sub(/^CREATE USER MAPPING FOR /, "", one); roles(one) }
      /^SET SESSION AUTHORIZATION / { one = $0; sub(/^SET SESSION AUTHORIZATION /, "", one); roles(one) }
    ' | sort -u | grep -vixE 'public|current_user|session_user|current_role' || [ "${PIPESTATUS[0]}" = 0 ]
}

# FILE: makes the roles that it names and the server lacks: nobody can log in as one. Prints their names.
make_missing_roles() {
  local names
  names=$(dump_roles "$1") || return
  [[ -n $names ]] || return 0
  NAMES=$names sql <<'SQL'
\getenv names NAMES
SELECT format('CREATE ROLE %I NOLOGIN', name), format('SELECT %L', name)
  FROM regexp_split_to_table(:'names', E'\n') AS name
 WHERE name NOT IN (SELECT rolname FROM pg_roles) AND name !~ '^pg_' ORDER BY name \gexec
SQL
}

# NAME KEY RECORD [OWNER]: an empty database with the encoding and the locale that the record says.
make_database() {
  local settings
  settings=$(jq --arg key "$2" '.databases[$key]' "$3") || return
  NAME=$1 SETTINGS=$settings OWNER=${4:-} sql <<'SQL'
\getenv name NAME
\getenv settings SETTINGS
\getenv owner OWNER
SELECT format('CREATE DATABASE %I TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L LOCALE_PROVIDER %s',
              :'name', of ->> 'encoding', of ->> 'collate', of ->> 'ctype',
              CASE of ->> 'provider' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END)
       || CASE of ->> 'provider' WHEN 'i' THEN format(' ICU_LOCALE %L', of ->> 'icu')
                                 WHEN 'b' THEN format(' BUILTIN_LOCALE %L', coalesce(of ->> 'icu', of ->> 'ctype')) ELSE '' END
       || CASE :'owner' WHEN '' THEN '' ELSE format(' OWNER %I', :'owner') END
  FROM (SELECT :'settings'::jsonb AS of) AS entry \gexec
SQL
}

# FILE DATABASE JOBS [VERSION [OPTION...]]: all of the dump into an empty database of the server, with as many jobs at a
# time, by pg_restore with these options. VERSION is the one of TimescaleDB that it was dumped with, or empty.
# TimescaleDB stays asleep in it: its jobs would begin to work on rows that nobody has looked at. See timescaledb_wake.
load_dump() {
  local file=$1 jobs=$3 version=${4:-} extensions memory said
  local -x PGDATABASE=$2
  shift "$(($# < 4 ? 3 : 4))"
  extensions=$(dump_extensions "$file") || return
  if grep -qxF timescaledb <<<"$extensions"; then
    # Its catalog has to be there before the tables that it speaks of, in the order of the dump.
    jobs=1
    timescaledb_sleep "$version" || return
  fi
  # Indexes are most of the work: together the jobs may sort in as much memory as the server has for pages.
  memory=$(JOBS=$jobs sql <<'SQL'
\getenv jobs JOBS
SELECT greatest(own.setting::bigint, buffers.setting::bigint * 8 / :jobs)
  FROM pg_settings AS own, pg_settings AS buffers
 WHERE own.name = 'maintenance_work_mem' AND buffers.name = 'shared_buffers';
SQL
  ) || return
  local -x PGOPTIONS="${PGOPTIONS:-} -c maintenance_work_mem=${memory}kB"
  # An empty name is PGDATABASE: as an argument libpq would take one with = or :// for more than a name.
  said=$(pg_restore --dbname= --exit-on-error --jobs="$jobs" "$@" -- "$file" 2>&1) ||
    fail "${file##*/} could not be loaded: $(grep -m 5 -E 'error:|Command was|No space' <<<"$said" | cut -c -300)"
}

# VERSION: TimescaleDB in the empty database PGDATABASE, as it was dumped, and waiting for what is loaded.
timescaledb_sleep() {
  # A session of its own: a newer library that is loaded already could not be changed for this version.
  VERSION=$1 sql <<'SQL' >/dev/null
\getenv version VERSION
SELECT 'CREATE EXTENSION timescaledb' || CASE :'version' WHEN '' THEN '' ELSE format(' VERSION %L', :'version') END \gexec
SELECT timescaledb_pre_restore();
SQL
}

# DATABASE [END]: TimescaleDB works in it from now on, its jobs too. Nothing where it is not installed. With the END rollback it
# only looks whether that would do.
timescaledb_wake() {
  local -x PGDATABASE=$1
  END=${2:-commit} sql <<'SQL' >/dev/null
\getenv end END
SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') AS there \gset
\if :there
BEGIN;
SELECT timescaledb_post_restore();
:end;
\endif
SQL
}

# DATABASE: the tables and their rows as one JSON object.
count_rows() {
  local -x PGDATABASE=$1
  sql < <(count_query)
}

# The SQL of it. The figures of a record come from the session of its dump: this is the one way to count.
count_query() {
  cat <<'SQL'
-- Where TimescaleDB is asleep it would not look into what it has compressed.
SELECT coalesce(current_setting('timescaledb.restoring', true)::boolean, false) AS asleep \gset
\if :asleep
SET timescaledb.restoring = off;
\endif
SELECT coalesce(json_object_agg(name, rows ORDER BY name), '{}')
  FROM (SELECT format('%I.%I', n.nspname, c.relname) AS name,
               (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM %I.%I', n.nspname, c.relname),
                                                    false, true, '')))[1]::text::bigint AS rows
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
           AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
           AND NOT EXISTS (SELECT FROM pg_depend d
                            WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')) AS counted;
SQL
}

# DATABASE KEY RECORD: fails, and says where, unless it has the tables and the rows of the record.
compare_counts() {
  local counted differences
  counted=$(count_rows "$1") || return
  differences=$(jq --raw-output --arg key "$2" --argjson counted "$counted" '
    .databases[$key].tables as $recorded
    | [($recorded + $counted | keys[]) as $table
      | select($recorded[$table] != $counted[$table])
      | "\($table | gsub("[[:cntrl:]]"; "?")) " +
        if $counted[$table] == null then "is missing"
        elif $recorded[$table] == null then "is not in the backup"
        else "has \($counted[$table]) rows, and the backup \($recorded[$table])" end]
    | .[:9] + if length > 9 then ["and \(length - 9) more"] else [] end | join("; ")' "$3") || return
  [[ -z $differences ]] || fail "what was restored is not what was backed up: $differences"
}

# DATABASE: statistics for the planner, which no dump has: without them the first queries take many times as long.
analyze_database() {
  local -x PGDATABASE=$1
  sql <<<'ANALYZE;'
}

# How many things at a time this container can do.
processors() {
  local quota=max period=100000 group=/sys/fs/cgroup
  if [[ -r $group/cpu.max ]]; then
    read -r quota period <$group/cpu.max
  elif [[ -r $group/cpu/cpu.cfs_quota_us ]]; then
    quota=$(<$group/cpu/cpu.cfs_quota_us) period=$(<$group/cpu/cpu.cfs_period_us)
  fi
  if [[ $quota =~ ^[0-9]+$ ]]; then
    printf '%d\n' "$(((quota + period - 1) / period))"
  else
    nproc
  fi
}

# How many jobs load well into the server: it does the work, and says how many processors it has where it is ours. Two at least,
# so that it has something to do while another is written to the disk.
load_jobs() {
  MOST=$([[ $BACKUP_MANAGED == true ]] && echo 4 || echo 8) sql <<'SQL'
\getenv most MOST
SELECT greatest(2, least(:most, current_setting('max_parallel_workers')::int));
SQL
}

# The free bytes below the data of the server, where its superuser can ask; nothing where nobody says.
server_free_bytes() {
  PGOPTIONS="${PGOPTIONS:-} -c client_min_messages=error" sql 2>/dev/null <<'SQL' || :
CREATE TEMPORARY TABLE free (line text);
COPY free FROM PROGRAM 'df -P -k . | tail -n 1';
SELECT (regexp_split_to_array(line, ' +'))[4]::bigint * 1024 FROM free;
SQL
}
