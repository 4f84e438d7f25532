#!/bin/sh
# The same start by hand, to compare with: fetch the secret, run the migrations with its values, become the program.
# No waiting, no lock, no look at the state afterwards, no mask. Usage: aws-cli-start.sh SECRET PROGRAM [ARG...]
set -eu

secret=$1
shift

json=$(aws secretsmanager get-secret-value --secret-id "$secret" --query SecretString --output text \
  --region "$KONG_VAULT_AWS_REGION" \
  ${KONG_VAULT_AWS_ENDPOINT_URL:+--endpoint-url "$KONG_VAULT_AWS_ENDPOINT_URL"})

if command -v jq > /dev/null; then
  user=$(printf '%s' "$json" | jq -r .pg_user)
  password=$(printf '%s' "$json" | jq -r .pg_password)
else
  user=$(printf '%s' "$json" | python3 -c 'import json, sys; print(json.load(sys.stdin)["pg_user"])')
  password=$(printf '%s' "$json" | python3 -c 'import json, sys; print(json.load(sys.stdin)["pg_password"])')
fi

KONG_PG_USER=$user KONG_PG_PASSWORD=$password kong migrations bootstrap
unset json user password

exec "$@"
