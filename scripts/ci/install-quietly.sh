#!/usr/bin/env bash
# npm ci, which must not warn of an engine or of a package of ours.
set -euo pipefail
cd "$(dirname "$0")/../.."

npm ci 2>&1 | tee /tmp/npm-ci.log
if grep -E 'EBADENGINE|npm (warn|WARN) deprecated' /tmp/npm-ci.log; then
  echo 'install-quietly: npm ci warns' >&2
  exit 1
fi
