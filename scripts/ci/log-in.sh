#!/usr/bin/env bash
# Logs in to the registry with the token of the job, for skopeo and cosign.
set -euo pipefail

printf '%s' "$TOKEN" | docker login ghcr.io --username "$GITHUB_ACTOR" --password-stdin
