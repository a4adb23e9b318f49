# `backup health` and `backup status`: what can be relied on.
#
# An engine may say more: `engine_health` prints a line for each thing that is wrong, `engine_rpo` the seconds that may be lost at most.
# shellcheck shell=bash disable=SC2154

# RFC3339: seconds since then.
age_of() {
  printf '%d\n' "$(($(now) - $(date --date "$1" +%s)))"
}

# NAME FILTER: from state/NAME.json; nothing where there is none.
known() {
  { state_get "$1" || :; } | jq --raw-output "$2 // empty"
}

# Whether that job runs at present. A killed one has left its file.
running() {
  local pid
  [[ $(known running .job) == "$1" ]] || return 1
  pid=$(known running .pid)
  [[ -e /proc/$pid ]]
}

# A line for everything that is not as it has to be.
problems() {
  local seen
  seen=$(cat "$beat" 2>/dev/null) || seen=0
  seen=$(($(now) - seen))
  if ((seen > 300 || seen < -300)); then echo 'the loop of this container has stopped: docker compose restart backup'; fi
  [[ ${BACKUP_MAX_AGE:-26} =~ $hours ]] || echo "BACKUP_MAX_AGE is ${BACKUP_MAX_AGE@Q}, and must be a number of hours; 26 is taken"
  problems_of_backup
  [[ $BACKUP_DRILL == never ]] || problems_of_drill
  if declare -F engine_health >/dev/null; then engine_health; fi
}

hours='^[0-9]{1,4}$'

# In seconds: how old the newest backup may be.
max_age() {
  local most=${BACKUP_MAX_AGE:-26}
  [[ $most =~ $hours ]] || most=26
  printf '%d\n' "$((10#$most * 3600))"
}

problems_of_backup() {
  local time age reason most
  most=$(max_age)
  time=$(known last-backup .time)
  reason=$(known attempt-backup .reason)
  if [[ -n $time ]]; then
    age=$(age_of "$time")
    if ((age > most)); then
      echo "the last good backup is $(readable_time "$age") old, and may be $(readable_time "$most")${reason:+. The last try failed: $reason}"
    elif ((age < -7200)); then
      echo "the last good backup is from the future ($time): the clock was wrong then, or is now"
    fi
  elif [[ -n $reason ]]; then
    echo "there is no backup yet. The last try failed: $reason"
  elif ! first_to_come; then
    echo 'there is no backup yet'
  fi
}

# A new stack is not ill yet. Its first backup gets an hour to come, and as long as it needs once it runs; that of an app
# comes at its time of day.
first_to_come() {
  local most patience=3600 age
  [[ -z $(known last-backup .time) && -z $(known attempt-backup .reason) ]] || return 1
  most=$(max_age)
  [[ $BACKUP_ENGINE != laravel ]] || patience=$most
  age=$(known born .)
  age=$(($(now) - ${age:-0}))
  ((age <= patience)) || { ((age <= most)) && running backup; }
}

problems_of_drill() {
  local time born most=$((8 * 86400)) age
  [[ $BACKUP_DRILL != daily ]] || most=$((2 * 86400))
  time=$(known last-drill .time)
  if [[ -z $time ]]; then
    born=$(known born .)
    (($(now) - ${born:-0} <= most)) || echo 'there was no drill yet: nobody knows whether the backups can be restored'
    return
  fi
  age=$(age_of "$time")
  if [[ $(known last-drill .ok) != true ]]; then
    echo "the last drill failed, $(readable_time "$age") ago: $(known last-drill .error)"
  elif ((age > most)); then
    echo "the last drill is $(readable_time "$age") old, and may be $(readable_time "$most")"
  fi
}

# What is no fault of the last days, and will be one on the day it matters.
warnings() {
  local reason
  offsite || echo 'the backups are on this host only, and lost with it'
  if key_used && ! key_elsewhere; then
    echo 'nobody has said that the key is kept elsewhere; without it no backup can be read: scripts/backup key'
  fi
  reason=$(known prune .reason)
  [[ -z $reason ]] || echo "old backups could not be removed: $reason"
}

# Whether the backups are, or will be, anywhere but on this host.
offsite() {
  [[ $BACKUP_TO != local && ! ($BACKUP_TO == s3 && -z ${BACKUP_S3_BUCKET-}) ]]
}

# In a word, and in no time: what is known, without a look into the storage.
command_health() {
  local found
  found=$(problems)
  if [[ -n $found ]]; then
    printf '%s\n' "$found"
    exit 1
  fi
  echo 'healthy'
}

