#!/usr/bin/env bash
# scripts/ci/as-root.sh COMMAND [ARG...]
# Root makes the network namespaces of the tests, becomes other users, and installs what they run: PgBouncer, HAProxy, a registry. A runner's
# own user may call sudo; what the command leaves in the checkout belongs to that user again.
set -uo pipefail
cd "$(dirname "$0")/../.."

((EUID == 0)) && exec "$@"
sudo env "PATH=$PATH" CI=true "$@"
status=$?
sudo chown --recursive "$(id --user):$(id --group)" .
exit "$status"
