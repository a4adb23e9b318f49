# shellcheck shell=bash
# shellcheck disable=SC2154 # home, repository: common.sh; dump_answer: dump.sh
# The engine `restic`: an encrypted repository that stores nothing twice, on this host, in object storage, or behind SFTP.
#
# A run is several snapshots with the tag run=ID: one for each database, of what pg_dump prints; one of uploaded files; and, last,
# one of the record. Only with that last one, and with as many others as its tag parts=N says, does a run count. restic starts
# pg_dump itself and makes no snapshot if that fails, so none can be of half a dump.

restic_where() {
  if [[ ${BACKUP_TO:-local} == s3 && -z ${BACKUP_S3_BUCKET-} ]]; then echo local; else echo "${BACKUP_TO:-local}"; fi
}

# For messages.
restic_place() {
  case $(restic_where) in
    s3) printf 'the bucket %s at %s' "$BACKUP_S3_BUCKET" "$BACKUP_S3_ENDPOINT" ;;
    sftp) printf '%s on %s' "$(restic_sftp_path)" "$BACKUP_SFTP_HOST" ;;
    *) printf '%s on this host' "$repository/restic" ;;
  esac
}

restic_s3_prefix() {
  local prefix=${BACKUP_S3_PREFIX:-$BACKUP_PROJECT}
  prefix=${prefix#/}
  printf '%s' "${prefix%/}"
}

restic_sftp_path() {
  local path=${BACKUP_SFTP_PATH:-backups}
  printf '%s/%s' "${path%/}" "$BACKUP_PROJECT"
}

# What restic needs to know, by the environment.
restic_setup() {
  [[ -n ${BACKUP_PASSWORD-} ]] || fail 'BACKUP_PASSWORD is empty: it is the key that backups are encrypted with, see .env'
  # Packs of data wait here to be sent; /tmp is memory.
  mkdir -p -- "$home/work"
  export RESTIC_PASSWORD=$BACKUP_PASSWORD RESTIC_CACHE_DIR=$home/cache TMPDIR=$home/work
  # The garbage of a stream is collected early: memory stays about half.
  export GOGC=50
  restic_options=()
  case $(restic_where) in
    s3)
      [[ ${BACKUP_S3_ENDPOINT-} =~ ^https?://[^/[:space:]]+/?$ ]] || fail "BACKUP_S3_ENDPOINT is ${BACKUP_S3_ENDPOINT@Q}, and must be like https://s3.eu-central-1.amazonaws.com"
      [[ $BACKUP_S3_BUCKET =~ ^[A-Za-z0-9][A-Za-z0-9._-]+$ ]] || fail "BACKUP_S3_BUCKET is ${BACKUP_S3_BUCKET@Q}, which is no name of a bucket"
      [[ -n ${BACKUP_S3_ACCESS_KEY_ID-} && -n ${BACKUP_S3_SECRET_ACCESS_KEY-} ]] ||
        fail 'BACKUP_S3_BUCKET is set, and BACKUP_S3_ACCESS_KEY_ID or BACKUP_S3_SECRET_ACCESS_KEY is not: see .env'
      export AWS_ACCESS_KEY_ID=$BACKUP_S3_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY=$BACKUP_S3_SECRET_ACCESS_KEY
      export AWS_DEFAULT_REGION=${BACKUP_S3_REGION:-us-east-1}
      RESTIC_REPOSITORY=s3:${BACKUP_S3_ENDPOINT%/}/$BACKUP_S3_BUCKET/$(restic_s3_prefix)
      ;;
    sftp) restic_setup_sftp ;;
    *) RESTIC_REPOSITORY=$repository/restic ;;
  esac
  export RESTIC_REPOSITORY
}

