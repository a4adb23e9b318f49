# The engine `files`, and `laravel`, whose files the app's own command writes: dumps that anybody can copy and restore by hand.
# shellcheck shell=bash disable=SC2154
#   <id>-<key>.dump        for pg_restore; beside it .sha256, for sha256sum --check
#   <id>-globals.sql       the roles of the server
#   <id>-<volume>.tar.zst  uploaded files
#   <id>.json              the record: what is in it, with sizes and hashes. Written last: what has none is no backup.
# What is being made ends in .partial. In a bucket the names are the same.

files_id='[0-9]{8}T[0-9]{6}Z'

engine_ready() {
  [[ -w $repository ]] || fail "$repository cannot be written to by user $(id -u): it is the volume of the backups, and belongs to user $(stat --format=%u -- "$repository")"
  if offsite; then
    s3_run 'cannot be used' lsf --max-depth 1 "$(s3_path)" >/dev/null
  elif [[ $BACKUP_TO == s3 ]]; then
    log 'BACKUP_S3_BUCKET is empty: backups stay on this host, and are gone with it'
  fi
}

# ID DIR
engine_save() {
  if [[ $BACKUP_ENGINE == laravel ]]; then
    files_await
  else
    files_finish
    files_sweep "$1"
    # A process of its own, so that what it leaves when it fails can go at once: the disk may be full of it.
    files_make "$1" "$2" &
    wait "$!" || {
      files_sweep "$1"
      exit 1
    }
  fi
  if offsite; then files_copy "$1"; fi
}

# Where there are copies elsewhere, these are what counts. One that only this host has is still worth a restore.
engine_list() {
  local here there=''
  here=$(files_complete local) || return
  if offsite && ! there=$(files_complete s3); then
    log 'only the backups on this host are listed'
  fi
  jq --null-input --compact-output --arg engine "$BACKUP_ENGINE" '
    reduce inputs as $one ({}; .[$one.id] = $one) | [.[]] | sort_by(.id) | reverse[]
    | {id, time, bytes, where, $engine}' <<<"$here"$'\n'"$there"
}

# ID DIR [nearest]: the copy elsewhere, where there is one: only this shows that it can be relied on. With `nearest`, the one on
# this host, if it is whole.
engine_fetch() {
  local id=$1 dir=$2 place=local
  if offsite && ! { [[ ${3-} == nearest ]] && files_whole "$id"; }; then place=s3; fi
  files_bring "$place" "$id" "$dir/files"
  files_lay_out "$id" "$dir"
  rm -rf -- "$dir/files"
}

# Of the app's own files on this host the app removes the old ones.
engine_prune() {
  if [[ $BACKUP_ENGINE != laravel ]]; then files_prune local; fi
  if offsite; then
    files_prune s3
    # What an upload that was cut off has left there; not every key may ask for it.
    s3_rclone backend cleanup --option max-age=24h "$(s3_path)" >/dev/null 2>&1 ||
      log 'uploads that were cut off could not be looked for in the bucket: a lifecycle rule of the bucket can remove them'
  fi
}

# All files of this host, and in turn, week by week, those of one backup in the bucket; a drill has read the newest there.
engine_check() {
  local all id count
  files_check local
  for id in $(files_complete local | jq --raw-output .id); do
    files_sound "$id" || fail "the backup $id in $repository is damaged. If others are whole, remove its files: it counts no longer."
  done
  offsite || return 0
  files_check s3
  all=$(files_complete s3)
  count=$(jq --slurp length <<<"$all")
  ((count > 0)) || fail "there is no complete backup in $(s3_name)"
  id=$(jq --slurp --raw-output --argjson week "$(($(now) / 604800))" '.[$week % length].id' <<<"$all")
  rm -rf -- "$home/work/check"
  files_bring s3 "$id" "$home/work/check"
  rm -rf -- "$home/work/check"
}

# PLACE: fails where a record names what is not there, or has another size.
files_check() {
  local damaged
  damaged=$(files_recorded "$1" | jq --raw-output '.damaged[]')
  [[ -z $damaged ]] || fail "damaged or missing in $(files_place "$1"): ${damaged//$'\n'/, }. Other backups are not affected; remove what is left of these."
}

# ---- made -------------------------------------------------------------------

