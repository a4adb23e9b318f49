# `backup key`: the key is of use only where the host is not.
# shellcheck shell=bash disable=SC2154

# Whether backups are encrypted at all.
key_used() {
  [[ -n ${BACKUP_PASSWORD-} ]]
}

# What tells one key from another, and the key to nobody.
key_fingerprint() {
  printf 'prodstack backup key\n%s' "$BACKUP_PASSWORD" | sha256sum | cut --characters=1-16
}

# Whether somebody has proved to have this very key elsewhere.
key_elsewhere() {
  key_used && [[ $(known key .fingerprint) == "$(key_fingerprint)" ]]
}

command_key() {
  local proof
  case "$*" in
    '' | --print) ;;
    *) wrong_usage 'key [--print]' ;;
  esac
  key_used || {
    echo 'These backups are not encrypted, so there is no key. Who can read the storage can read them.'
    return
  }
  if [[ ${1-} == --print ]]; then
    printf '%s\n' "$BACKUP_PASSWORD"
    return
  fi
  [[ -t 0 && -t 1 ]] || fail 'this is no terminal, so the key is not shown: what is printed may be kept in a log. If you want that: --print'
  cat <<TEXT
The key of the backups of $BACKUP_PROJECT (BACKUP_PASSWORD):

  $BACKUP_PASSWORD

Keep it where this host is not: in a password manager that others of your team can open too.
Without it nobody can read a backup, not even with the storage's own account.
TEXT
  if [[ ${BACKUP_TO:-local} == local ]]; then
    echo 'These backups are on this host only: the key helps only where the volume was copied elsewhere.'
  else
    echo 'With it and the credentials of the storage a new host comes back: docs/DEPLOYMENT.md, "An empty host".'
  fi
  if key_elsewhere; then
    printf '\nIt is kept elsewhere, as somebody said on %s.\n' "$(known key .time)"
    return
  fi
  printf '\nTo prove it: the last 6 characters, typed from the copy (nothing: later): '
  IFS= read -r proof || proof=''
  [[ -n $proof ]] || {
    echo 'Not recorded.'
    return
  }
  [[ $proof == "${BACKUP_PASSWORD: -6}" ]] || fail 'these are not the last 6 characters of the key'
  jq --null-input --arg fingerprint "$(key_fingerprint)" --arg time "$(date --utc +%Y-%m-%dT%H:%M:%SZ)" '$ARGS.named' | state_put key
  echo 'Recorded: the key is kept elsewhere.'
}
