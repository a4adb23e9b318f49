#!/bin/sh
# Starts SeaweedFS as one server that speaks S3. Its parts trust each other without a password, so they listen inside of
# the container only. Other containers reach S3, which asks for a key, and the port 18333 beside it, which asks for
# none: so only who has a key is on this network.
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

# Two keys: `admin` makes buckets; `app` reads and writes in them and can do nothing else.
admin=$(secret STORAGE_ADMIN_KEY)
app=$(secret STORAGE_APP_KEY)
umask 077
cat > /tmp/s3.json <<EOF
{
  "identities": [
    {
      "name": "admin",
      "credentials": [{ "accessKey": "admin", "secretKey": "$admin" }],
      "actions": ["Admin"]
    },
    {
      "name": "app",
      "credentials": [{ "accessKey": "app", "secretKey": "$app" }],
      "actions": ["Read:uploads", "Write:uploads", "List:uploads", "Tagging:uploads"]
    }
  ]
}
EOF
unset admin app STORAGE_ADMIN_KEY STORAGE_APP_KEY

# Go collects its garbage before the kernel counts it: at four fifths of the memory limit.
limit=$(cat /sys/fs/cgroup/memory.max 2> /dev/null || echo max)
[ "$limit" = max ] || export GOMEMLIMIT=$((limit * 4 / 5))

# There is one master, so nobody has to be waited for; small volumes, of which each bucket begins with seven; no bucket
# but those of setup.sh, and none goes with what is in it.
exec weed -logtostderr=true server \
  -dir=/data \
  -ip=127.0.0.1 \
  -ip.bind=127.0.0.1 \
  -master.electionTimeout=1s \
  -master.volumeSizeLimitMB=256 \
  -volume.max=0 \
  -volume.preStopSeconds=1 \
  -s3 \
  -s3.ip.bind=0.0.0.0 \
  -s3.port=8333 \
  -s3.config=/tmp/s3.json \
  -s3.iam=false \
  -s3.port.iceberg=0 \
  -s3.port.lance=0 \
  -s3.allowDeleteBucketNotEmpty=false
