#!/usr/bin/env bash
# Validate the overlays in $OVERLAYS, build a catalogue with them, check it, and say what they change.
# Runs anywhere: OVERLAYS=overlays STRICT=false bash check.sh
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

llmcat validate "$OVERLAYS"

llmcat build -o "$work/before.db" >/dev/null
layers=()
while IFS= read -r file; do
    case $file in
        *.toml) layers+=(--source "toml=$file") ;;
        *) layers+=(--source "yaml=$file") ;;
    esac
done < <(find "$OVERLAYS" -type f \( -name '*.yml' -o -name '*.yaml' -o -name '*.toml' \) | sort)
llmcat build -o "$work/after.db" --source "catalog=$work/before.db" "${layers[@]}"

strict=()
if [ "$STRICT" = true ]; then strict=(--strict); fi
llmcat check "$work/after.db" --against "$work/before.db" "${strict[@]}"

status=0
changes=$(llmcat diff "$work/before.db" "$work/after.db") || status=$?
[ "$status" -le 1 ] # 1: they differ
printf '### What these overlays change\n\n```\n%s\n```\n' "$changes" | tee -a "${GITHUB_STEP_SUMMARY:-/dev/null}"
