#!/bin/sh
# pgBackRest with the settings of this stack, for the server (its archive_command) and for the service `backup`:
#   pgbackrest.sh COMMAND [OPTION...]
# They are made at every call, as environment variables: no secret is on a command line or in a file, and the server
# starts whatever is wrong with them. The repository is the bucket of BACKUP_S3_*, or the folder /backups where BACKUP_TO is
# local or no bucket is named yet.
set -eu

# A secret: the variable, or what is in the file that NAME_FILE names.
secret() {
  file=$(printenv "$1_FILE") || file=''
  if [ -n "$file" ]; then
    value=$(cat "$file")
  else
    value=$(printenv "$1") || value=''
  fi
  if [ -z "$value" ]; then
    echo "$1 is empty: set it in ${file:-.env}" >&2
    return 1
  fi
  printf %s "$value"
}

refuse() {
  printf 'pgbackrest.sh: %s\n' "$*" >&2
  exit 78
}

s3() {
  case ${BACKUP_S3_ENDPOINT:-} in
    https://?*) ;;
    http://*) refuse "BACKUP_S3_ENDPOINT is $BACKUP_S3_ENDPOINT, and pgBackRest speaks https only." ;;
    *) refuse "BACKUP_S3_ENDPOINT is '${BACKUP_S3_ENDPOINT:-}': it must be the address of the storage, such as https://s3.eu-central-1.amazonaws.com." ;;
  esac
  endpoint=${BACKUP_S3_ENDPOINT#https://}
  endpoint=${endpoint%%/*}
  export PGBACKREST_REPO1_TYPE=s3
  export PGBACKREST_REPO1_S3_ENDPOINT="$endpoint"
  export PGBACKREST_REPO1_S3_REGION="${BACKUP_S3_REGION:-us-east-1}"
  export PGBACKREST_REPO1_S3_BUCKET="$BACKUP_S3_BUCKET"
  export PGBACKREST_REPO1_PATH="/${BACKUP_S3_PREFIX:-$BACKUP_PROJECT}/pgbackrest"
  PGBACKREST_REPO1_S3_KEY=$(secret BACKUP_S3_ACCESS_KEY_ID) || exit 78
  PGBACKREST_REPO1_S3_KEY_SECRET=$(secret BACKUP_S3_SECRET_ACCESS_KEY) || exit 78
  export PGBACKREST_REPO1_S3_KEY PGBACKREST_REPO1_S3_KEY_SECRET
  # Amazon wants the bucket in the host name; there, a dot in it would not fit the certificate.
  case $endpoint/$BACKUP_S3_BUCKET in
    */*.*) style=path ;;
    *.amazonaws.com/*) style=host ;;
    *) style=path ;;
  esac
  export PGBACKREST_REPO1_S3_URI_STYLE="$style"
}

if [ "${BACKUP_TO:-local}" = s3 ] && [ -n "${BACKUP_S3_BUCKET:-}" ]; then
  s3
else
  export PGBACKREST_REPO1_TYPE=posix PGBACKREST_REPO1_PATH=/backups/pgbackrest
fi
PGBACKREST_REPO1_CIPHER_PASS=$(secret BACKUP_PASSWORD) || exit 78
export PGBACKREST_REPO1_CIPHER_PASS PGBACKREST_REPO1_CIPHER_TYPE=aes-256-cbc

export PGBACKREST_STANZA=postgres
export PGBACKREST_PG1_PATH="${PGBACKREST_PG1_PATH:-$PGDATA}" PGBACKREST_PG1_SOCKET_PATH=/var/run/postgresql
export PGBACKREST_LOCK_PATH=/tmp/pgbackrest PGBACKREST_SPOOL_PATH=/tmp/pgbackrest-spool
export PGBACKREST_LOG_LEVEL_FILE=off PGBACKREST_LOG_LEVEL_CONSOLE="${PGBACKREST_LOG_LEVEL_CONSOLE:-warn}" PGBACKREST_LOG_TIMESTAMP=n
# A storage that takes a connection and says nothing more.
export PGBACKREST_IO_TIMEOUT=30
export PGBACKREST_COMPRESS_TYPE=zst PGBACKREST_COMPRESS_LEVEL=3 PGBACKREST_PROCESS_MAX=2
# The superuser may be called otherwise than the user of this container.
export PGBACKREST_PG1_USER="${POSTGRES_USER:-postgres}"

case ${1:-} in
  # Several segments at a time, in the background. While the storage is away, segments wait in the volume of the server: one
  # that is dropped, as archive-push-queue-max would do, is a hole that no point in time behind it can be reached through.
  # Three attempts have to fit into the time that the server gets for stopping.
  archive-push) export PGBACKREST_ARCHIVE_ASYNC=y PGBACKREST_ARCHIVE_TIMEOUT=15 ;;
  # Small files go in bundles, and of large ones only what has changed. What is old goes when the new backup is known as good.
  backup)
    export PGBACKREST_REPO1_BUNDLE=y PGBACKREST_REPO1_BLOCK=y PGBACKREST_START_FAST=y PGBACKREST_EXPIRE_AUTO=n
    export PGBACKREST_ARCHIVE_TIMEOUT=120
    ;;
esac
# Days that one can go back: the full backup before them stays too, with all the log since.
case ${1:-} in
  backup | expire) export PGBACKREST_REPO1_RETENTION_FULL_TYPE=time PGBACKREST_REPO1_RETENTION_FULL="${BACKUP_KEEP_DAILY:-7}" ;;
esac
exec pgbackrest "$@"
