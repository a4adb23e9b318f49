#!/bin/sh
# Starts Mosquitto, with a password file and rules of access that are made at every start.
#   start.sh USER=VARIABLE...
# VARIABLE of the environment has the password of USER, or VARIABLE_FILE the file with it. MQTT_ACL has the rules.
set -eu
umask 077

# The memory that the container may have, in bytes; 0 without a limit. cgroup v2 says "max" then, v1 a number beyond all.
memory_limit() {
  for file in /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes; do
    if [ -r "$file" ]; then
      limit=$(cat "$file")
      case $limit in
        max | ????????????????*) echo 0 ;;
        *) echo "$limit" ;;
      esac
      return
    fi
  done
  echo 0
}

# In memory, in production.
run=/tmp/mosquitto
mkdir -p "$run"
certs=/mosquitto/certs
for file in ca.crt server.pem; do
  if ! [ -r "$certs/$file" ]; then
    echo "start.sh: $certs/$file is not there. Run scripts/certs, then docker compose up again." >&2
    exit 1
  fi
done

: >"$run/passwords"
for user; do
  variable=${user#*=}
  if file=$(printenv "${variable}_FILE"); then
    password=$(cat "$file")
  else
    password=$(printenv "$variable" || true)
  fi
  case $password in
    '' | *[:[:space:]]*)
      echo "start.sh: $variable is empty, or has blanks, colons or line breaks in it" >&2
      exit 1
      ;;
  esac
  echo "${user%%=*}:$password" >>"$run/passwords"
done

# The health check logs in as a user of its own, with a password that nobody else ever has.
password=$(head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
echo "_health:$password" >>"$run/passwords"
printf '%s\n' '-p 8883' "--cafile $certs/ca.crt" '-u _health' "-P $password" >"$run/health"
printf '%s\n' "$MQTT_ACL" 'user _health' "topic read \$SYS/broker/uptime" >"$run/acl"

# The passwords are random, so a slow hash would add nothing; argon2, the default, takes 46 MB for each login.
mosquitto_passwd -H sha512-pbkdf2 -U "$run/passwords"

{
  cat /mosquitto.conf
  limit=$(memory_limit)
  [ "$limit" = 0 ] || echo "memory_limit $((limit * 3 / 4))"
} >"$run/mosquitto.conf"
exec mosquitto -c "$run/mosquitto.conf"