# ssh knows nothing but what is said here: no configuration, no agent, no key that it has not been shown.
restic_setup_sftp() {
  local file key=/tmp/.sftp-key port=${BACKUP_SFTP_PORT:-22} user=${BACKUP_SFTP_USER:-backup}
  [[ ${BACKUP_SFTP_HOST-} =~ ^[A-Za-z0-9][A-Za-z0-9.:_-]*$ ]] || fail "BACKUP_SFTP_HOST is ${BACKUP_SFTP_HOST@Q}, which is no name of a machine"
  [[ $port =~ ^[0-9]{1,5}$ ]] || fail "BACKUP_SFTP_PORT is ${port@Q}, which is no port"
  [[ $user =~ ^[A-Za-z0-9_][A-Za-z0-9._@+-]*$ ]] || fail "BACKUP_SFTP_USER is ${user@Q}, which is no name of a user"
  for file in id_ed25519 known_hosts; do
    [[ -s /run/sftp/$file ]] || fail "docker/backup/sftp/$file is not there, or empty: see BACKUP_SFTP_HOST in .env.example"
    [[ -r /run/sftp/$file ]] || fail "docker/backup/sftp/$file cannot be read by user $EUID of the container: sudo chown $EUID docker/backup/sftp/$file"
  done
  # A copy: ssh refuses a key of ours that others could read, which a file of the host may be.
  (umask 077 && cat /run/sftp/id_ed25519 >"$key.$$" && mv -f -- "$key.$$" "$key")
  restic_ssh=(ssh -F none -i "$key" -p "$port" -l "$user" -o BatchMode=yes -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes
    -o UserKnownHostsFile=/run/sftp/known_hosts -o GlobalKnownHostsFile=/dev/null -o ConnectTimeout=20
    -o ServerAliveInterval=30 -o ServerAliveCountMax=4 "$BACKUP_SFTP_HOST" -s sftp)
  restic_options=(--option "sftp.command=${restic_ssh[*]}")
  # The host is in that command; here it is a word only.
  RESTIC_REPOSITORY=sftp:storage:$(restic_sftp_path)
}

# ARGUMENT...: restic. What it says besides comes into a file, for restic_reason.
restic_run() {
  restic ${restic_options[@]+"${restic_options[@]}"} "$@" 2>"$restic_said"
}

# The storage answers, takes our credentials and, if it is a bucket, is there. restic itself would try for a quarter of an hour,
# and make a bucket that is missing.
restic_reach() {
  [[ -z ${restic_reached-} ]] || return 0
  # That of a job is its own: whoever looks at the status meanwhile must not empty it.
  restic_said=$home/log/restic${BACKUP_LOCKED:+-job}.said
  : >"$restic_said"
  restic_setup
  case $(restic_where) in
    s3) restic_reach_s3 ;;
    sftp) restic_reach_sftp ;;
    *) ;;
  esac
  restic_reached=yes
}

# restic does not always hear why ssh has given up.
restic_reach_sftp() {
  local status=0
  "${restic_ssh[@]}" </dev/null >/dev/null 2>"$restic_said" || status=$?
  ((status != 255)) || fail "$(restic_reason "$status" 'connecting')"
}

