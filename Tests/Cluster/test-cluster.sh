#!/usr/bin/env bash
# Runs `./pipeline.sh cluster` on a Slurm cluster of four nodes, all on this machine, and compares what comes out, byte for
# byte, with what one machine makes. Slurm's daemons run as the user who starts this, in a folder that goes with them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
PATH=$PATH:/usr/sbin:/sbin

readonly nodes=4 build=.build/release
folder=$(mktemp -d)
readonly folder
# From the start, so that no command here ever talks to another cluster.
export SLURM_CONF=$folder/slurm.conf
# The blank is there on purpose.
readonly shared="$folder/shared cache" alone=$folder/alone
weights=$(find -L "$PWD/cache/weights" -type f | sort | head -n 1)
readonly extraction=(--data "$PWD/cache/data/mnist_5k.csv.gz" --weights "$weights" --limit 400 --size 96 --part-seconds 0.2)
readonly fitting=(--schedule 2@1e-3)
readonly options=("${extraction[@]}" "${fitting[@]}")
daemons=()

say() { printf 'test-cluster: %s\n' "$*"; }
fail() {
  say "FAILED: $*"
  tail -n 8 "$folder"/{munged,slurmctld,cluster}.out "$shared"/slurm/*.log 2>/dev/null || true
  exit 1
}

# MARK: - The cluster

# Starts a daemon in the foreground of a process of its own, so that it can be stopped for certain.
start() { # NAME COMMAND...
  "${@:2}" >"$folder/$1.out" 2>&1 &
  daemons+=($!)
}

# Jobs first, for a node that can't tell slurmctld of a job's end tries for ever; the daemons in the reverse order of their
# start.
stop() {
  local index end=$((SECONDS + 20))
  trap - EXIT INT TERM
  if [ -e "$SLURM_CONF" ]; then
    scancel --user="$(id -un)" 2>/dev/null || true
    until { is_empty && are_idle; } 2>/dev/null || [ $SECONDS -ge $end ]; do sleep 0.1; done
  fi
  for ((index = ${#daemons[@]} - 1; index >= 0; index--)); do
    kill "${daemons[$index]}" 2>/dev/null || true
    wait "${daemons[$index]}" 2>/dev/null || true
  done
  rm -rf "$folder"
}

free_ports() { # COUNT
  python3 -c '
import socket, sys
sockets = [socket.socket() for _ in range(int(sys.argv[1]))]
for each in sockets: each.bind(("127.0.0.1", 0))
print(*[each.getsockname()[1] for each in sockets])' "$1"
}

# Writes slurm.conf: without cgroups and accounting, which a container lacks, and with short waits.
configure() {
  local ports node
  read -ra ports < <(free_ports $((nodes + 1)))
  cat <<CONF
ClusterName=test
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=${ports[0]}
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket,cred_expire=5
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool-%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd-%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=1
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=2
PartitionName=main Nodes=ALL Default=YES State=UP
CONF
  for node in $(seq "$nodes"); do
    echo "NodeName=node$node NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=${ports[$node]} CPUs=1"
  done
}

start_cluster() {
  local node
  mkdir "$folder/state"
  (umask 077 && head -c 1024 /dev/urandom >"$folder/munge.key")
  start munged munged --foreground --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" \
    --pid-file="$folder/munge.pid" --seed-file="$folder/munge.seed"
  wait_for 10 "munged" test -S "$folder/munge.socket"
  configure >"$SLURM_CONF"
  start slurmctld slurmctld -D
  for node in $(seq "$nodes"); do start "slurmd-$node" slurmd -D -N "node$node"; done
  wait_for 60 "the nodes" are_idle
  say "$(slurmctld -V) with $nodes nodes runs here"
}

wait_for() { # SECONDS WHAT COMMAND...
  local end=$((SECONDS + $1))
  until "${@:3}"; do
    [ $SECONDS -lt $end ] || fail "waited $1 seconds for $2"
    sleep 0.1
  done
}

are_idle() { [ "$(sinfo --noheader --states=idle --format=%D 2>/dev/null)" = "$nodes" ]; }
is_empty() { [ -z "$(squeue --noheader)" ]; }
state() { squeue --noheader --jobs "$1" --format=%T 2>/dev/null; }
is_over() { [ "$(state "$1")" != RUNNING ]; }
process() { grep -lzxF "$1/$nodes" /proc/[0-9]*/cmdline 2>/dev/null | xargs grep -lzxF "$shared" 2>/dev/null | cut -d/ -f3; }
has_parts() { compgen -G "$shared/train.parts/$1of$nodes-*.h5" >/dev/null; }

# MARK: - The test

main() {
  trap stop EXIT
  trap 'exit 1' INT TERM
  start_cluster
  refuse_an_unknown_partition
  local started=$SECONDS jobs
  jobs=$(./pipeline.sh cluster --nodes "$nodes" --partition main "${options[@]}" --cache "$shared" 2>"$folder/cluster.out") ||
    fail "cluster ended with an error"
  printf '%s\n' "$jobs"
  disturb "$(awk '$1 == "extract" { print $NF }' <<<"$jobs")"
  say "all jobs are done after $((SECONDS - started)) seconds"
  run_alone
  compare
}

refuse_an_unknown_partition() {
  local answer
  answer=$(./pipeline.sh cluster --nodes 2 --partition nowhere "${options[@]}" --cache "$folder/refused" 2>&1) &&
    fail "cluster took a partition that is not there"
  answer=${answer##*$'\n'}
  [[ $answer == "Error: Slurm does not take the job extract ("*"Invalid partition"* ]] || fail "cluster said: $answer"
  say "$answer"
  is_empty || fail "jobs were left"
}

# Has Slurm take a task from its node in the middle, as for a job of higher priority, and kills another outright.
disturb() { # JOB
  local task
  wait_for 60 "a part of task 2" has_parts 2
  scontrol requeue "$1_2"
  say "task 2 is preempted"
  wait_for 60 "a part of task 3" has_parts 3
  kill -KILL "$(process 3)"
  wait_for 60 "the end of task 3" is_over "$1_3"
  scontrol requeue "$1_3"
  say "task 3 is killed, and requeued"
  wait_for 120 "the jobs" is_empty
  for task in 2 3; do
    say "what task $task said:"
    sed 's/^/    /' "$shared/slurm/extract-$task.log"
    [ "$(grep -c ' to compute: ' "$shared/slurm/extract-$task.log")" = 2 ] || fail "task $task did not run twice"
  done
}

run_alone() {
  "$build/extract" "${extraction[@]}" --cache "$alone" --quiet
  "$build/fit-head" "${fitting[@]}" --cache "$alone" --quiet >/dev/null
  "$build/submit" --cache "$alone" --quiet >/dev/null
}

compare() {
  local file
  for file in train.h5 valid.h5 test.h5 head.weights.h5 submission.csv; do
    [ -e "$shared/$file" ] || fail "there is no $file"
    cmp "$shared/$file" "$alone/$file" || fail "$file differs from what one machine makes"
    say "$file: the bytes of one machine ($(wc -c <"$alone/$file"))"
  done
  for file in train.parts valid.parts test.parts manifest.h5; do
    [ ! -e "$shared/$file" ] || fail "$file was left in the cache folder"
  done
}

main