# One JSON document.
status_json() {
  local list count=null seen='' last remark='' allowed
  : >"$home/log/status.reason"
  # A process of its own, and not for ever: a storage that is away must not take the rest with it.
  if list=$(BACKUP_REASON=$home/log/status.reason timeout 60 "$0" list --json); then
    list=$(jq --slurp --compact-output . <<<"$list")
    count=$(jq length <<<"$list")
    seen=$(jq --compact-output '.[0] // empty' <<<"$list")
    [[ -n $seen ]] || first_to_come || remark='the storage has no complete backup'
    last=$(known last-backup .id)
    if [[ -z $seen && -n $last ]]; then
      remark+=", and there was one: $last"
    elif [[ -n $seen && $(jq --raw-output .id <<<"$seen") < $last ]]; then
      remark="the last backup, $last, was complete when it was made, and is not whole any more where it is kept"
    fi
  else
    list='[]'
    remark=$(<"$home/log/status.reason")
    remark="what the storage has is not known: ${remark:-it did not answer within 60 s}"
    seen=$(state_get last-backup) || seen=''
  fi
  allowed=$((86400 + $(known last-backup .seconds | grep . || echo 0)))
  if declare -F engine_rpo >/dev/null; then allowed=$(engine_rpo); fi
  jq --null-input \
    --arg project "$BACKUP_PROJECT" --arg engine "$BACKUP_ENGINE" --arg to "$BACKUP_TO" \
    --arg at "$BACKUP_AT" --arg timezone "$BACKUP_TIMEZONE" --arg drill "$BACKUP_DRILL" --arg by "$BACKUP_SCHEDULE" \
    --argjson now "$(now)" --argjson list "$list" --argjson count "$count" --argjson newest "${seen:-null}" \
    --argjson known "$(state_get last-backup || echo null)" --argjson tested "$(state_get last-drill || echo null)" \
    --argjson offsite "$(truth offsite)" --argjson used "$(truth key_used)" --argjson elsewhere "$(truth key_elsewhere)" \
    --argjson allowed "$allowed" --arg running "$(if running backup; then echo backup; elif running drill; then echo drill; fi)" \
    --arg problems "$(problems; [[ -z $remark ]] || printf '%s\n' "$remark")" --arg warnings "$(warnings)" '
      def epoch: sub("\\.[0-9]+"; "") | fromdateiso8601;
      def lines: split("\n") | map(select(. != ""));
      # The gaps of the last 8 days, that to the present among them.
      def gap: [$now] + map(.time | epoch) | [.[:-1], .[1:]] | transpose
        | map(select(.[0] > $now - 8 * 86400) | .[0] - .[1]) | max;
      {
        $project, $engine, $to,
        healthy: ($problems == ""),
        problems: ($problems | lines),
        warnings: ($warnings | lines),
        running: (if $running == "" then null else $running end),
        lastBackup: (if $newest == null then null else
          $newest + {age: ($now - ($newest.time | epoch)), seconds: (if $known.id == $newest.id then $known.seconds else null end)} end),
        backups: $count,
        lastDrill: (if $tested == null then null else $tested + {age: ($now - ($tested.time | epoch))} end),
        rpo: {$allowed, measured: (if ($list | length) == 0 then null else $list | gap end)},
        rto: {measured: (if $tested.ok == true then $tested.seconds.fetch + $tested.seconds.restore else null end)},
        $offsite,
        key: {$used, $elsewhere},
        schedule: {$by, $at, $timezone, $drill}
      }'
}

# COMMAND...: true or false, for JSON.
truth() {
  if "$@"; then echo true; else echo false; fi
}

command_status() {
  local status
  case "$*" in
    '' | --json) ;;
    *) wrong_usage 'status [--json]' ;;
  esac
  status=$(status_json)
  if [[ ${1-} == --json ]]; then printf '%s\n' "$status"; else status_text <<<"$status"; fi
  jq --exit-status .healthy <<<"$status" >/dev/null || exit 1
}

# For a person, from the JSON of standard input.
status_text() {
  local status
  status=$(cat)
  # FILTER: prints what it finds, nothing for null.
  of() { jq --raw-output "$1 // empty" <<<"$status"; }
  line() { printf '%-14s  %s\n' "$1" "$2"; }

  line 'last backup' "$(
    if [[ -z $(of .lastBackup) ]]; then
      echo none
    else
      printf '%s, %s ago, %s' "$(of .lastBackup.id)" "$(readable_time "$(of .lastBackup.age)")" "$(readable_size "$(of .lastBackup.bytes)")"
      [[ -z $(of .lastBackup.seconds) ]] || printf ', made in %s' "$(readable_time "$(of .lastBackup.seconds)")"
      printf ', %s' "$(place "$(of .lastBackup.where)")"
    fi
  )"
  line backups "$(of 'if .backups == null then "unknown" else .backups end')"
  line 'last drill' "$(
    if [[ $BACKUP_DRILL == never ]]; then
      echo 'never (backup.drill in prodstack.yaml)'
    elif [[ -z $(of .lastDrill) ]]; then
      echo none
    else
      printf '%s, %s ago' "$(of 'if .lastDrill.ok then "good" else "failed" end')" "$(readable_time "$(of .lastDrill.age)")"
      [[ -z $(of .rto.measured) ]] || printf ', fetched and restored in %s' "$(readable_time "$(of .rto.measured)")"
    fi
  )"
  line 'lost at most' "$(
    printf 'the changes of %s, by the schedule (RPO)' "$(readable_time "$(of .rpo.allowed)")"
    [[ -z $(of .rpo.measured) ]] || printf '; the longest gap of the last 8 days was %s' "$(readable_time "$(of .rpo.measured)")"
  )"
  line 'back within' "$(
    if [[ -n $(of .rto.measured) ]]; then
      printf '%s and the start of the apps (RTO, measured by the last drill)' "$(readable_time "$(of .rto.measured)")"
    else
      echo 'unknown: no drill has measured it (RTO)'
    fi
  )"
  line schedule "$(
    printf 'daily at %s (%s), drill: %s' "$BACKUP_AT" "$BACKUP_TIMEZONE" "$BACKUP_DRILL"
    [[ $BACKUP_SCHEDULE != systemd ]] || printf ', by timers of the host'
  )"
  [[ -z $(of .running) ]] || line 'at work' "$(of .running)"
  of '.warnings[] | "warning: " + .'
  of '.problems[] | "PROBLEM: " + .'
}

# local, s3 or sftp: in words.
place() {
  case $1 in
    local) echo 'on this host' ;;
    s3) echo 'in the object storage' ;;
    *) echo "elsewhere ($1)" ;;
  esac
}