# ID DIR: all files of it under their last names, and then its record.
files_make() {
  local id=$1 dir=$2 key volume uploads=''
  dump_open "$dir"
  for key in $(databases); do
    dump_file "$key" "$repository/$id-$key.dump.partial"
    verify_dump "$repository/$id-$key.dump.partial"
  done
  dump_globals "$dir"
  dump_close
  if [[ -s $dir/globals.sql ]]; then cp -- "$dir/globals.sql" "$repository/$id-globals.sql.partial"; fi
  for volume in ${BACKUP_UPLOADS:-}; do
    files_pack "$id" "$volume"
    uploads+=$(files_packed "$id" "$volume")
  done
  record_write "$dir" "$id" "$(jq --slurp '{uploads: (add // {})}' <<<"$uploads")"
  files_record "$id" "$dir" >"$repository/$id.json.partial"
  sync -- "$repository/$id"*.partial
  files_publish "$id"
}

# ID VOLUME: its files as one.
files_pack() {
  local status=0
  # Apps go on writing. 1: a file has changed, or is gone, since it was listed.
  tar --create --file="$repository/$1-$2.tar.zst.partial" --use-compress-program='zstd -3 --threads=0 --quiet' --directory="/uploads/$2" \
    --hard-dereference --numeric-owner --anchored --exclude=./.restore --exclude=./lost+found -- . || status=$?
  case $status in
    0) ;;
    1) log "uploads have changed in $2 while they were backed up: each file is as it was at some moment" ;;
    *) fail "the uploads of $2 could not be backed up: tar ended with status $status" ;;
  esac
}

# ID VOLUME: {VOLUME: {files, bytes}}, of what is in the file. It is read to its end for that.
files_packed() {
  tar --list --verbose --numeric-owner --file="$repository/$1-$2.tar.zst.partial" --use-compress-program='zstd --quiet' |
    awk -v volume="$2" '/^-/ { files++; bytes += $3 } END { printf "{\"%s\": {\"files\": %d, \"bytes\": %.0f}}\n", volume, files, bytes }'
}

# ID DIR: the record, with each file as it is here.
files_record() {
  local file name sha256
  for file in "$repository/$1"-*.partial; do
    name=${file##*/}
    name=${name%.partial}
    sha256=$(jq --raw-output --arg file "$name.partial" 'first(.databases[] | select(.file == $file) | .sha256) // ""' "$2/record.json")
    [[ -n $sha256 ]] || sha256=$(sha256sum <"$file")
    sha256=${sha256%% *}
    printf '%s  %s\n' "$sha256" "$name" >"$repository/$name.sha256.partial"
    jq --null-input --arg name "$name" --argjson bytes "$(stat --format=%s -- "$file")" --arg sha256 "$sha256" '{($name): {$bytes, $sha256}}'
  done | jq --slurp --arg id "$1" --slurpfile record "$2/record.json" '
    add as $files | $record[0] | .files = $files
    | .globals = ("\($id)-globals.sql" | if $files[.] then . else null end)
    | .databases |= with_entries(.key as $key | .value |= (.file = "\($id)-\($key).dump" | . + $files[.file]))'
}

# ID: its files are all on the disk, and the record of them is there as .partial. Killed here, the next run goes on.
files_publish() {
  local file
  for file in "$repository/$1"-*.partial; do
    [[ ! -e $file ]] || mv -- "$file" "${file%.partial}"
  done
  sync -- "$repository"
  mv -- "$repository/$1.json.partial" "$repository/$1.json"
  sync -- "$repository"
}

# What a run that was killed has finished but for its names becomes the backup that it is.
files_finish() {
  local record id
  for record in "$repository"/*.json.partial; do
    id=${record##*/}
    id=${id%.json.partial}
    if [[ $id =~ ^$files_id$ && -s $record ]] && files_are "$record" "$id"; then
      log "the backup $id of a run that was stopped at its end is whole, and counts"
      files_publish "$id"
    fi
  done
}

