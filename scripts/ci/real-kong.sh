#!/usr/bin/env bash
# scripts/ci/real-kong.sh KONG_IMAGE POSTGRES_IMAGE
# A derived image of that Kong against that PostgreSQL: first start, second start, one-shot, stop, and the time until the Admin API answers
# beside that of the plain image. Ends with status 0 only if each went as README.md says. Needs Docker, dist/kong-entrypoint and jq.
set -euo pipefail
cd "$(dirname "$0")/../.."
kong_image=$1 postgres_image=$2
network="real-kong-$$"
image="real-kong-$$"

clean_up() {
  docker rm --force --volumes "$network-db" "$network-kong" >/dev/null 2>&1 || true
  docker network rm "$network" >/dev/null 2>&1 || true
  docker image rm --force "$image" >/dev/null 2>&1 || true
}
trap clean_up EXIT

say() { printf 'real-kong: %s, %s: %s\n' "$kong_image" "$postgres_image" "$*"; }
fail() { say "$*" >&2; docker logs "$network-kong" >&2 || true; exit 1; }

# The password is Kong's own to read: open-source Kong has the env backend.
variables=(-e KONG_DATABASE=postgres -e "KONG_PG_HOST=$network-db" -e KONG_PG_USER=kong
  -e 'KONG_PG_PASSWORD={vault://env/db-password}' -e DB_PASSWORD=found-nowhere -e KONG_ADMIN_LISTEN=0.0.0.0:8001)

# Starts a container and waits until its Admin API answers; the milliseconds are in $took.
start() {
  local began
  began=$(date +%s%3N)
  docker run --detach --name "$network-kong" --network "$network" "${variables[@]}" "$1" >/dev/null
  for _ in $(seq 600); do
    if docker exec "$network-kong" kong health >/dev/null 2>&1 || answers; then
      took=$(($(date +%s%3N) - began))
      return
    fi
    [[ $(docker inspect --format '{{.State.Running}}' "$network-kong") == true ]] || fail 'it ended'
    sleep 0.1
  done
  fail 'no answer within a minute'
}
answers() { docker exec "$network-kong" bash -c 'exec 3<>/dev/tcp/127.0.0.1/8001' >/dev/null 2>&1; }
stop() {
  docker stop "$network-kong" >/dev/null
  [[ $(docker inspect --format '{{.State.ExitCode}}' "$network-kong") == 0 ]] || fail 'it did not stop with 0'
  docker rm "$network-kong" >/dev/null
}
said() { docker logs "$network-kong" 2>&1 | grep --quiet -- "$1" || fail "its log does not say: $1"; }

docker build --quiet --tag "$image" --file - . >/dev/null <<EOF
FROM $kong_image
COPY --chmod=0755 dist/kong-entrypoint /usr/local/bin/kong-entrypoint
ENTRYPOINT ["/usr/local/bin/kong-entrypoint"]
CMD ["kong", "docker-start"]
EOF
docker network create "$network" >/dev/null
docker run --detach --name "$network-db" --network "$network" -e POSTGRES_USER=kong -e POSTGRES_DB=kong \
  -e POSTGRES_PASSWORD=found-nowhere "$postgres_image" >/dev/null

start "$image"
said 'the schema is empty: bootstrapping'
say "first start, with the bootstrap: ready after $took ms"
stop
for round in 1 2 3; do
  start "$image"
  said 'schema ready (remembered'
  say "start $round with kong-entrypoint: ready after $took ms"
  [[ $(docker exec "$network-kong" cat /proc/1/environ | tr '\0' '\n') == *'KONG_PG_PASSWORD={vault://env/db-password}'* ]] ||
    fail 'the reference is not in its environment'
  stop
  start "$kong_image"
  say "start $round of the plain image: ready after $took ms"
  stop
done
docker run --rm --network "$network" "${variables[@]}" "$image" kong migrations bootstrap >/dev/null || fail 'the one-shot failed'
say 'all as README.md says'