restic_reach_s3() {
  local answer status=0 code user
  user=$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY
  user=${user//\\/\\\\}
  # The secret by a file: arguments can be read by every user of the host.
  answer=$(printf 'user = "%s"\n' "${user//\"/\\\"}" |
    curl --config - --silent --show-error --connect-timeout 15 --max-time 60 --retry 2 --retry-connrefused --retry-delay 2 \
      --aws-sigv4 "aws:amz:$AWS_DEFAULT_REGION:s3" --write-out '\n%{http_code}' \
      "${BACKUP_S3_ENDPOINT%/}/$BACKUP_S3_BUCKET/?list-type=2&max-keys=1" 2>"$restic_said") || status=$?
  if ((status != 0)); then
    case $status in
      60 | 35 | 58 | 77) fail "the object storage at $BACKUP_S3_ENDPOINT is there, but no trusted connection to it could be made: $(tail -n 1 "$restic_said")" ;;
      *) fail "the object storage at $BACKUP_S3_ENDPOINT cannot be reached: $(tail -n 1 "$restic_said")" ;;
    esac
  fi
  code=${answer##*$'\n'}
  case $answer in
    *'<Code>NoSuchBucket</Code>'*) fail "there is no bucket $BACKUP_S3_BUCKET at $BACKUP_S3_ENDPOINT: make it (private), or correct BACKUP_S3_BUCKET" ;;
    *) ;;
  esac
  case $code in
    2??) ;;
    401 | 403) fail "the object storage at $BACKUP_S3_ENDPOINT does not accept our credentials for the bucket $BACKUP_S3_BUCKET ($(restic_s3_code "$answer")): see BACKUP_S3_ACCESS_KEY_ID and BACKUP_S3_SECRET_ACCESS_KEY in .env, and what this key may do" ;;
    301 | 307 | 400) fail "the object storage at $BACKUP_S3_ENDPOINT refuses this region or address for the bucket $BACKUP_S3_BUCKET ($(restic_s3_code "$answer")): see BACKUP_S3_ENDPOINT and BACKUP_S3_REGION in .env" ;;
    404) fail "there is no bucket $BACKUP_S3_BUCKET at $BACKUP_S3_ENDPOINT, or no object storage: see BACKUP_S3_ENDPOINT and BACKUP_S3_BUCKET in .env" ;;
    *) fail "the object storage at $BACKUP_S3_ENDPOINT does not work: $(restic_s3_code "$answer")" ;;
  esac
}

# ANSWER: what the storage calls it.
restic_s3_code() {
  local code
  code=$(sed -nE 's/.*<Code>([A-Za-z0-9]+)<\/Code>.*/\1/p' <<<"$1" | head -n 1)
  printf '%s' "${code:-status ${1##*$'\n'}}"
}

# STATUS DOING: what restic has said, as something that a person can act on. Statuses: its manual, "Exit codes".
restic_reason() {
  local said
  said=$(restic_words)
  case $1:$said in
    12:* | *'wrong password'*)
      printf 'the repository in %s is encrypted with another key: BACKUP_PASSWORD is not the one that it was made with. Put that one back; without it these backups cannot be read by anybody. For a new beginning, name an empty place' "$(restic_place)" ;;
    11:* | *'already locked'*)
      printf 'the repository in %s is locked by another program: %s. If no other host uses it, the lock is what a killed one has left; it counts for 30 minutes, and then it goes by itself' "$(restic_place)" "$said" ;;
    10:*) printf 'there is no repository in %s' "$(restic_place)" ;;
    137:*) printf 'restic was killed while %s. Had the container too little memory (backup.limits)?' "$2" ;;
    *'Host key verification failed'* | *'host key'*) printf '%s is not the machine that docker/backup/sftp/known_hosts knows: %s. Compare before you change that file: ssh-keyscan %s' "$BACKUP_SFTP_HOST" "$said" "$BACKUP_SFTP_HOST" ;;
    *'Permission denied (publickey'* | *'Too many authentication failures'*) printf '%s does not let us in with docker/backup/sftp/id_ed25519 as %s: its public half belongs into authorized_keys there: %s' "$BACKUP_SFTP_HOST" "${BACKUP_SFTP_USER:-backup}" "$said" ;;
    *'no space left'* | *'No space left'* | *'disk quota'* | *'QuotaExceeded'*)
      printf 'there is no room left while %s in %s: %s. Make room there, or keep fewer backups (backup.keep); those that are there are whole' "$2" "$(restic_place)" "$said" ;;
    *'ssh: connect'* | *'Could not resolve'* | *'no such host'* | *'onnection refused'* | *'imed out'* | *'i/o timeout'* | *'unable to start the sftp session'*)
      printf 'the storage cannot be reached: %s, while %s: %s' "$(restic_place)" "$2" "$said" ;;
    255:*) printf '%s does not let us in by SFTP as %s: %s' "$BACKUP_SFTP_HOST" "${BACKUP_SFTP_USER:-backup}" "$said" ;;
    *'Access Denied'* | *'AccessDenied'* | *'does not match the signature'* | *'permission denied'*)
      printf 'the storage does not let us do that, while %s in %s: %s' "$2" "$(restic_place)" "$said" ;;
    *'ciphertext verification failed'* | *'does not match'* | *'invalid data returned'* | *'no such file or directory'* | *'not found'* | *'does not exist'* | *'unexpected EOF'* | *'is not referenced in any index'* | *'truncated'* | *'contains errors'*)
      printf 'what is stored in %s is damaged or gone, while %s: %s' "$(restic_place)" "$2" "$said" ;;
    *) printf 'restic failed with status %s while %s in %s: %s' "$1" "$2" "$(restic_place)" "$said" ;;
  esac
}

