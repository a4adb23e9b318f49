#!/bin/sh
# Runs Infisical's agent in its image: it fetches each secret of shop and writes it into a file of its own.
#   agent.sh run
#   agent.sh healthy     whether all of them were written since it was started
# A secret that is missing there, empty or out of reach leaves its file as it is.
set -eu

started=/tmp/started
config=/tmp/agent.yaml
identity=/secrets/infisical

stop() {
  echo "agent.sh: $1" >&2
  exit 1
}

# Each secret of the stack: its name in Infisical, and its file.
secrets() {
  cat <<'TEXT'
APP_JWT_SECRET app_jwt_secret
POSTGRES_PASSWORD postgres_password
POSTGRES_APP_PASSWORD postgres_app_password
POSTGRES_MIGRATION_PASSWORD postgres_migration_password
REDIS_PASSWORD redis_password
TEXT
}

case ${1:-} in
  healthy)
    secrets | while read -r _ file; do
      [ -s "/secrets/$file" ] || stop "$file is missing or empty"
      [ -n "$(find "/secrets/$file" -newer "$started")" ] || stop "$file was not written yet"
    done
    exit
    ;;
  run) ;;
  *)
    echo 'agent.sh: run, or healthy' >&2
    exit 2
    ;;
esac

# These become part of a file in YAML.
plain() {
  case $2 in
    '' | *[!A-Za-z0-9:/._-]*) stop "$1 must be set in docker/infisical/.env: letters, digits and : / . _ - only" ;;
  esac
}
plain INFISICAL_ADDRESS "$INFISICAL_ADDRESS"
plain INFISICAL_PROJECT_ID "$INFISICAL_PROJECT_ID"
plain INFISICAL_ENVIRONMENT "$INFISICAL_ENVIRONMENT"
plain INFISICAL_PATH "$INFISICAL_PATH"
for file in client_id client_secret; do
  [ -s "$identity/$file" ] || stop "secrets/infisical/$file is missing: docker/infisical/README.md says where to get it"
done

# Readable files, for containers read them as other users; the folder keeps the others out.
umask 022
{
  cat <<CONFIG
infisical:
  address: "$INFISICAL_ADDRESS"
auth:
  type: universal-auth
  config:
    client-id: $identity/client_id
    client-secret: $identity/client_secret
    remove_client_secret_on_read: false
templates:
CONFIG
  secrets | while read -r name file; do
    cat <<TEMPLATE
  - destination-path: /secrets/$file
    template-content: '{{ with getSecretByName "$INFISICAL_PROJECT_ID" "$INFISICAL_ENVIRONMENT" "$INFISICAL_PATH" "$name" }}{{ if not .Value }}{{ fail "$name is empty" }}{{ end }}{{ trim .Value }}{{ end }}'
    config:
      polling-interval: 60s
TEMPLATE
  done
} >"$config"

: >"$started"
# The `find` of this image compares whole seconds: what is written in this one would not count.
sleep 1
exec infisical agent --config "$config"
