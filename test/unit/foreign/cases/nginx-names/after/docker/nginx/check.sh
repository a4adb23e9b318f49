#!/bin/sh
# Whether nginx can start with the certificates that were brought: run before it at every `up`, as the same user. What is
# wrong is said with the way out, and nginx is not started: no restart loop hides it.
#   check.sh [--pairs] NAME...
#   --pairs  only the files, and not whether nginx takes all of its configuration
set -eu
certs=/etc/nginx/stack/certs
# Where they are on the host.
folder=docker/nginx/certs
soon=$((14 * 24 * 60 * 60))
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
faults=0
pairs_only=false
if [ "${1-}" = --pairs ]; then
  pairs_only=true
  shift
fi

fault() {
  echo "nginx-check: $*" >&2
  faults=$((faults + 1))
}

warn() {
  echo "nginx-check: warning: $*" >&2
}

# A field of a certificate: subject, issuer, enddate ...
field() {
  openssl x509 -inform PEM -in "$2" -noout "-$1" -nameopt RFC2253 | sed 's/^[^=]*=//'
}

has() {
  grep -q -e "$1" "$2"
}

# What is in the place of a certificate.
not_a_certificate() {
  if ! [ -s "$certs/$1" ]; then
    fault "$folder/$1 is empty."
  elif has 'BEGIN CERTIFICATE REQUEST' "$certs/$1" || has 'BEGIN NEW CERTIFICATE REQUEST' "$certs/$1"; then
    fault "$folder/$1 is a request for a certificate: put what the authority answered to it there."
  elif has 'BEGIN PKCS7' "$certs/$1"; then
    fault "$folder/$1 is PKCS#7, and nginx reads PEM: openssl pkcs7 -print_certs -in $folder/$1 -out new.crt"
  elif has 'PRIVATE KEY' "$certs/$1"; then
    fault "$folder/$1 holds a key and no certificate: are both files in each other's place?"
  elif openssl x509 -inform DER -in "$certs/$1" -noout 2>/dev/null; then
    fault "$folder/$1 is DER, and nginx reads PEM: openssl x509 -inform DER -in $folder/$1 -out new.crt"
  else
    fault "$folder/$1 is no certificate in PEM (-----BEGIN CERTIFICATE-----): bring the full chain in this form."
  fi
}

not_a_key() {
  if ! [ -s "$certs/$1" ]; then
    fault "$folder/$1 is empty."
  elif has 'ENCRYPTED' "$certs/$1"; then
    fault "$folder/$1 is encrypted, and nobody is there to type its passphrase: openssl pkey -in $folder/$1 -out new.key"
  elif has 'BEGIN CERTIFICATE' "$certs/$1"; then
    fault "$folder/$1 holds a certificate and no key: are both files in each other's place?"
  elif openssl pkey -inform DER -in "$certs/$1" -noout 2>/dev/null; then
    fault "$folder/$1 is DER, and nginx reads PEM: openssl pkey -inform DER -in $folder/$1 -out new.key"
  else
    fault "$folder/$1 is no private key in PEM (-----BEGIN PRIVATE KEY-----)."
  fi
}

is_there() {
  if ! [ -e "$certs/$1" ]; then
    fault "$folder/$1 is missing, beside $2."
  elif ! [ -f "$certs/$1" ]; then
    fault "$folder/$1 is no file."
  elif ! [ -r "$certs/$1" ]; then
    fault "$folder/$1 cannot be read by nginx, which is user $(id -u): sudo chown $(id -u) $folder/$1 && sudo chmod 0400 $folder/$1"
  else
    return 0
  fi
  return 1
}

# The certificates after the first, which lead to an authority that clients know: each is the issuer of the one before.
chain() {
  rm -f "$work"/part.*
  awk -v to="$work/part." '
    /-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/ { count++; inside = 1 }
    inside { print > (to count) }
    /-----END/ { inside = 0 }
  ' "$certs/$1"
  subject=$(field subject "$work/part.1")
  issuer=$(field issuer "$work/part.1")
  if [ "$subject" = "$issuer" ]; then
    warn "$folder/$1 is signed by itself: browsers warn everybody who does not trust it by hand."
    return
  fi
  if ! [ -e "$work/part.2" ]; then
    warn "$folder/$1 holds no certificate but its own. Unless $issuer is a root that all clients know, many refuse it: bring the full chain, with the intermediates after it (certbot: fullchain.pem)."
    return
  fi
  at=2
  while [ -e "$work/part.$at" ]; do
    if [ "$(field subject "$work/part.$at")" != "$issuer" ]; then
      warn "$folder/$1: certificate $at is that of $(field subject "$work/part.$at"), where that of $issuer has to follow: clients may refuse the chain."
      return
    fi
    if ! openssl x509 -inform PEM -in "$work/part.$at" -noout -checkend 0 >/dev/null; then
      warn "$folder/$1: the intermediate $issuer has expired: bring the full chain of today."
    fi
    issuer=$(field issuer "$work/part.$at")
    at=$((at + 1))
  done
}

