# When something is due, and the loop that then does it.
#
# A slot is a local date: the newest whose time of day has passed. A job is due when its slot is newer than that of the last success.
# So, without a special case: what was missed is made up for at the start; in the night without a 02:30 the first moment behind the
# gap counts, and in the night with two of them only the first; and a clock that is put back repeats nothing.
# shellcheck shell=bash disable=SC2154

# EPOCH TIME ZONE: the slot.
due_day() {
  local day time
  read -r day time < <(TZ=$3 date --date "@$1" '+%Y-%m-%d %H:%M')
  if [[ $time < $2 ]]; then day=$(TZ=UTC date --date "$day - 1 day" +%Y-%m-%d); fi
  printf '%s\n' "$day"
}

# DAY: the Sunday on which a week's drill is due: itself, or the last one.
due_week() {
  TZ=UTC date --date "$1 - $(TZ=UTC date --date "$1" +%w) days" +%Y-%m-%d
}

# JOB EPOCH: its slot, as this stack has it. With the engine `laravel` the app makes a backup at that time, and an hour later it is
# copied from there.
slot_at() {
  local epoch=$2 day
  [[ $BACKUP_ENGINE != laravel ]] || epoch=$((epoch - 3600))
  day=$(due_day "$epoch" "$BACKUP_AT" "$BACKUP_TIMEZONE")
  if [[ $1 == drill && $BACKUP_DRILL == weekly ]]; then due_week "$day"; else printf '%s\n' "$day"; fi
}

# What a slot was counted by: another answer makes another slot of the same moment.
slot_terms() {
  printf '%s %s' "$BACKUP_AT" "$BACKUP_TIMEZONE"
  if [[ $1 == drill ]]; then printf ' %s' "$BACKUP_DRILL"; fi
}

# JOB: the slot of the last success; nothing if there is none. One from the future was made while the clock was wrong: it is
# forgotten, or nothing would be done until then.
slot_last() {
  local slot='' time='' terms=''
  {
    IFS= read -r slot || :
    IFS= read -r time || :
    IFS= read -r terms || :
  } < <(known "slot-$1" '.slot, .time, .terms')
  [[ -n $time ]] || return 0
  if ((time > $(now) + 7200)); then
    log "the last $1 is from the future ($slot): the clock was wrong then, or is now. It does not count."
    rm -f -- "$home/state/slot-$1.json"
  elif [[ $terms == "$(slot_terms "$1")" ]]; then
    printf '%s\n' "$slot"
  else
    slot_at "$1" "$time"
  fi
}

# JOB STARTED: that job succeeded. The newer slot stays: in the second of two equal hours that of the first one.
slot_done() {
  local slot last
  slot=${BACKUP_SLOT:-$(slot_at "$1" "$2")}
  last=$(slot_last "$1")
  if [[ $last > $slot ]]; then slot=$last; fi
  jq --null-input --arg slot "$slot" --argjson time "$2" --arg terms "$(slot_terms "$1")" '$ARGS.named' | state_put "slot-$1"
}

# JOB TRIES: how long to wait behind so many failures in a row. A drill is a lot of work.
retry_pause() {
  local first=600 most=3600
  if [[ $1 == drill ]]; then first=3600 most=21600; fi
  local pause=$((first << ($2 < 8 ? $2 - 1 : 7)))
  printf '%d\n' "$((pause < most ? pause : most))"
}

declare -A tried_slot tries next_try

# JOB EPOCH: whether it is to be done then; its slot as `slot`.
wanted() {
  local last wait
  slot=$(slot_at "$1" "$2")
  last=$(slot_last "$1")
  # An app makes up for nothing: its first backup comes when its time does.
  if [[ -z $last && $1 == backup && $BACKUP_ENGINE == laravel ]]; then last=$(slot_at backup "$(known born .)"); fi
  [[ $slot > $last ]] || return 1
  if [[ ${tried_slot[$1]-} != "$slot" ]]; then
    tried_slot[$1]=$slot tries[$1]=0 next_try[$1]=0
  fi
  # A pause longer than any is a clock that was put back meanwhile.
  wait=$((next_try[$1] - $2))
  ((wait <= 0 || wait > 21600))
}

