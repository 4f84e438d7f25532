#!/bin/sh
# What a generic injector starts in front of Kong: its values are in the environment, and so the migrations run at every start.
# Usage: injected-start.sh PROGRAM [ARG...]
set -eu

kong migrations bootstrap
exec "$@"
