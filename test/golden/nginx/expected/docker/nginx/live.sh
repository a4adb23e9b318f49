#!/bin/sh
# Run by the entrypoint of the image before nginx: writes what nginx.conf includes from /etc/nginx/live, which is memory.
# scripts/rollout writes an upstream anew while it exchanges the containers of an app.
#   50-live.sh               all of it
#   50-live.sh certificates  only which pair each name has; then: nginx -s reload
set -eu
live=/etc/nginx/live
certs=/etc/nginx/certs

# Docker's DNS knows which containers are there: none of them is left out for a failure (max_fails).
upstream() {
  printf 'server %s resolve max_fails=0;\n' "$2" >"$live/$1.conf"
}

# A pair of its own, or else the one for all names that have none.
certificate() {
  pair=default
  if [ -e "$certs/$1.crt" ] || [ -e "$certs/$1.key" ]; then pair=$1; fi
  printf 'ssl_certificate %s.crt;\nssl_certificate_key %s.key;\n' "$certs/$pair" "$certs/$pair" >"$live/$1.certificate"
}

# nginx does not start with a line for IPv6 where the kernel has none of it (ipv6.disable=1).
listen() {
  [ ! -e /proc/net/if_inet6 ] || printf 'listen [::]:%s;\n' "$1"
}

# The address is four bytes in hexadecimal, the last one first.
gateway() {
  awk '$2 == "00000000" && $3 != "00000000" { print $3 }' /proc/net/route | while read -r hex; do
    printf '%d.%d.%d.%d 1;\n' "0x${hex#??????}" "0x$(echo "$hex" | cut -c 5-6)" "0x$(echo "$hex" | cut -c 3-4)" "0x${hex%??????}"
  done
}

certificate api.counter.example.com
certificate counter.example.com
certificate www.counter.example.com
[ "${1-}" != certificates ] || exit 0
upstream api api:3000
upstream site site:8080
listen 8080 >"$live/http.listen"
listen '8443 ssl' >"$live/https.listen"
gateway >"$live/gateway.addresses"
