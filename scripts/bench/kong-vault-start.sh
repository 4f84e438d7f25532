#!/bin/sh
# The same start by hand, with Kong's own command for reading a vault. Usage: kong-vault-start.sh SECRET PROGRAM [ARG...]
set -eu

secret=$1
shift

user=$(kong vault get "aws/$secret/pg_user")
password=$(kong vault get "aws/$secret/pg_password")

KONG_PG_USER=$user KONG_PG_PASSWORD=$password kong migrations bootstrap
unset user password

exec "$@"