# The last of what restic has said, in one line; whatever of it is JSON or not.
restic_words() {
  local said
  said=$(jq --raw-input --raw-output '. as $line | try (fromjson | if type == "object" then
      (if .message_type == "exit_error" then .message elif .message_type == "error" then "\(.item // ""): \(.error.message)" else empty end)
      else $line end) catch $line' "$restic_said" |
    grep -vE '^[[:space:]]*$|operation will be retried|returned error, retrying|created new cache|^using temporary cache' | tail -n 3 | tr -s '[:cntrl:][:space:]' ' ' | cut -c -500) || :
  said=${said#Fatal: }
  printf '%s' "${said:-it said nothing}"
}

# Whatever is the matter with the storage is found here, before anything is begun.
engine_ready() {
  local status=0
  restic_reached=''
  restic_reach
  [[ ${BACKUP_TO:-local} == "$(restic_where)" ]] ||
    log 'WARNING: BACKUP_S3_BUCKET is empty, so that the backups stay on this host, and are lost with it'
  # The locks, because a key takes a second to be tried, and engine_save asks for them next.
  restic_locks=$(restic_run --no-lock --quiet list locks) || status=$?
  case $status in
    0) ;;
    10) restic_init ;;
    *) fail "$(restic_reason "$status" 'opening the repository')" ;;
  esac
}

# A new repository, and only where nothing is.
restic_init() {
  local status=0 folder=$repository/restic
  if [[ $(restic_where) == local && -n $(ls -A -- "$folder" 2>/dev/null) ]]; then
    # It was killed before it had made one: keys without anything that they open.
    if [[ ! -e $folder/config && -z $(find "$folder" -type f ! -path "$folder/keys/*" -print -quit) ]]; then
      rm -rf -- "$folder"
    else
      fail "$folder has files, and is no repository of restic: its file config is missing. Nothing is made there. If it was one, put that file back; if not, move these files away"
    fi
  fi
  restic_run init >/dev/null || status=$?
  if ((status != 0)); then
    case $(restic_words) in
      *'already contains'* | *'already initialized'* | *'already exists'*)
        fail "$(restic_place) has parts of a repository, and its file config is missing: $(restic_words). Nothing is made there. Put that file back, or name an empty place" ;;
      *) fail "$(restic_reason "$status" 'making a repository')" ;;
    esac
  fi
  log "a new repository was made: $(restic_place). Keep its key elsewhere too: scripts/backup key"
}

# A killed program leaves its lock. restic takes those away that are old or of this very container; and whatever an earlier
# container of this stack has left is as dead, for we have the only right to work here. Those of others stay.
restic_unlock() {
  local hosts=$home/state/restic-hosts lock status=0 others=''
  if [[ -n ${restic_locks-} ]]; then
    restic_run --quiet unlock >/dev/null || status=$?
    ((status == 0)) || fail "$(restic_reason "$status" 'looking for old locks')"
    restic_locks=$(restic_run --no-lock --quiet list locks) || restic_locks=''
  fi
  for lock in $restic_locks; do
    lock=$(restic_run --no-lock --quiet cat lock "$lock") || { others+=' ?' && continue; }
    lock=$(jq --raw-output .hostname <<<"$lock")
    grep -qxF -- "$lock" "$hosts" 2>/dev/null || others+=" $lock"
  done
  if [[ -n $restic_locks && -z $others ]]; then
    restic_run --quiet unlock --remove-all >/dev/null || :
    log 'the lock of an earlier container of this stack was removed'
  fi
  restic_locks=''
  # Some are enough: a lock counts for 30 minutes.
  { tail -n 19 "$hosts" 2>/dev/null || :; } | { grep -vxF -- "$HOSTNAME" || :; } >"$hosts.new"
  printf '%s\n' "$HOSTNAME" >>"$hosts.new"
  mv -f -- "$hosts.new" "$hosts"
}

