#!/usr/bin/env bash
# Writes earlier_{train,valid,test}.h5 for EarlierCacheTests: builds the last commit that wrote caches of schema 2 (version
# 0.2.0), and lets it extract the tests' drawings.
#
#     FEATURE_CACHE_DRAWINGS=$PWD/drawings swift test -c release --filter EarlierCacheTests/drawingsAreWritten
#     Tests/PipelineTests/Fixtures/make_earlier_cache.sh "$PWD/drawings" cache/weights/*
set -euo pipefail
drawings=$1 weights=$(realpath "$2")
fixtures=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git clone --quiet "$(git -C "$fixtures" rev-parse --show-toplevel)" "$work/earlier"
git -C "$work/earlier" checkout --quiet 5e03ea0
swift build -c release --package-path "$work/earlier" --scratch-path "$work/earlier/.build" --product extract
"$work/earlier/.build/release/extract" --data "$drawings" --cache "$work/cache" --weights "$weights" --size 32 \
  --layer block5_pool
for name in train valid test; do cp "$work/cache/$name.h5" "$fixtures/earlier_$name.h5"; done
