#!/usr/bin/env bash
# Builds Core, its kernels and their tests for arm64 from the sources that all machines build, and runs them in emulation.
#
#     Tests/Arm64/test-arm64.sh          all tests that don't print what Embedded Swift can't (translate.py lists those)
#     Tests/Arm64/test-arm64.sh short    the kernels, and the bytes of a small run
#
# There is no Swift standard library for arm64 Linux in an x86-64 toolchain, but its Embedded Swift takes none: it compiles
# for bare arm64, and is linked with Debian's C library for that processor.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# The suites of the short form; the others are not even compiled for it.
readonly short_suites="Augmentation Convolution DenseKernels Resize SameBytes Winograd"
form=whole
if [ "${1-}" = short ]; then form=short; fi
readonly form here=Tests/Arm64 build=.build-arm64/$form core=Sources/Core
readonly toolchain=$(dirname "$(dirname "$(readlink -f "$(command -v swiftc)")")")
readonly library=/usr/aarch64-linux-gnu

say() { printf 'test-arm64: %s\n' "$*"; }

core_sources() { find $core -name '*.swift' -not -path '*/Kernel*/*' | sort; }
test_sources() {
  local file suite
  for file in Tests/CoreTests/*.swift; do
    suite=$(basename "$file" Tests.swift)
    case $suite in Fixture.swift | WorkerThreads) continue ;; esac
    if [ $form = whole ] || ! grep -q @Test "$file" || [[ " $short_suites " = *" $suite "* ]]; then echo "$file"; fi
  done
}

# TARGET OUTPUT_FOLDER MODULE OPTIONS_AND_SOURCES...
compile() {
  local target=$1 output=$2 module=$3
  shift 3
  swiftc -target "$target" -enable-experimental-feature Embedded -wmo -parse-as-library -swift-version 6 -O \
    -package-name vgg16-feature-cache -module-name "$module" -emit-module-path "$output/$module.swiftmodule" \
    -Xcc -isystem -Xcc $library/include -Xcc -D_GNU_SOURCE -I $here/Standins/Glibc -I "$output" \
    -suppress-warnings "$@"
}

# Core and what it takes, up to its kernels. What these modules hold is compiled where it is used, as everything in Embedded
# Swift is: they are no objects. TARGET FOLDER
compile_core() {
  mkdir -p "$2"
  compile "$1" "$2" Glibc -emit-module $here/Standins/Glibc/Glibc.swift
  compile "$1" "$2" KernelInterface -emit-module $core/KernelInterface/*.swift
  compile "$1" "$2" Kernels -emit-module $core/Kernels/*.swift
  compile "$1" "$2" Core "${@:3}" $(core_sources) $here/Standins/CoreStandins.swift
}

build_tests() {
  local gcc
  gcc=$(dirname "$(aarch64-linux-gnu-gcc -print-libgcc-file-name)")
  compile_core aarch64-none-none-elf $build/linux -emit-module
  rm -rf $build/tests
  python3 $here/translate.py $(test_sources) --to $build/tests
  compile aarch64-none-none-elf $build/linux CoreTests -c -o $build/CoreTests.o $build/tests/*.swift \
    $here/Standins/{Testing,Main,Fixture}.swift
  "$toolchain/bin/ld.lld" -static -o $build/core-tests $library/lib/crt1.o $library/lib/crti.o "$gcc/crtbeginT.o" \
    $build/CoreTests.o "$toolchain/lib/swift/embedded/aarch64-none-none-elf/libswiftUnicodeDataTables.a" \
    -L$library/lib -L"$gcc" --start-group -lc -lm -lgcc -lgcc_eh --end-group "$gcc/crtend.o" $library/lib/crtn.o
}

# Built again only where a source or the compiler has changed.
build_if_changed() {
  local now
  now=$({ swiftc --version; cat $(core_sources) $core/Kernel{s,Interface}/*.swift $(test_sources) $(find $here -type f | sort); } 2>&1 | sha256sum)
  if [ "$now" = "$(cat $build/built-from 2>/dev/null)" ]; then return; fi
  say "building Core and its tests for arm64"
  rm -rf $build
  mkdir -p $build
  build_tests
  echo "$now" >$build/built-from
}

run_tests() { # NAMES...
  FIXTURES=Tests/CoreTests/Fixtures "$emulator" $build/core-tests "$@"
}

# All tests, the suite that takes as long as the others together beside them. SUITE
run_all_tests() {
  local status=0
  run_tests "-$1" &
  run_tests "$1" || status=$?
  wait $! || status=$?
  return $status
}

# Apple's object format and calling convention.
build_for_apple() {
  say "compiling Core and its kernels for arm64-apple-none-macho"
  compile_core arm64-apple-none-macho $build/apple -c -o $build/apple/Core.o
}

build_if_changed
emulator=$(command -v qemu-aarch64-static || command -v qemu-aarch64)
readonly emulator
say "running them in emulation ($("$emulator" --version | head -n 1))"
case ${1-} in
  short) run_all_tests SameBytesTests ;;
  '')
    run_all_tests FeatureExtractorTests
    build_for_apple ;;
  *) run_tests "$@" ;;
esac
