#!/bin/sh
# pg_dump or pg_restore, as which it is called: with the libraries, and so the loader, of the image that it comes from.
set -eu
client=/opt/postgresql
exec "$client"/lib/ld-linux*.so.* --library-path "$client/lib" "$client/bin/${0##*/}" "$@"
