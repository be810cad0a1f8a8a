# Builds the fuzz targets and runs them: what `./pipeline.sh fuzz` sources.

readonly fuzz=.build-fuzz

build_fuzzers() {
  need_swift
  say "building the fuzz targets (the first build takes a few minutes)"
  # Of two --sanitize, SwiftPM's compiler heeds the last. AddressSanitizer is what sees allocations, too.
  FUZZING=1 quietly swift_build --scratch-path "$fuzz" --product fuzz --sanitize fuzzer \
    -Xswiftc -sanitize=address,fuzzer -Xswiftc -enable-testing
}

# A target's inputs stay in .build-fuzz/corpus: the next run goes on from them.
run_fuzzers() { # SECONDS [TARGET...] [-FLAG=VALUE...]
  local argument all targets=() flags=() target status=0
  [[ ${1-} =~ ^[1-9][0-9]*$ ]] || usage_error "fuzz wants a number of seconds."
  flags=(-max_total_time="$1" -timeout=10 -malloc_limit_mb=64 -rss_limit_mb=2048 -print_final_stats=1)
  shift
  build_fuzzers
  all=$("$fuzz/release/fuzz" --list)
  for argument; do
    case $argument in
      -*) flags+=("$argument") ;;
      *)
        grep -qxF -- "$argument" <<<"$all" || usage_error "no fuzz target '$argument' (there are $(xargs <<<"$all"))."
        targets+=("$argument") ;;
    esac
  done
  if [ ${#targets[@]} = 0 ]; then targets=($all); fi
  for target in "${targets[@]}"; do fuzz_target "$target" "${flags[@]}" || status=1; done
  return $status
}

fuzz_target() { # TARGET FLAGS...
  local target=$1 log=$fuzz/$1.log input
  shift
  mkdir -p "$fuzz/corpus/$target" "$fuzz/crashes"
  "$fuzz/release/fuzz" --target="$target" --seeds="$fuzz/seeds/$target"
  if "$fuzz/release/fuzz" --target="$target" -artifact_prefix="$fuzz/crashes/$target-" "$@" \
    "$fuzz/corpus/$target" "$fuzz/seeds/$target" >"$log" 2>&1; then
    awk -v target="$target" '
      /DONE/ { for (i = 1; i < NF; i++) if ($i == "corp:") { split($(i + 1), corpus, "/") } }
      /^stat::number_of_executed_units/ { inputs = $2 }
      /^stat::average_exec_per_sec/ { speed = $2 }
      END { printf "%-17s  %9d inputs  %6d/s  %5d in the corpus  clean\n", target, inputs, speed, corpus[1] }' "$log"
    return
  fi
  grep -aE 'ERROR|Fatal error|SUMMARY' "$log" | head -n 3 >&2 || true
  input=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
  say "$target: FAILED, see $log${input:+; the input is kept, read it again: $fuzz/release/fuzz --target=$target $input}"
  return 1
}