# JOB STATUS: what comes of it.
tried() {
  local pause
  case $2 in
    0) return ;;
    75) pause=60 ;;
    *)
      tries[$1]=$((tries[$1] + 1))
      pause=$(retry_pause "$1" "${tries[$1]}")
      log "the $1 is tried again in $(readable_time "$pause")"
      ;;
  esac
  next_try[$1]=$(($(now) + pause))
}

# JOB COMMAND...: starts it.
start_job() {
  working=$1
  BACKUP_SLOT=$slot BACKUP_REASON='' "$0" "${@:2}" &
  child=$!
}

# What the container is for. It never ends by itself, whatever happens to a job.
command_schedule() {
  local tick=${BACKUP_TICK:-20} child='' working='' slot='' server='' status ended sleeper='' begun
  begun=$(now)
  trap 'schedule_end' TERM INT
  schedule_begin
  while :; do
    # In memory: a full disk must not stop the loop.
    now >"$beat"
    if declare -F engine_serve >/dev/null; then schedule_serve; fi
    if [[ -z $child ]]; then schedule_next; fi
    sleep "$tick" &
    sleeper=$!
    status=0 ended=''
    # shellcheck disable=SC2086
    wait -n -p ended $child "$sleeper" || status=$?
    if [[ -n $child && $ended == "$child" ]]; then
      child=''
      kill "$sleeper" 2>/dev/null || :
      [[ $working == recall ]] || tried "$working" "$status"
    fi
  done
}

# What an engine does all the time (engine_serve): again, should it have ended. Behind its end comes engine_served.
schedule_serve() {
  if [[ -n $server ]] && kill -0 "$server" 2>/dev/null; then return; fi
  engine_serve &
  server=$!
}

schedule_begin() {
  local started
  # Of a job that was killed with the container: its process number may be somebody else's by now.
  rm -f -- "$home/state/running.json"
  started=$(state_get born) || started=''
  if [[ -z $started ]] || ((started > begun + 7200)); then (state_put born <<<"$begun") || :; fi
  if [[ $BACKUP_SCHEDULE == systemd ]]; then
    log "timers of the host start backups and drills; here is looked after their age"
  else
    log "a backup every day at $BACKUP_AT ($BACKUP_TIMEZONE), a drill: $BACKUP_DRILL"
  fi
  if [[ $BACKUP_TO == s3 && -z ${BACKUP_S3_BUCKET-} ]]; then
    log 'warning: BACKUP_S3_BUCKET is empty, so the backups are on this host only, and lost with it'
  fi
  # The volume with the state may be lost, or new on a new host: the storage knows better.
  if ! state_get last-backup >/dev/null; then start_job recall recall; fi
}

schedule_next() {
  local moment
  [[ $BACKUP_SCHEDULE == stack ]] || return 0
  # One look at the clock: between two of them a drill could become due, and come in front of the backup.
  moment=$(now)
  # Right behind a start the apps have better to do, migrations above all.
  ((moment - begun >= ${BACKUP_START_DELAY:-60} || moment < begun)) || return 0
  if wanted backup "$moment"; then
    start_job backup run --reason schedule
  elif [[ $BACKUP_DRILL != never && ! $(slot_at backup "$moment") > $(slot_last backup) ]] && wanted drill "$moment"; then
    start_job drill drill
  fi
}

# A running job is asked to end; it knows how.
schedule_end() {
  trap '' TERM INT
  if [[ -n $child ]]; then
    kill -TERM "$child" 2>/dev/null || :
    wait "$child" || :
  fi
  if [[ -n $sleeper ]]; then kill "$sleeper" 2>/dev/null || :; fi
  if [[ -n $server ]]; then
    kill "$server" 2>/dev/null || :
    engine_served
  fi
  log 'stopped'
  exit 0
}

# The newest backup of the storage as the last one, where nothing is known of it.
command_recall() {
  local newest
  # A new stack has no storage yet that could be asked: no error.
  newest=$("$0" list --json 2>/dev/null | jq --slurp --compact-output '.[0] // empty') || return 0
  [[ -n $newest ]] || return 0
  state_put last-backup <<<"$newest"
  slot_done backup "$(date --date "$(jq --raw-output .time <<<"$newest")" +%s)"
  log "the newest backup in the storage is $(jq --raw-output .id <<<"$newest")"
}