# ID DIR
engine_save() {
  local id=$1 dir=$2 key
  restic_reach
  # Retention goes by days as they are where this stack is, so that is how times are stored.
  restic_time=$(restic_local_time "$id")
  restic_parts=0 restic_bytes=0 restic_stored=0
  restic_room
  restic_unlock
  dump_open "$dir"
  for key in $(databases); do
    restic_save_database "$id" "$dir" "$key"
  done
  dump_globals "$dir"
  dump_close
  restic_save_uploads "$id" "$dir"
  record_write "$dir" "$id" "$(jq --null-input --slurpfile uploads "$dir/uploads.json" '{uploads: $uploads[0]}')"
  restic_save_record "$id" "$dir"
  log "the storage has taken $(readable_size "$restic_stored") for $(readable_size "$restic_bytes")"
}

# Packs wait in files to be stored. Where one cannot be written restic waits for the end of a pg_dump that waits for restic.
restic_room() {
  local free
  free=$(df --output=avail --block-size=1 -- "$home" | tail -n 1)
  ((free >= 268435456)) ||
    fail "there is no room left for what waits to be stored: $(readable_size "$free") in the volume of $home, and 256 MiB are needed. Make room on the disk of Docker"
}

# Ends a pg_dump that could write nothing for half an hour, whatever restic waits for: its own tries end after a quarter.
restic_watch() {
  local fd process written seen='' still=0
  # The sessions must end with us.
  for fd in "${dump_input[@]}"; do exec {fd}>&-; done
  while sleep 60; do
    for process in /proc/[0-9]*; do
      [[ $(cat "$process/comm" 2>/dev/null) == pg_dump ]] || continue
      written=$(grep -s '^wchar' "$process/io") || continue
      if [[ $process$written == "$seen" ]]; then still=$((still + 1)); else still=0; fi
      seen=$process$written
      ((still < ${RESTIC_PATIENCE:-30})) || kill -TERM "${process##*/}"
    done
  done
}

# ID
restic_local_time() {
  TZ=${BACKUP_TIMEZONE:-UTC} date --date="${1:0:4}-${1:4:2}-${1:6:2}T${1:9:2}:${1:11:2}:${1:13:2}Z" '+%Y-%m-%d %H:%M:%S'
}

# TAGS ARGUMENT...: one snapshot; its summary comes into `restic_summary`, the status into `restic_status`.
restic_backup() {
  local output=$home/work/.restic.out
  restic_status=0
  TZ=${BACKUP_TIMEZONE:-UTC} restic_run backup --json --quiet --host "$BACKUP_PROJECT" --time "$restic_time" --tag "$1" "${@:2}" >"$output" || restic_status=$?
  restic_summary=$(jq --raw-input --compact-output 'try fromjson catch empty | objects | select(.message_type == "summary")' "$output" | tail -n 1)
  if ((restic_status == 0)) && ! jq --exit-status '.snapshot_id | length > 0' <<<"$restic_summary" >/dev/null; then
    fail "restic made no snapshot, and says that all is well: $(restic_words)"
  fi
}

