#!/bin/sh
# The scheduler of app. At SIGTERM no task is started any more, and those that run may end: artisan itself would leave
# them to be killed.
# prodstack-ignore-file script-strict: a task that has ended, and a wait that a signal ends, are no errors
set -u

php artisan schedule:work &
scheduler=$!
stopped=''
trap 'stopped=yes; kill "$scheduler"' TERM INT
wait "$scheduler"
status=$?
[ -n "$stopped" ] || exit "$status"

# Each minute has a process of its own, and so has each task in the background.
while grep -qsE 'schedule[:](run|finish)' /proc/[0-9]*/cmdline; do
  sleep 1
done
