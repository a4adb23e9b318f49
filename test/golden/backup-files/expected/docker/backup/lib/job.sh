# A job: alone, with its log in a file as well, told of at its start and its end, and stopped with all its programs.
# shellcheck shell=bash disable=SC2154

# JOB FUNCTION [ARGUMENT...]: `backup` or `drill`. Ends with 1 if it failed, 143 if it was stopped, 75 if another one is at work.
# There may be a function JOB_done, for what comes behind a success, and JOB_failed TEXT, for what is to be written down then.
run_job() {
  job=$1
  locked run_locked "${@:2}"
}

run_locked() {
  local started log_file=$home/log/$job.log reason
  started=$(now)
  export BACKUP_REASON=$home/log/$job.reason
  # A database whose name is being changed is none to dump.
  case $(known restore .phase) in
    stopping | swapping | undoing)
      log 'a restore was interrupted, and comes first: scripts/restore --undo'
      exit 75
      ;;
  esac
  if ! job_dir >/dev/null; then
    alarm "$job" failure "$home cannot be written to: is the disk full?"
    fail "$home cannot be written to: is the disk full?"
  fi
  (jq --null-input --arg job "$job" --argjson pid "$$" '$ARGS.named' | state_put running) || :
  alarm "$job" start "The $job has started."
  attempt "$log_file" "$@"
  # A disk that is full is told of, like any other failure.
  if ((attempted == 0)) && (write_attempt "$started" '' && slot_done "$job" "$started"); then
    if declare -F "${job}_done" >/dev/null; then "${job}_done"; fi
    log "the $job is done, after $(readable_time "$(($(now) - started))")"
    unlock
    alarm "$job" success "The $job took $(readable_time "$(($(now) - started))")."
    return
  fi
  if ((attempted == 143)); then
    log "the $job was stopped before it was done; the next one starts anew"
    exit 143
  fi
  if ((attempted == 0)); then
    reason="it was done, and that could not be written down in $home: is the disk full?"
  else
    reason=$(attempt_reason "$log_file") || reason="it ended with status $attempted"
  fi
  (write_attempt "$started" "$reason") || :
  if declare -F "${job}_failed" >/dev/null; then ("${job}_failed" "$reason") || :; fi
  log "the $job failed, after $(readable_time "$(($(now) - started))")"
  unlock
  ALARM_LOG=$log_file alarm "$job" failure "$reason"$'\n'"Look into it: docker compose logs backup; docker compose exec backup backup status"
  exit 1
}

# LOG: why the attempt failed: what `fail` said; else a program's last words, and where that was.
attempt_reason() {
  local own='^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8} [^ ]+ ' said place
  if [[ -s $BACKUP_REASON ]]; then
    said=$(<"$BACKUP_REASON")
  else
    said=$(grep --extended-regexp --invert-match -- "$own" "$1" | tail --lines=1) || said=''
    place=$(grep --extended-regexp -- "$own" "$1" | tail --lines=1 | sed --regexp-extended "s/$own//") || place=''
    said="${said:+$said; }${place:-ended with status $attempted}"
  fi
  printf '%s\n' "${said//[$'\r\n']/ }"
}

# The job is done; others need not wait until that is told to somebody who may not answer.
unlock() {
  rm -f -- "$home/state/running.json"
  exec 9>&-
}

# STARTED REASON: what became of the last try, for `status`.
write_attempt() {
  jq --null-input --arg time "$(date --utc --date "@$1" +%Y-%m-%dT%H:%M:%SZ)" --argjson seconds "$(($(now) - $1))" --arg reason "$2" \
    '{$time, $seconds, ok: ($reason == ""), reason: (if $reason == "" then null else $reason end)}' | state_put "attempt-$job"
}

# LOG COMMAND...: runs a function as a process of its own, and leaves its status in `attempted`. Of its own, because a function that
# is called in `if` or before || goes on behind a failing line, whatever `set -e` says; and because all that it started can then be
# stopped at once. What it says goes to the file and, from there, to standard error: a reader that went away stops no backup.
attempt() {
  local output=$1 pid reader stopping=no
  shift
  : >"$output"
  rm -f -- "$BACKUP_REASON"
  set -m
  (
    trap - TERM INT HUP
    "$@"
  ) </dev/null >>"$output" 2>&1 &
  pid=$!
  set +m
  tail --follow --lines=+1 --pid="$pid" --sleep-interval=0.5 -- "$output" >&2 9>&- &
  reader=$!
  trap 'stopping=yes; kill -TERM -- "-$pid" 2>/dev/null || :' TERM INT HUP
  attempted=0
  wait "$pid" || attempted=$?
  if [[ $stopping == yes ]]; then
    trap '' TERM INT HUP
    attempt_end "$pid"
    attempted=143
  elif ((attempted == 143)); then
    # Somebody else ended it: that is a failure.
    attempted=1
  fi
  # What it left behind, a program in the background, say.
  kill -KILL -- "-$pid" 2>/dev/null || :
  wait "$reader" || :
  trap - TERM INT HUP
}

# PROCESS: its group has been asked to end, and gets 40 of the 60 seconds that the container has for that. By no clock: that may
# be put back meanwhile.
attempt_end() {
  local tries
  for ((tries = 0; tries < 200; tries++)); do
    kill -0 -- "-$1" 2>/dev/null || return 0
    sleep 0.2
  done
}