# RECORD ID: whether the files that it names are there, by name or still as .partial, and are what it says.
files_are() {
  local name sha256 file
  jq --exit-status '.files | length > 0' "$1" >/dev/null 2>&1 || return
  while IFS=$'\t' read -r name sha256; do
    file=$repository/$name
    [[ $name == "$2-${name#"$2-"}" && $name != */* ]] || return
    [[ -e $file ]] || file+=.partial
    [[ -e $file && $(sha256sum <"$file") == "$sha256  -" ]] || return
  done < <(jq --raw-output '.files | to_entries[] | [.key, .value.sha256] | @tsv' "$1")
}

# ID: nothing that is half done stays of it, or of runs that were killed: no other one is at work.
files_sweep() {
  find "$repository" -maxdepth 1 -type f -regextype posix-extended \
    -regex ".*/$files_id(-[A-Za-z0-9_-]+\.(dump|sql|tar\.zst)(\.sha256)?|\.json)(\.partial)+" -delete
  # Between the first and the last of the names.
  [[ -e $repository/$1.json ]] || rm -f -- "$repository/$1"-*
}

# ---- looked at --------------------------------------------------------------

# local | s3: the complete backups there, newest first, as lines of {id, time, bytes, where, files: {name: {bytes, sha256}}}.
# Complete: there is a record of this stack, and all that it names, in the size that it names.
files_complete() {
  local all
  all=$(files_recorded "$1") || return
  jq --compact-output 'select(.damaged == [])' <<<"$all"
}

# The same of all that have a record, with the names of what is not as the record says in `damaged`.
files_recorded() {
  local draft
  draft=$(mktemp --directory) || return
  if ! ("files_survey_$1" "$draft" && files_read "$1" "$draft"); then
    rm -rf -- "$draft"
    return 1
  fi
  rm -rf -- "$draft"
}

# PLACE DIR: what was surveyed. Records of other stacks are passed over.
files_read() {
  # shellcheck disable=SC1003
  # jq would join the last line of a file that does not end, one that was cut off, with the first of the next one.
  find "$2/records" -type f -size +0 -exec sed -i -e '$a\' {} +
  find "$2/records" -type f -print0 |
    xargs --null --no-run-if-empty jq --null-input --raw-input --compact-output --arg project "$BACKUP_PROJECT" --arg where "$1" \
      --slurpfile sizes "$2/sizes.json" "$files_reading"
}

# shellcheck disable=SC2016
files_reading='
  def record($id): fromjson | select(.format == 1 and .project == $project and .id == $id)
    | select((.databases | keys) + (.uploads // {} | keys) | all(test("^[A-Za-z0-9_-]+$")))
    | (.files // ([.databases[] | {(.file): {bytes, sha256}}] | add)) as $files
    | select(all($files | keys[]; startswith($id + "-") and test("^[A-Za-z0-9._-]+$")))
    | select(all(.databases[]; $files[.file].bytes > 0) and all($files[]; .sha256 | test("^[0-9a-f]{64}$")))
    | {bytes: ([$files[].bytes] | add), $where, $files,
       damaged: [$files | to_entries[] | select(.value.bytes != $sizes[0][.key]) | .key]};
  reduce inputs as $line ({}; .[input_filename | split("/")[-1] | rtrimstr(".json")] += $line + "\n")
  | [to_entries[] | .key as $id | select($id | test("^[0-9]{8}T[0-9]{6}Z$"))
     | {$id, time: ($id | "\(.[0:4])-\(.[4:6])-\(.[6:11]):\(.[11:13]):\(.[13:16])")}
       + (.value | try record($id) catch {damaged: [$id + ".json"]})]
  | sort_by(.id) | reverse[]'

# DIR: sizes.json, {name: bytes}, and the folder records.
files_survey_local() {
  mkdir -- "$1/records" &&
    find "$repository" -maxdepth 1 -type f -printf '%f\t%s\n' |
    jq --raw-input --null-input '[inputs / "\t" | {(.[0]): (.[1] | tonumber)}] | add // {}' >"$1/sizes.json" &&
    find "$repository" -maxdepth 1 -type f -name '*.json' -exec cp --target-directory="$1/records" -- {} +
}

files_survey_s3() {
  mkdir -- "$1/records" &&
    s3_run 'cannot be listed' lsjson --files-only --no-modtime --no-mimetype "$(s3_path)" >"$1/listed.json" &&
    jq '[.[] | {(.Name): .Size}] | add // {}' "$1/listed.json" >"$1/sizes.json" &&
    s3_run 'cannot be read' copy --max-depth 1 --include '/*.json' --no-traverse "$(s3_path)" "$1/records"
}

# PLACE ID: its line of files_complete.
files_backup() {
  local all
  all=$(files_complete "$1") || return
  jq --exit-status --compact-output --arg id "$2" 'select(.id == $id)' <<<"$all"
}

# ID: whether the one on this host is complete, and each file is what the record says.
files_whole() {
  files_backup local "$1" >/dev/null && files_sound "$1"
}

# ID: the same for one that is complete. Says what is not.
files_sound() {
  local sums said
  sums=$(files_sums local "$1") || return
  said=$(cd -- "$repository" && sha256sum --check --strict --quiet 2>&1 <<<"$sums") || {
    log "the backup $1 on this host is damaged: ${said%%$'\n'*}"
    return 1
  }
}

# PLACE ID: as sha256sum reads it.
files_sums() {
  local backup
  backup=$(files_backup "$1" "$2") || return
  jq --raw-output '.files | to_entries[] | "\(.value.sha256)  \(.key)"' <<<"$backup"
}

# ---- fetched ----------------------------------------------------------------

# PLACE ID DIR: its files and its record, verified.
files_bring() {
  local place=$1 id=$2 dir=$3 sums said name
  [[ $id =~ ^$files_id$ ]] || fail "$id is no backup: they are called like 20261121T020000Z"
  if ! sums=$(files_sums "$place" "$id"); then
    files_check "$place"
    fail "there is no complete backup $id in $(files_place "$place")"
  fi
  mkdir -p -- "$dir"
  if [[ $place == s3 ]]; then
    { cut --characters=67- <<<"$sums" && echo "$id.json"; } >"$dir/.names"
    s3_run 'cannot be read' copy --files-from-raw "$dir/.names" --no-traverse "$(s3_path)" "$dir"
  else
    while read -r name; do
      cp --reflink=auto -- "$repository/$name" "$dir/"
    done < <(cut --characters=67- <<<"$sums" && echo "$id.json")
  fi
  said=$(cd -- "$dir" && sha256sum --check --strict --quiet 2>&1 <<<"$sums") ||
    fail "the backup $id in $(files_place "$place") is damaged: ${said%%$'\n'*}. Use another one: docker compose exec backup backup list"
}

# ID DIR: what is in DIR/files, as every engine lays it out.
files_lay_out() {
  local id=$1 dir=$2 files=$2/files key name volume
  jq '.databases |= with_entries(.key as $key | .value.file = "\($key).dump") | .globals |= (if . then "globals.sql" else null end) | del(.files)' \
    "$files/$id.json" >"$dir/record.json"
  while IFS=$'\t' read -r key name; do
    mv -- "$files/$name" "$dir/$key.dump"
  done < <(jq --raw-output '.databases | to_entries[] | [.key, .value.file] | @tsv' "$files/$id.json")
  [[ ! -e $files/$id-globals.sql ]] || mv -- "$files/$id-globals.sql" "$dir/globals.sql"
  while read -r volume; do
    mkdir -p -- "$dir/uploads/$volume"
    # Only root can give files to others.
    tar --extract --file="$files/$id-$volume.tar.zst" --use-compress-program='zstd --quiet' --directory="$dir/uploads/$volume" \
      "$( ((EUID == 0)) && echo --same-owner || echo --no-same-owner)" --numeric-owner --preserve-permissions
    rm -- "$files/$id-$volume.tar.zst"
  done < <(jq --raw-output '.uploads // {} | keys[]' "$files/$id.json")
}

# ---- kept -------------------------------------------------------------------

# What stays of the backups on standard input, as ids: all of the last days that have one, the newest of each of the last weeks
# and months that have one, and the newest in any case. Days are those of the schedule's time zone.
files_kept() {
  local all
  all=$(jq --raw-output .time) || return
  [[ -n $all ]] || return 0
  paste --delimiters=' ' <(printf '%s\n' "${all//[-:]/}") <(TZ=${BACKUP_TIMEZONE:-UTC} date --file=- '+%F %G-%V %Y-%m' <<<"$all") |
    sort --reverse |
    awk -v days="${BACKUP_KEEP_DAILY:-7}" -v weeks="${BACKUP_KEEP_WEEKLY:-0}" -v months="${BACKUP_KEEP_MONTHLY:-0}" \
      -v now="$(date --utc --date "@$(now)" +%Y%m%dT%H%M%SZ)" '
      # Made while the clock was wrong: it stays, and takes no place of another one.
      $1 > now { print $1; next }
      {
        keep = ++n == 1
        if (!($2 in day)) day[$2] = ++d
        if (day[$2] <= days) keep = 1
        if (!($3 in week)) { week[$3]; if (++w <= weeks) keep = 1 }
        if (!($4 in month)) { month[$4]; if (++m <= months) keep = 1 }
      }
      keep { print $1 }'
}

# local | s3: removes what is kept no longer, of complete backups of this stack only. What shall stay is looked at before: one
# that is damaged keeps no other one from staying.
files_prune() {
  local place=$1 all kept gone
  all=$(files_complete "$place")
  if [[ $place == local ]]; then all=$(files_trusted "$all"); fi
  kept=$(files_kept <<<"$all")
  [[ -n $kept ]] || return 0
  gone=$(jq --compact-output --arg kept "$kept" 'select(.id | IN($kept | splits("\n")) | not)' <<<"$all")
  if [[ -n $gone ]]; then "files_remove_$place" "$gone"; fi
  log "$(files_place "$place"): $(wc -l <<<"$kept") backups stay, $(jq --slurp length <<<"$gone") removed"
}

# BACKUPS: those of this host that would stay, if need be with older ones in the place of the damaged, and those that would not.
# So that not all is read every night, one that was read within a week, and has not changed since, is not read again.
files_trusted() {
  local all=$1 id kept bad
  while :; do
    kept=$(files_kept <<<"$all") || return
    bad=''
    for id in $kept; do
      if ! files_sound_lately "$id"; then bad=$id && break; fi
    done
    if [[ -z $bad ]]; then break; fi
    all=$(jq --compact-output --arg bad "$bad" 'select(.id != $bad)' <<<"$all") || return
  done
  printf '%s\n' "$all"
}

# ID
files_sound_lately() {
  local mark=$home/cache/files/$1 seen
  seen=$(stat --format='%n %s %i %Z' -- "$repository/$1"*) || return
  if [[ -e $mark && $(<"$mark") == "$seen" ]] && (($(now) - $(stat --format=%Y -- "$mark") < 604800)); then return; fi
  files_sound "$1" || return
  mkdir -p -- "${mark%/*}" && printf '%s\n' "$seen" >"$mark"
}

# BACKUPS: their records first: without them the rest is no backup.
files_remove_local() {
  (
    cd -- "$repository" || exit
    jq --raw-output '"\(.id).json"' <<<"$1" | xargs --no-run-if-empty rm -f --
    sync -- .
    jq --raw-output '.files | keys[] | ., "\(.).sha256"' <<<"$1" | xargs --no-run-if-empty rm -f --
  )
  (cd -- "$home/cache" && jq --raw-output '"files/\(.id)"' <<<"$1" | xargs --no-run-if-empty rm -f --)
}

files_remove_s3() {
  local names
  names=$(mktemp)
  jq --raw-output '"\(.id).json"' <<<"$1" >"$names"
  s3_run 'lets nothing be removed' delete --files-from-raw "$names" "$(s3_path)"
  jq --raw-output '.files | keys[] | ., "\(.).sha256"' <<<"$1" >"$names"
  s3_run 'lets nothing be removed' delete --files-from-raw "$names" "$(s3_path)"
  rm -f -- "$names"
}

# ---- copied to a bucket -----------------------------------------------------

# ID: what stays by the policy and is not in the bucket yet. The newest goes first: by this one the run has done its work or not.
# What an earlier run could not send follows.
files_copy() {
  local here there kept id newest=''
  here=$(files_complete local)
  there=$(files_complete s3 | jq --raw-output .id)
  kept=$(files_kept <<<"$here")
  for id in $kept; do
    if grep --quiet --line-regexp --fixed-strings -- "$id" <<<"$there"; then
      :
    elif [[ $id == "$1" ]] || files_sound "$id"; then
      files_send "$id"
    elif [[ -z $newest ]]; then
      fail "the backup $id is damaged already, and is not sent to $(s3_name)"
    fi
    newest=${newest:-$id}
  done
}

# ID: the record goes last, when all the rest is there. rclone compares the hashes of what it has sent.
files_send() {
  local id=$1 names
  names=$(mktemp)
  files_sums local "$id" | cut --characters=67- | sed 'p; s/$/.sha256/' >"$names"
  s3_run 'does not take the backup' copy --files-from-raw "$names" --no-traverse --checksum "$repository" "$(s3_path)"
  s3_run 'does not take the backup' copyto --checksum "$repository/$id.json" "$(s3_path)$id.json"
  rm -f -- "$names"
  files_backup s3 "$id" >/dev/null || fail "$(s3_name) has taken the backup $id, and does not list all of it"
  log "the backup $id is in $(s3_name)"
}

s3_prefix() {
  local prefix=${BACKUP_S3_PREFIX:-$BACKUP_PROJECT}
  prefix=${prefix#/}
  printf '%s\n' "${prefix%/}"
}

# With / at the end rclone does not ask whether it is an object.
s3_path() {
  printf 'offsite:%s/%s/\n' "$BACKUP_S3_BUCKET" "$(s3_prefix)"
}

s3_name() {
  printf '%s/%s at %s\n' "$BACKUP_S3_BUCKET" "$(s3_prefix)" "$BACKUP_S3_ENDPOINT"
}

# PLACE: as a person knows it.
files_place() {
  if [[ $1 == s3 ]]; then s3_name; else printf '%s\n' "$repository"; fi
}

# TROUBLE ARGUMENT...: rclone; where it fails, in words what the matter is.
s3_run() {
  local trouble=$1 said
  shift
  { said=$(s3_rclone "$@" 2>&1 >&3 3>&-); } 3>&1 || fail "$(s3_name) $trouble: $(s3_reason "$said")"
}

# What rclone said.
s3_reason() {
  case $1 in
    *NoSuchBucket* | *'directory not found'*) printf 'there is no bucket %s. Make it there, or correct BACKUP_S3_BUCKET.\n' "$BACKUP_S3_BUCKET" ;;
    *InvalidAccessKeyId* | *SignatureDoesNotMatch*) printf 'the key is not known there, or its secret is another one: BACKUP_S3_ACCESS_KEY_ID, BACKUP_S3_SECRET_ACCESS_KEY.\n' ;;
    *'StatusCode: 401'* | *'StatusCode: 403'*) printf 'it is refused to the key BACKUP_S3_ACCESS_KEY_ID: %s\n' "$(s3_words "$1")" ;;
    *'no such host'* | *'connection re'* | *timeout* | *'no route to host'* | *unreachable* | *'deadline exceeded'* | *x509* | *'tls: '* | *'HTTP response to HTTPS'*)
      printf 'it cannot be reached: %s. Look at BACKUP_S3_ENDPOINT, and at the way out of this host.\n' "$(s3_words "$1")"
      ;;
    *) s3_words "$1" ;;
  esac
}

# The end of its last line: the cause.
s3_words() {
  local last=${1##*$'\n'}
  last=${last##*api error }
  last=${last##*request send failed, }
  printf '%s\n' "${last:0:300}"
}

# ARGUMENT...: rclone with the remote `offsite:`. By the environment: everybody on the host can read arguments.
s3_rclone() {
  local provider=Other
  case $BACKUP_S3_ENDPOINT in
    *.amazonaws.com | *.amazonaws.com/) provider=AWS ;;
    *.r2.cloudflarestorage.com | *.r2.cloudflarestorage.com/) provider=Cloudflare ;;
  esac
  # A bucket that is not there is a mistake, and not to be made: its key may not do that anyway.
  RCLONE_CONFIG='' RCLONE_CONFIG_OFFSITE_TYPE=s3 RCLONE_CONFIG_OFFSITE_PROVIDER=$provider \
    RCLONE_CONFIG_OFFSITE_ENDPOINT=$BACKUP_S3_ENDPOINT RCLONE_CONFIG_OFFSITE_REGION=$BACKUP_S3_REGION \
    RCLONE_CONFIG_OFFSITE_ACCESS_KEY_ID=$BACKUP_S3_ACCESS_KEY_ID RCLONE_CONFIG_OFFSITE_SECRET_ACCESS_KEY=$BACKUP_S3_SECRET_ACCESS_KEY \
    RCLONE_CONFIG_OFFSITE_NO_CHECK_BUCKET=true RCLONE_CONFIG_OFFSITE_CHUNK_SIZE=16Mi RCLONE_CONFIG_OFFSITE_UPLOAD_CONCURRENCY=2 \
    rclone --contimeout 10s --timeout 60s --low-level-retries 3 --retries 3 --retries-sleep 5s --transfers 2 --buffer-size 0 "$@"
}

# ---- the app's own ----------------------------------------------------------

# The app made one since yesterday. It may be at work still: that is waited for.
files_await() {
  local since newest
  since=$(now)
  while :; do
    newest=$(files_complete local | jq --slurp --raw-output '.[0].time // ""')
    if [[ -n $newest ]] && (($(date --date "$newest" +%s) > since - 86400)); then return; fi
    if ! compgen -G "$repository/*.partial" >/dev/null || (($(now) - since > 3600)); then break; fi
    sleep 5
  done
  fail "the app itself makes the backups, by php artisan backup:database in the container of its scheduler, and its last one is ${newest:-still to come}. What this does is to copy them and to look after them."
}
