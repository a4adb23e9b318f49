# `backup run` and `backup list`.
# shellcheck shell=bash disable=SC2154

command_run() {
  local reason=manual due=no
  while (($# > 0)); do
    case $1 in
      --reason)
        (($# > 1)) || wrong_usage 'run [--due] [--reason TEXT]'
        reason=$2
        shift 2
        ;;
      --due)
        due=yes
        shift
        ;;
      *) wrong_usage 'run [--due] [--reason TEXT]' ;;
    esac
  done
  if [[ $due == yes && ! $(slot_at backup "$(now)") > $(slot_last backup) ]]; then
    log 'nothing is due: the backup of this day is made'
    return
  fi
  # What the record says of it.
  export BACKUP_RUN_REASON=$reason
  run_job backup backup_steps
}

backup_steps() {
  local dir id started made
  dir=$home/work
  started=$(now)
  id=$(date --utc --date "@$started" +%Y%m%dT%H%M%SZ)
  log "backup $id begins ($BACKUP_RUN_REASON)"
  engine_ready
  engine_save "$id" "$dir"
  # What counts is what the storage says afterwards. (The app's own command makes those of the engine `laravel`.)
  made=$(engine_list | jq --slurp --compact-output --arg id "$id" --arg engine "$BACKUP_ENGINE" \
    'map(select($engine == "laravel" or .id == $id)) | .[0] // empty')
  [[ -n $made ]] || fail "the backup $id was made, and the storage does not list it: nothing there can be relied on"
  jq --compact-output --argjson seconds "$(($(now) - started))" '. + {$seconds}' <<<"$made" | state_put last-backup
  log "backup $(jq --raw-output '"\(.id) is complete: \(.bytes) bytes, \(.where)"' <<<"$made")"
}

# Old ones go only now. Where that fails, the backup is as good as it was.
backup_done() {
  local reason
  attempt "$home/log/prune.log" engine_prune
  ((attempted != 143)) || exit 143
  if ((attempted == 0)); then
    rm -f -- "$home/state/prune.json"
    return
  fi
  reason=$(attempt_reason "$home/log/prune.log")
  (jq --null-input --arg reason "$reason" '$ARGS.named' | state_put prune) || :
  log "old backups could not be removed: $reason"
  alarm backup warning "the backup was made, but old ones could not be removed, so the storage fills up. $reason"
}

# Newest first, one a line.
command_list() {
  local list id time bytes where
  case "$*" in
    '' | --json) ;;
    *) wrong_usage 'list [--json]' ;;
  esac
  list=$(engine_list)
  if [[ ${1-} == --json ]]; then
    [[ -z $list ]] || printf '%s\n' "$list"
    return
  fi
  [[ -n $list ]] || {
    echo 'There is no complete backup.'
    return
  }
  printf '%-18s  %-24s  %10s  %s\n' ID MADE SIZE WHERE
  while IFS=$'\t' read -r id time bytes where; do
    printf '%-18s  %-24s  %10s  %s\n' "$id" "$(local_time "$time")" "$(readable_size "$bytes")" "$where"
  done < <(jq --raw-output '[.id, .time, .bytes, .where] | @tsv' <<<"$list")
}

# RFC3339: as the clock on the wall.
local_time() {
  TZ=$BACKUP_TIMEZONE date --date "$1" '+%Y-%m-%d %H:%M:%S %Z'
}
