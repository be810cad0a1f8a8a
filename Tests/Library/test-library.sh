#!/usr/bin/env bash
# Builds the package in Tests/Library, a program of somebody else's, with this one as a dependency: by path, and by the tag of
# a version in a clone. Both build anew, which takes minutes. Its two examples run, and what they answer is printed.
#
#     Tests/Library/test-library.sh WEIGHTS DATA
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
readonly root=$PWD weights=$1 data=$2 tag=test-library
work=$(mktemp -d)
readonly work
trap 'rm -rf "$work"' EXIT
export SWIFT_DETERMINISTIC_HASHING=1 # as swift_build in pipeline.sh

say() { printf 'test-library: %s\n' "$*" >&2; }

# A cache with a head, for the example that classifies, and a picture.
make_cache() {
  "$root/.build/release/extract" --data "$data" --weights "$weights" --size 32 --limit 200 --cache "$work/cache" --quiet
  "$root/.build/release/fit-head" --cache "$work/cache" --schedule 3@1e-3 --quiet
  mkdir -p "$work/cache/weights"
  ln -s "$weights" "$work/cache/weights/"
  "$root/.build/release/extract" --data "$data" --weights "$weights" --size 32 --limit 4 --cache "$work/preview" --preview --quiet
  mv "$work/preview/preview.png" "$work/picture.png"
}

# Builds a copy of the package and runs its examples. The dependency is what VGG_REPOSITORY and VGG_VERSION say.
build_and_run() { # NAME FOLDER
  local log=$work/$1.log
  if ! { swift build -c release --package-path "$2" --product classify && swift build -c release --package-path "$2" --product features; } >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    say "$1: the package can't be built"
    return 1
  fi
  local programs
  programs=$(swift build -c release --package-path "$2" --show-bin-path)
  say "$1: $(cd "$work" && "$programs/classify" cache picture.png)"
  say "$1: $(cd "$work" && "$programs/features" "$weights" picture.png)"
}

make_cache

say "by path"
mkdir -p "$work/by-path"
cp -R Tests/Library/Package.swift Tests/Library/Sources "$work/by-path/"
# The package's own path to this one is relative to where it lies.
sed -i.bak "s|path: \"../..\"|path: \"$root\"|" "$work/by-path/Package.swift"
build_and_run "by path" "$work/by-path"

say "by the tag of a version"
git clone --quiet --no-hardlinks "$root" "$work/vgg16-feature-cache"
git -C "$work/vgg16-feature-cache" tag "$tag"
mkdir -p "$work/by-tag"
cp -R Tests/Library/Package.swift Tests/Library/Sources "$work/by-tag/"
VGG_REPOSITORY=$work/vgg16-feature-cache VGG_VERSION=$tag build_and_run "by tag" "$work/by-tag"
say "both do what they are for"
