# Who is told: a webhook of failures, and of the first success behind them; a dead man's switch (the words of healthchecks.io)
# of every start, success and failure. What fails here is a line in the log, and never a failed backup.
# shellcheck shell=bash

# JOB EVENT TEXT: backup or drill; start, success, failure, or warning (the job is done, and something beside it is not). For a
# failure ALARM_LOG may name the log of the job.
alarm() {
  local ping=BACKUP_PING_URL previous
  [[ $1 != drill ]] || ping=BACKUP_DRILL_PING_URL
  ping=${!ping-}
  case $2 in
    start)
      # In the background: a switch that does not answer holds up nothing.
      [[ -z $ping ]] || alarm_ping "$ping" start "$3" 9>&- &
      ;;
    warning)
      [[ -z ${BACKUP_WEBHOOK_URL-} ]] || alarm_webhook "$@"
      ;;
    *)
      previous=$(state_get "alarm-$1" | jq --raw-output .event) || previous=''
      [[ -z $ping ]] || alarm_ping "$ping" "$2" "$3" &
      if [[ -n ${BACKUP_WEBHOOK_URL-} && ($2 == failure || $previous == failure) ]]; then alarm_webhook "$@" & fi
      # Of the start as well, which must not arrive behind the end.
      wait
      jq --null-input --arg event "$2" --arg time "$(date --utc +%Y-%m-%dT%H:%M:%SZ)" '$ARGS.named' | (state_put "alarm-$1") || :
      ;;
  esac
}

# URL EVENT TEXT
alarm_ping() {
  local url=$1 query='' path=''
  # A query stays behind what the path gets.
  if [[ $url == *\?* ]]; then query="?${url#*\?}" url=${url%%\?*}; fi
  url=${url%/}
  case $2 in
    start) path=/start ;;
    failure) path=/fail ;;
  esac
  {
    printf '%s\n' "$3"
    [[ $2 != failure || ! -s ${ALARM_LOG-} ]] || tail --lines=40 -- "$ALARM_LOG" | tail --bytes=8000
  } | alarm_send ping "$url$path$query" 'text/plain; charset=utf-8' "$2"
}

# JOB EVENT TEXT
alarm_webhook() {
  local text
  case $2 in
    failure) text="$BACKUP_PROJECT: the $1 failed. $3" ;;
    warning) text="$BACKUP_PROJECT: $3" ;;
    *) text="$BACKUP_PROJECT: the $1 works again. $3" ;;
  esac
  # What a service takes for a command or for somebody's name is taken from the text: it may quote a program's message.
  jq --null-input --compact-output --arg project "$BACKUP_PROJECT" --arg job "$1" --arg event "$2" --arg text "${text:0:1500}" \
    --arg time "$(date --utc +%Y-%m-%dT%H:%M:%SZ)" --arg kind "${BACKUP_WEBHOOK:-generic}" '
      if $kind == "slack" then {text: ($text | gsub("&"; "&amp;") | gsub("<"; "&lt;") | gsub(">"; "&gt;"))}
      elif $kind == "discord" then {content: $text, allowed_mentions: {parse: []}}
      else {$project, $job, $event, $text, $time} end' |
    alarm_send webhook "$BACKUP_WEBHOOK_URL" application/json "$2"
}

# WHAT URL TYPE EVENT: standard input goes there, a few times if need be: within 15 s at a start, within 55 s at an end. The
# address is as good as a password, and comes to curl in a file that only it reads.
alarm_send() {
  local body answer patience=${BACKUP_ALARM_PATIENCE:-40}
  [[ $4 != start ]] || patience=5
  body=$(mktemp) || return 0
  cat >"$body"
  answer=$(
    curl --disable --config - 2>&1 <<CURL
url = "$(alarm_quote "$2")"
header = "Content-Type: $3"
data-binary = "@$body"
request = "POST"
proto = "=http,https"
silent
show-error
fail
output = "/dev/null"
connect-timeout = 5
max-time = 10
retry = 5
retry-all-errors
retry-max-time = $patience
CURL
  ) || log "the $1 was not told of the $4: ${answer##*$'\n'}"
  rm -f -- "$body"
}

# TEXT: as it stands between quotes in a file of curl's.
alarm_quote() {
  local text=${1//[$'\r\n']/}
  text=${text//\\/\\\\}
  printf '%s' "${text//\"/\\\"}"
}
