#!/bin/sh
# How nginx is started, and how it reads its files again. Before either it writes what nginx.conf includes from
# /etc/nginx/live, which is memory: where requests of an app go, and which pair of files each name has.
#   live.sh start        nginx, in the place of this shell
#   live.sh reload       nginx.conf and all that it includes; a configuration that nginx cannot read changes nothing
#   live.sh check        only whether nginx can read all of it
set -eu
folder=/etc/nginx/stack
config=$folder/nginx.conf
certs=$folder/certs
live=/etc/nginx/live

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

mode=$*
certificate stats.example.com
certificate shop.example.com
upstream my_app my_app:8000
upstream grafana grafana:3000
listen 8080 >"$live/http.listen"
listen '8443 ssl' >"$live/https.listen"
gateway >"$live/gateway.addresses"

case $mode in
  start) exec nginx -c "$config" -g 'daemon off;' ;;
  reload) nginx -c "$config" -t -q && exec nginx -c "$config" -s reload ;;
  check) exec nginx -c "$config" -t -q ;;
  *)
    echo "live.sh: start, reload or check, not: $mode" >&2
    exit 2
    ;;
esac
