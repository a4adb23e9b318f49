#!/bin/sh
# The archive_command of PostgreSQL:
#   archive.sh SEGMENT
# Ends with 0 once the container `backup` has saved this part of the write-ahead log, which it reads from the volume of the
# server. Until then it fails: PostgreSQL keeps the segment, and asks again.
set -eu

folder=/var/run/postgresql/archive
# What was saved of another cluster does not count: its segments have the same names.
cluster=$(pg_controldata -D "$PGDATA" | sed -n 's/^Database system identifier: *//p')
tries=50
until [ -e "$folder/$cluster/$1" ]; do
  # Where nobody saves anything, a server that is being stopped does not wait for it.
  if [ "$tries" -eq 0 ] || [ -z "$(find "$folder/alive" -newermt '15 seconds ago' 2>/dev/null)" ]; then
    echo "archive.sh: $1 is not saved yet; docker compose logs backup says why" >&2
    exit 1
  fi
  tries=$((tries - 1))
  sleep 0.1
done
