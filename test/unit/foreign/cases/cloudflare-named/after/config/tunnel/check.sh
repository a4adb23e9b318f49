#!/bin/sh
# Says what is wrong with the token of the tunnel, and how to get a right one; the tunnel does not start with a wrong one.
# Messages never show it.
set -eu

# What is wrong with the token of a tunnel; nothing where it is right: base64 of {"a": account, "t": tunnel, "s": secret}.
token_problem() {
  case $1 in
    '') echo 'is empty' && return ;;
    *[[:space:]]*) echo 'has blanks in it: the token is only the word of the command that begins with eyJ' && return ;;
    *[\"\']*) echo 'has quotes in it, which are no part of a token' && return ;;
    ????????-????-????-????-????????????) echo 'is the id of a tunnel, and no token' && return ;;
    *[!A-Za-z0-9+/=]*) echo 'is no token of a tunnel: one begins with eyJ, and has letters, digits, +, / and = only' && return ;;
  esac
  token_text=$(printf %s "$1" | base64 -d 2>/dev/null | tr -d '\000 \t\r\n') || token_text=''
  for token_part in '"a":"[^"]+"' '"t":"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"' '"s":"[^"]+"'; do
    if ! printf %s "$token_text" | grep -Eq -- "$token_part"; then
      echo 'is no token of a tunnel, or only a part of one' && return
    fi
  done
}

if [ -n "${TUNNEL_TOKEN_FILE:-}" ]; then
  token=$(tr -d '\r' <"$TUNNEL_TOKEN_FILE")
else
  token=${TUNNEL_TOKEN:-}
fi
problem=$(token_problem "$token")
[ -n "$problem" ] || exit 0
{
  echo "TUNNEL_TOKEN in .env $problem."
  echo 'Get it at https://one.dash.cloudflare.com: Networks, Connectors, Cloudflare Tunnels, your tunnel, Edit: it is the last'
  echo 'word of the command there, and begins with eyJ.'
} >&2
exit 1