# ID DIR KEY
restic_save_database() {
  local id=$1 dir=$2 key=$3 said=$2/.$3.said watcher
  : >"$said"
  export DUMP_SAID=$said
  restic_watch 9>&- &
  watcher=$!
  restic_backup "run=$id,database=$key" --stdin-filename "/$key.dump" --stdin-from-command -- backup dump "$key"
  kill "$watcher" 2>/dev/null || :
  unset DUMP_SAID
  if ((restic_status != 0)); then
    # Who of the two failed first: a pg_dump that cannot write any more is not it.
    if [[ -s $said ]] && ! grep -qE 'could not write|Broken pipe' "$said"; then fail "$(dump_reason "$key" "$said")"; fi
    case $(restic_words) in
      *'command'*'exit status 1'[0-9][0-9]* | *'signal: '*) fail "pg_dump of the database $key was killed. Had the container too little memory?" ;;
      *) fail "$(restic_reason "$restic_status" "storing the dump of the database $key")" ;;
    esac
  fi
  restic_count
  jq --arg file "$key.dump" '{$file, bytes: .total_bytes_processed, sha256: null, snapshot: .snapshot_id}' <<<"$restic_summary" | dump_put "$key"
}

# What the last snapshot took goes into the sums of this run.
restic_count() {
  restic_parts=$((restic_parts + 1))
  restic_bytes=$((restic_bytes + $(jq .total_bytes_processed <<<"$restic_summary")))
  restic_stored=$((restic_stored + $(jq '.data_added_packed // .data_added' <<<"$restic_summary")))
}

