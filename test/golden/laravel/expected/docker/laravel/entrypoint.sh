#!/bin/sh
# Runs first in every container of app, whatever its role, and then becomes what the container is for.
set -eu

# In memory, and empty at every start.
mkdir -p storage/framework/cache/data storage/framework/sessions storage/framework/views
if [ -d bootstrap/cache/views ]; then
  # With their times: Laravel compiles again what looks older than its source.
  cp -R --preserve=timestamps bootstrap/cache/views/. storage/framework/views/
fi

# Here and not in the image: it is made of the environment, secrets included.
php artisan config:cache --quiet

exec "$@"