# Whether one of the certificates after the first is the one of the key.
is_later() {
  at=2
  while [ -e "$work/part.$at" ]; do
    if [ "$(openssl x509 -inform PEM -in "$work/part.$at" -noout -pubkey)" = "$1" ]; then return 0; fi
    at=$((at + 1))
  done
  return 1
}

dates() {
  from=$(field startdate "$certs/$1")
  until=$(field enddate "$certs/$1")
  if ! openssl x509 -inform PEM -in "$certs/$1" -noout -checkend 0 >/dev/null; then
    fault "$folder/$1 has expired, on $until: bring the renewed one."
  elif [ "$(date -d "$from" +%s)" -gt "$(date +%s)" ]; then
    fault "$folder/$1 is valid from $from on, and here it is $(date -u '+%b %e %T %Y GMT'): bring one that is valid now, or set the clock of this host."
  elif ! openssl x509 -inform PEM -in "$certs/$1" -noout -checkend "$soon" >/dev/null; then
    warn "$folder/$1 expires on $until, within 14 days: is it not renewed by itself?"
  fi
}

# A pair of files, whatever names it is for.
pair() {
  crt=$1.crt
  key=$1.key
  readable=true
  is_there "$crt" "$key" || readable=false
  is_there "$key" "$crt" || readable=false
  $readable || return 0
  case $(stat -L -c %a "$certs/$key") in
    *[4567]) warn "every user of this host can read $folder/$key: sudo chown $(id -u) $folder/$key && sudo chmod 0400 $folder/$key" ;;
  esac
  good=true
  if ! openssl x509 -inform PEM -in "$certs/$crt" -noout 2>/dev/null; then
    not_a_certificate "$crt"
    good=false
  fi
  # An empty passphrase: it must not ask for one.
  if ! openssl pkey -inform PEM -in "$certs/$key" -noout -passin pass: 2>/dev/null || has ENCRYPTED "$certs/$key"; then
    not_a_key "$key"
    good=false
  fi
  $good || return 0
  chain "$crt"
  public=$(openssl pkey -inform PEM -in "$certs/$key" -pubout -passin pass:)
  if [ "$(openssl x509 -inform PEM -in "$certs/$crt" -noout -pubkey)" != "$public" ]; then
    if is_later "$public"; then
      fault "$folder/$crt begins with another certificate than that of $folder/$key: its own comes first, the intermediates after it."
    else
      fault "$folder/$crt and $folder/$key do not belong together: bring the key that the certificate was requested with."
    fi
  fi
  dates "$crt"
  if openssl x509 -inform PEM -in "$certs/$crt" -noout -purpose | grep -q '^SSL server : No'; then
    fault "$folder/$crt is not for servers (extended key usage): request one for TLS servers."
  fi
}

# Names in the subject alone are no names any more: browsers read the extension.
covers() {
  names=$(openssl x509 -inform PEM -in "$certs/$1.crt" -noout -ext subjectAltName 2>/dev/null | sed -n '2,$s/^ *//p')
  if ! openssl x509 -inform PEM -in "$certs/$1.crt" -noout -checkhost "$2" | grep -q 'does match' ||
    [ -z "$names" ]; then
    fault "$folder/$1.crt is not for $2, but for ${names:-no name at all}: bring one that is, or $folder/$2.crt and $folder/$2.key."
  fi
}

checked=' '
for name; do
  pair=default
  if [ -e "$certs/$name.crt" ] || [ -e "$certs/$name.key" ]; then
    pair=$name
  elif ! [ -e "$certs/default.crt" ] && ! [ -e "$certs/default.key" ]; then
    fault "there is no certificate for $name: bring $folder/$name.crt (the full chain, PEM) and $folder/$name.key, or default.crt and default.key for all names without a pair of their own."
    continue
  fi
  case $checked in
    *" $pair "*) ;;
    *)
      checked="$checked$pair "
      pair "$pair"
      ;;
  esac
  if [ -r "$certs/$pair.crt" ] && openssl x509 -inform PEM -in "$certs/$pair.crt" -noout 2>/dev/null; then
    covers "$pair" "$name"
  fi
done

# What is left: keys that are too short, or an edit of nginx.conf.
if [ "$faults" = 0 ] && ! $pairs_only; then
  sh /etc/nginx/stack/live.sh check || fault 'nginx does not take its configuration: see above.'
fi
if [ "$faults" != 0 ]; then
  echo "nginx-check: nginx is not started, or goes on as it is. After that: docker compose up --detach" >&2
  exit 1
fi
for name; do
  pair=default
  if [ -e "$certs/$name.crt" ]; then pair=$name; fi
  echo "nginx-check: $name: $folder/$pair.crt, until $(field enddate "$certs/$pair.crt")"
done
