#!/bin/sh
# Makes the buckets. May run at any time, any number of times: what is there stays as it is.
#   setup.sh BUCKET...
set -eu

# The value of a variable, or of the file that NAME_FILE names. Letters, digits and a few signs only, so that it stays
# one word wherever it lands.
secret() {
  eval "value=\${$1:-} file=\${$1_FILE:-}"
  [ -n "$value" ] || [ -z "$file" ] || value=$(cat "$file")
  case $value in
    '') echo "$1 is empty: set it" >&2 && exit 1 ;;
    *[!A-Za-z0-9._~+/=-]*) echo "$1 may have letters, digits and . _ ~ + / = - only" >&2 && exit 1 ;;
  esac
  printf '%s' "$value"
}

key=$(secret STORAGE_ADMIN_KEY)

# curl gets the key on its standard input: the arguments of a process everybody on the host can read.
request() {
  printf 'user = "admin:%s"\n' "$key" |
    curl --config - --aws-sigv4 aws:amz:us-east-1:s3 --silent --show-error --max-time 30 \
      --output /dev/null --write-out '%{http_code}' --request "$1" "http://storage:8333/$2"
}

for bucket; do
  # HEAD would make curl wait for a body; the list of one key tells as much.
  status=$(request GET "$bucket?max-keys=1")
  if [ "$status" = 404 ]; then status=$(request PUT "$bucket"); fi
  [ "$status" = 200 ] || { echo "setup.sh: bucket $bucket: the storage answers with status $status" >&2 && exit 1; }
  echo "$bucket: ready"
done
