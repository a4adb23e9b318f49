#!/bin/sh
set -eu
printf "a
"
