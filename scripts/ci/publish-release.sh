#!/usr/bin/env bash
# Makes the release of the tag, with its notes, its archives and their signed checksums.
set -euo pipefail
cd "$(dirname "$0")/../../dist/release"

mv notes.md ../notes.md
gh release create "$GITHUB_REF_NAME" --repo "$GITHUB_REPOSITORY" --verify-tag --title "$GITHUB_REF_NAME" --notes-file ../notes.md ./*
