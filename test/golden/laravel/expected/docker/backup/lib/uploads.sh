# Uploaded files, back into their volumes. They come into a folder of the volume itself, so that they can take their places by
# changes of names only; those that were there go into another one beside it, and stay until told otherwise.
# shellcheck shell=bash
#
# In a volume, .restore/RUN/ has
#   new          what is to take its place
#   before.part  what was in place, while it is being taken away or put back
#   before       what was in place: all of it
#   undone       what a restore had put in place, after it was undone
# .restore is no part of any backup.

# VOLUME: where it is mounted for writing; scripts/restore does that, nobody else has it so.
uploads_folder() {
  printf '%s/%s\n' "${BACKUP_RESTORE_UPLOADS:-/restore}" "$1"
}

# FOLDER: the entries of it that are moved, separated by null bytes.
uploads_entries() {
  find "$1" -mindepth 1 -maxdepth 1 ! -name .restore ! -name lost+found -print0
}

# FROM TO: all entries change their folder.
uploads_move() {
  local entry
  while IFS= read -r -d '' entry <&4; do
    mv --no-target-directory -- "$entry" "$2/${entry##*/}"
  done 4< <(uploads_entries "$1")
}

# VOLUME: fails where its files could not be replaced.
uploads_check() {
  local folder foreign
  folder=$(uploads_folder "$1")
  [[ -w $folder ]] || fail "the files of $1 cannot be replaced: its folder belongs to user $(stat --format=%u -- "$folder"), and this is user $EUID"
  # A folder can only be moved by who may write to it: that changes where its .. leads to.
  foreign=$(find "$folder" -mindepth 1 -maxdepth 1 ! -name .restore ! -name lost+found -type d ! -writable -printf '%f, ' -quit)
  [[ -z $foreign ]] || fail "the files of $1 cannot be replaced: ${foreign%, } belongs to another user than $EUID"
}

# VOLUME RUN FROM FILES BYTES: the files of FROM beside those in use, all of them.
uploads_stage() {
  local folder
  folder=$(uploads_folder "$1")/.restore/$2
  log "restore: the files of $1 are brought into its volume"
  mkdir -p -- "$folder/new"
  if [[ -d $3 ]]; then
    cp --archive --no-target-directory -- "$3" "$folder/new" || fail "the files of $1 could not be brought into its volume: is the disk full?"
  fi
  uploads_compare "$1" "$folder/new" "$4" "$5"
  sync --file-system -- "$folder"
}

# VOLUME FOLDER FILES BYTES
uploads_compare() {
  local files bytes
  read -r files bytes < <(find "$2" -type f -printf '%s\n' | awk '{ sum += $1 } END { printf "%d %d\n", NR, sum }')
  [[ $files == "$3" && $bytes == "$4" ]] ||
    fail "what was restored of $1 is not what was backed up: $files files of $bytes bytes, and the backup has $3 of $4"
}

# VOLUME RUN: the new files in place of those in use. Who is stopped in between, undoes it.
uploads_swap() {
  local top folder
  top=$(uploads_folder "$1")
  folder=$top/.restore/$2
  mkdir -- "$folder/before.part"
  uploads_move "$top" "$folder/before.part"
  mv -- "$folder/before.part" "$folder/before"
  uploads_move "$folder/new" "$top"
  rmdir -- "$folder/new"
}

# VOLUME RUN: the files that were in use in their places again, from wherever a swap, or this, was stopped.
uploads_undo() {
  local top folder
  top=$(uploads_folder "$1")
  folder=$top/.restore/$2
  if [[ -d $folder/before ]]; then
    mkdir -p -- "$folder/undone"
    uploads_move "$top" "$folder/undone"
    mv -- "$folder/before" "$folder/before.part"
  fi
  if [[ -d $folder/before.part ]]; then
    uploads_move "$folder/before.part" "$top"
    rmdir -- "$folder/before.part"
  fi
  rm -rf -- "$folder/new"
  rmdir --ignore-fail-on-non-empty -- "$folder" 2>/dev/null || :
}

# What earlier restores have kept, as JSON lines.
uploads_kept() {
  local volume folder kind
  # shellcheck disable=SC2086 # names of volumes have no blanks
  for volume in ${BACKUP_UPLOADS:-}; do
    for folder in "$(uploads_folder "$volume")"/.restore/*/*; do
      kind=${folder##*/}
      [[ -d $folder && $kind =~ ^(before|undone|new)$ ]] || continue
      folder=${folder%/*}
      jq --null-input --compact-output --arg volume "$volume" --arg kind "$kind" --arg run "${folder##*/}" '{$volume, $kind, $run}'
    done
  done
}

# VOLUME
uploads_drop() {
  rm -rf -- "$(uploads_folder "$1")/.restore"
}
