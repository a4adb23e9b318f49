#!/bin/sh
# Says what is wrong with the auth key before the node starts with it. It is in TS_AUTHKEY, or in the file that
# TS_AUTHKEY_FILE names.
set -eu

if [ -n "${TS_AUTHKEY_FILE:-}" ]; then
  place=secrets/ts_authkey
  key=$(cat "$TS_AUTHKEY_FILE")
else
  place='TS_AUTHKEY in .env'
  key=${TS_AUTHKEY:-}
fi

refuse() {
  {
    echo "check.sh: $place $1"
    echo 'check.sh: Make an auth key at https://login.tailscale.com/admin/settings/keys, not ephemeral, with a tag such as'
    echo 'check.sh: tag:web; it begins with tskey-auth-, and belongs into .env: TS_AUTHKEY=tskey-auth-...'
    echo 'check.sh: Then: docker compose up --detach --wait'
  } >&2
  exit 1
}

# Messages never show the value: whatever it is, it may be a secret.
case $key in
  '') refuse 'is empty.' ;;
  *[[:space:]]*) refuse 'has blanks or line breaks in it.' ;;
  [\"\']*) refuse 'has quotes around it, which are no part of a key.' ;;
  tskey-auth-?*) ;;
  tskey-client-?*)
    case $key in
      *[?\&]ephemeral=false*) ;;
      *) refuse 'is the secret of an OAuth client, and makes ephemeral nodes: one that is off for a while is gone, with its name. Put ?ephemeral=false&preauthorized=true behind it.' ;;
    esac
    case ${TS_EXTRA_ARGS:-} in
      *--advertise-tags=?*) ;;
      *) refuse 'is the secret of an OAuth client, which only makes nodes with a tag: set TS_EXTRA_ARGS=--advertise-tags=tag:web in .env, with a tag of that client.' ;;
    esac
    ;;
  tskey-api-*) refuse 'is an API access token: it may change the whole tailnet, and no node can log in with it. Revoke it, now that it has been on this host.' ;;
  tskey-*) refuse 'is a key of Tailscale for something else.' ;;
  *)
    # A coordination server of your own has keys of its own.
    case ${TS_EXTRA_ARGS:-} in
      *--login-server=?*) ;;
      *) refuse 'is no auth key.' ;;
    esac
    ;;
esac
