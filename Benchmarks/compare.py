"""Runs `bench conv` and the peers in turns and prints the table of images per second that README shows.

    python3 Benchmarks/compare.py [--rounds 3] [--threads 2] [--bench .build/release/bench]

The Python that runs this needs numpy, onnx, onnxruntime, torch and tensorflow: it runs the peers, too.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys

PEERS = pathlib.Path(__file__).resolve().parent / "peers"
COMMANDS = {
    "onnxruntime": ["vgg16_onnxruntime.py"],
    "pytorch": ["vgg16_pytorch.py"],
    "torchscript": ["vgg16_pytorch.py", "--torchscript"],
    "tensorflow": ["vgg16_tensorflow.py"],
}
CASES = [(224, 8), (224, 1), (96, 32), (48, 64)]


def measured(command, size, batch, arguments):
    """The JSON that a benchmark prints."""
    options = {"--size": size, "--batch": batch, "--threads": arguments.threads, "--runs": arguments.runs}
    command = command + [str(word) for option in options.items() for word in option]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{result.stderr[-2000:]}")
    return json.loads(result.stdout[result.stdout.index("{") :])


def table(results):
    """`results[name][case]` is a list of measurements."""
    speeds = {
        name: {case: statistics.median(m["images_per_second"]["median"] for m in runs) for case, runs in row.items()}
        for name, row in results.items()
    }
    ours, *peers = speeds
    fastest = {case: max(speeds[peer][case] for peer in peers) for case in CASES}
    lines = [
        "| images/s | " + " | ".join(f"{size}×{size}, batch {batch}" for size, batch in CASES) + " | peak memory |",
        "|---" * (len(CASES) + 2) + "|",
    ]
    for name in peers + [ours]:
        memory = max(m["peak_memory_mib"] for runs in results[name].values() for m in runs)
        cells = [f"{speeds[name][case]:.1f}" for case in CASES] + [f"{memory:.0f} MiB"]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    ratios = [f"{speeds[ours][case] / fastest[case]:.2f}×" for case in CASES]
    lines.append("| this project to the fastest peer | " + " | ".join(ratios) + " | |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=5, help="runs in a round")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--bench", default=".build/release/bench")
    arguments = parser.parse_args()
    results = {"this project": {}}
    for round_number in range(arguments.rounds):
        for case in CASES:
            print(f"round {round_number + 1} of {arguments.rounds}, {case[0]}×{case[0]}", file=sys.stderr)
            ours = measured([arguments.bench, "conv", "--json"], *case, arguments)
            results["this project"].setdefault(case, []).append(ours)
            for script, *options in COMMANDS.values():
                theirs = measured([sys.executable, str(PEERS / script), *options], *case, arguments)
                results.setdefault(theirs["name"], {}).setdefault(case, []).append(theirs)
    print(table(results))


if __name__ == "__main__":
    main()
