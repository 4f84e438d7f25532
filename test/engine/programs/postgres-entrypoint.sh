#!/bin/sh
# Of the official script: a cluster where there is none, with the role and database that POSTGRES_USER, _PASSWORD and _DB say.
set -e
user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}

if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
  printf %s "${POSTGRES_PASSWORD:?POSTGRES_PASSWORD is not set}" > /tmp/password
  initdb --pgdata="$PGDATA" --username="$user" --pwfile=/tmp/password --auth-local=trust --auth-host=scram-sha-256 \
    --encoding=UTF8 --locale=C --no-sync
  rm /tmp/password
  echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
  [ "$database" = postgres ] || echo "CREATE DATABASE \"$database\"" | postgres --single -D "$PGDATA" postgres
fi

[ "$1" != postgres ] || { shift; set -- postgres -c listen_addresses='*' -c unix_socket_directories=/run/postgresql "$@"; }
exec "$@"