# ID DIR: the files that users have brought, as they are; in DIR/uploads.json what the snapshot has of them.
restic_save_uploads() {
  local id=$1 dir=$2 volume folders=() excludes=() gone
  echo '{}' >"$dir/uploads.json"
  for volume in ${BACKUP_UPLOADS:-}; do
    [[ -d /uploads/$volume ]] || fail "the volume $volume with uploaded files is not at /uploads/$volume: docker compose up --detach backup"
    folders+=("/uploads/$volume")
    # What a restore keeps there is no part of it.
    excludes+=(--exclude "/uploads/$volume/.restore" --exclude "/uploads/$volume/lost+found")
  done
  ((${#folders[@]} > 0)) || return 0
  restic_backup "run=$id,uploads" "${excludes[@]}" -- "${folders[@]}"
  # 3: something could not be read. A file that an app removed meanwhile is no loss; everything else is.
  if ((restic_status == 3)); then
    gone=$(jq --raw-input --raw-output 'try fromjson catch empty | objects | select(.message_type == "error") | .error.message' "$restic_said")
    if [[ -z $gone ]] || grep -qv 'no such file or directory$' <<<"$gone"; then
      fail "uploaded files cannot be read, and would be missing in the backup: $({ grep -v 'no such file or directory$' <<<"$gone" || :; } | head -n 5 | paste -s -d ' ')"
    fi
    log "$(grep -c . <<<"$gone") uploaded files were removed while the backup was made, and are not in it"
  elif ((restic_status != 0)); then
    fail "$(restic_reason "$restic_status" 'storing the uploaded files')"
  fi
  restic_count
  restic_run --no-lock ls --json "$(jq --raw-output .snapshot_id <<<"$restic_summary")" >"$dir/.uploads.list" ||
    fail "$(restic_reason "$?" 'reading back which files were stored')"
  jq --null-input --compact-output --arg volumes "$BACKUP_UPLOADS" '
    reduce (inputs | select(.type == "file")) as $file ($volumes | split(" ") | map(select(. != "") | {key: ., value: {files: 0, bytes: 0}}) | from_entries;
      ($file.path | split("/")[2]) as $volume | .[$volume].files += 1 | .[$volume].bytes += ($file.size // 0))' \
    "$dir/.uploads.list" >"$dir/uploads.json"
  rm -f -- "$dir/.uploads.list"
}

# ID DIR: with this, the run counts.
restic_save_record() {
  local id=$1 dir=$2 files=(record.json)
  [[ ! -e $dir/globals.sql ]] || files+=(globals.sql)
  pushd "$dir" >/dev/null || fail "$dir is gone"
  restic_backup "run=$id,record,parts=$restic_parts,bytes=$restic_bytes,stored=$restic_stored" -- "${files[@]}"
  popd >/dev/null || :
  ((restic_status == 0)) || fail "$(restic_reason "$restic_status" 'storing the record')"
}

# Every snapshot of this stack, as JSON lines {snapshot, run, record, database, uploads, parts, bytes, stored}. The first
# backup makes the repository.
restic_snapshots() {
  local all status=0
  all=$(restic_run --no-lock --quiet snapshots --json --host "$BACKUP_PROJECT") || status=$?
  if ((status == 10)); then
    log "$(restic_reason "$status" '')"
    return
  fi
  ((status == 0)) || fail "$(restic_reason "$status" 'listing the backups')"
  jq --compact-output '.[] | .id as $snapshot | [.tags[]? | capture("^(?<key>[a-z]+)(=(?<value>.*))?$")] | from_entries
    | select(.run) | {$snapshot, run, database, record: has("record"), uploads: has("uploads"),
      parts: (.parts // "0" | tonumber), bytes: (.bytes // "0" | tonumber), stored: (.stored // "0" | tonumber)}' <<<"$all"
}

# SNAPSHOTS: the runs that are complete, newest first, as JSON lines {run, bytes, stored}.
restic_complete() {
  jq --slurp --compact-output 'group_by(.run) | map({snapshots: ., record: (map(select(.record)) | first)} | select(.record))
    | map(select(.record.parts == (.snapshots | map(select(.record | not)) | length)) | .record | {run, bytes, stored})
    | sort_by(.run) | reverse[]' <<<"$1"
}

engine_list() {
  local snapshots
  restic_reach
  snapshots=$(restic_snapshots) || return
  restic_complete "$snapshots" | jq --compact-output --arg where "$(restic_where)" '{
    id: .run, time: (.run | strptime("%Y%m%dT%H%M%SZ") | mktime | todate), bytes, $where, engine: "restic", stored}'
}

# ID DIR. Every block is deciphered and compared with its hash by restic.
engine_fetch() {
  local id=$1 dir=$2 snapshots key file bytes
  restic_reach
  snapshots=$(restic_snapshots) || return
  [[ -n $(restic_complete "$snapshots" | jq --arg id "$id" 'select(.run == $id)') ]] ||
    fail "there is no complete backup $id in $(restic_place): docker compose exec backup backup list"
  snapshots=$(jq --compact-output --arg id "$id" 'select(.run == $id)' <<<"$snapshots")
  restic_restore "$(jq --raw-output 'select(.record).snapshot' <<<"$snapshots")" "$dir" "the record of $id"
  jq --exit-status '.format == 1' "$dir/record.json" >/dev/null 2>&1 || fail "the record of the backup $id is none that this container understands"
  while IFS=$'\t' read -r key file bytes; do
    restic_restore "$(jq --raw-output --arg key "$key" 'select(.database == $key).snapshot' <<<"$snapshots")" "$dir" "the database $key of $id"
    [[ $(stat --format=%s -- "$dir/$file" 2>/dev/null) == "$bytes" ]] || fail "the dump of the database $key of the backup $id has not the $bytes bytes that its record says"
  done < <(jq --raw-output '.databases | to_entries[] | [.key, .value.file, .value.bytes] | @tsv' "$dir/record.json")
  if jq --exit-status '.uploads | length > 0' "$dir/record.json" >/dev/null; then
    restic_restore "$(jq --raw-output 'select(.uploads).snapshot' <<<"$snapshots"):/uploads" "$dir/uploads" "the uploaded files of $id"
  fi
}

# SNAPSHOT DIR WHAT
restic_restore() {
  local status=0
  [[ $1 =~ ^[0-9a-f]{64}(:/uploads)?$ ]] || fail "$3 is not in the storage"
  restic_run --no-lock --quiet restore "$1" --target "$2" >/dev/null || status=$?
  ((status == 0)) || fail "$(restic_reason "$status" "fetching $3")"
}

# What the policy does not keep goes, whole runs only; and what incomplete ones have left.
engine_prune() {
  local snapshots complete filters gone ids status=0
  restic_reach
  snapshots=$(restic_snapshots) || return
  complete=$(restic_complete "$snapshots") || return
  [[ -n $complete ]] || return 0
  # One run of the policy over the records of complete runs: no other can take a day's place. Nor can one that was made while
  # the clock was wrong; it stays.
  readarray -t filters < <(jq --raw-output --arg now "$(date --utc --date "@$(now)" +%Y%m%dT%H%M%SZ)" \
    'select(.run <= $now) | "--tag", "run=\(.run),record"' <<<"$complete")
  ((${#filters[@]} > 0)) || return 0
  gone=$(restic_run --quiet forget --json --dry-run --host "$BACKUP_PROJECT" --group-by host "${filters[@]}" --keep-last 1 \
    --keep-daily "$BACKUP_KEEP_DAILY" --keep-weekly "$BACKUP_KEEP_WEEKLY" --keep-monthly "$BACKUP_KEEP_MONTHLY") || status=$?
  ((status == 0)) || fail "$(restic_reason "$status" 'looking for old backups')"
  # The one of just now stays, and the newest one, whatever the clock was.
  gone=$(jq --compact-output --slurpfile complete <(printf '%s\n' "$complete") --arg made "$({ state_get last-backup || echo '{}'; } | jq --raw-output '.id // ""')" '
    [.[0].remove[]?.tags[] | select(startswith("run="))[4:]] - [$made, $complete[0].run]' <<<"$gone")
  readarray -t ids < <(jq --slurp --raw-output --argjson gone "$gone" --slurpfile complete <(printf '%s\n' "$complete") '
    ($complete | map(.run)) as $whole
    | .[] | select(.run as $run | ($gone | index($run)) or (($whole | index($run) | not) and $run < $whole[0])) | .snapshot' <<<"$snapshots")
  if ((${#ids[@]} > 0)); then
    restic_run --quiet forget "${ids[@]}" >/dev/null || status=$?
    ((status == 0)) || fail "$(restic_reason "$status" 'removing old backups')"
    log "backups that are kept no longer: $(jq --raw-output 'if length == 0 then "none" else join(", ") end' <<<"$gone")"
  fi
  restic_sweep
}

# Frees what no backup needs any more. Once a week, for it has to look through all that is there, and only so much that a tenth may
# be left: the less, the more has to be read and sent again.
restic_sweep() {
  local last status=0
  last=$({ state_get restic-swept || echo '{}'; } | jq '.time // 0')
  (($(now) - last >= 6 * 86400 || $(now) < last)) || return 0
  restic_run --quiet prune --max-unused 10% >/dev/null || status=$?
  ((status == 0)) || fail "$(restic_reason "$status" 'freeing what no backup needs any more')"
  jq --null-input --argjson time "$(now)" '$ARGS.named' | state_put restic-swept
}

# The structure of all, and the data of a part of it, another one each time: within two months, all has been read.
engine_check() {
  local parts=8 part status=0
  restic_reach
  [[ $BACKUP_DRILL != daily ]] || parts=60
  restic_locks=$(restic_run --no-lock --quiet list locks) || status=$?
  ((status == 0)) || fail "$(restic_reason "$status" 'checking what is stored')"
  restic_unlock
  part=$({ state_get restic-checked || echo '{}'; } | jq '.part // 0')
  part=$((part % parts + 1))
  restic_run --quiet check --read-data-subset="$part/$parts" >"$home/log/restic-check.out" || status=$?
  # It says on standard output what is wrong with the data.
  if ((status != 0)); then
    grep -iE 'error|pack|damaged' "$home/log/restic-check.out" | tail -n 3 >>"$restic_said" || :
    fail "$(restic_reason "$status" 'checking what is stored')"
  fi
  jq --null-input --argjson part "$part" --argjson time "$(now)" '$ARGS.named' | state_put restic-checked
}
