"""Runs our benchmarks and the peers in turns and prints README's tables: images per second of the convolutions, and
samples per second of training a head, images per second of training the last convolutions with a head.

    python3 Benchmarks/compare.py [--rounds 3] [--threads 2] [--only conv|head|fine-tune] [--bench .build/release/bench]

The Python that runs this needs numpy, onnx, onnxruntime, torch, tensorflow and keras: it runs the peers, too.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys

PEERS = pathlib.Path(__file__).resolve().parent / "peers"
OURS = "this project"


class Convolutions:
    title = "images/s"
    command = ["conv"]
    peers = [
        ["vgg16_onnxruntime.py"],
        ["vgg16_pytorch.py"],
        ["vgg16_pytorch.py", "--torchscript"],
        ["vgg16_tensorflow.py"],
        ["vgg16_opencv.py"],
        ["vgg16_ncnn.py"],
        ["vgg16_ncnn.py", "--one-worker"],
    ]
    cases = {
        f"{size}×{size}, batch {batch}": {"--size": size, "--batch": batch}
        for size, batch in [(224, 8), (224, 1), (96, 32), (48, 64)]
    }

    @staticmethod
    def speed(measurement):
        return measurement["images_per_second"]["median"]


class Heads:
    title = "samples/s"
    command = ["head"]
    peers = [["head_torch.py"], ["head_torch.py", "--pool-once"], ["head_keras.py"], ["head_keras.py", "--pool-once"]]
    cases = {f"{side}×{side}×512": {"--samples": 2000, "--side": side} for side in (14, 6, 3)}

    @staticmethod
    def speed(measurement):
        return measurement["samples_per_second"]


class FineTuning:
    title = "images/s"
    command = ["fine-tune"]
    peers = [["fine_tune_torch.py"], ["fine_tune_torch.py", "--compile"], ["fine_tune_keras.py"]]
    cases = {
        f"{side}×{side}×{channels}": {"--layer": layer, "--side": side, "--steps": steps}
        for layer, side, channels, steps in [
            ("block4_pool", 14, 512, 2),
            ("block4_pool", 6, 512, 10),
            ("block4_pool", 3, 512, 20),
            ("block3_pool", 28, 256, 1),
        ]
    }

    @staticmethod
    def speed(measurement):
        return measurement["images_per_second"]["median"]


def measured(command, options, arguments):
    """The JSON that a benchmark prints."""
    options = {**options, "--threads": arguments.threads, "--runs": arguments.runs}
    command = command + [str(word) for option in options.items() for word in option]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{result.stderr[-2000:]}")
    return json.loads(result.stdout[result.stdout.index("{") :])


def compared(comparison, arguments):
    """Measurements by name and case, in turns."""
    results = {OURS: {}}
    for round_number in range(arguments.rounds):
        for case, options in comparison.cases.items():
            print(f"round {round_number + 1} of {arguments.rounds}, {case}", file=sys.stderr)
            ours = measured([arguments.bench, *comparison.command, "--json"], options, arguments)
            results[OURS].setdefault(case, []).append(ours)
            for script, *flags in comparison.peers:
                theirs = measured([sys.executable, str(PEERS / script), *flags], options, arguments)
                results.setdefault(theirs["name"], {}).setdefault(case, []).append(theirs)
    return results


def table(comparison, results):
    speeds = {
        name: {case: statistics.median(map(comparison.speed, runs)) for case, runs in row.items()}
        for name, row in results.items()
    }
    ours, *peers = speeds
    cases = list(comparison.cases)
    fastest = {case: max(speeds[peer][case] for peer in peers) for case in cases}
    rows = [[comparison.title, *cases, "peak memory", "error"]]
    for name in peers + [ours]:
        measurements = [measurement for runs in results[name].values() for measurement in runs]
        memory = max(measurement["peak_memory_mib"] for measurement in measurements)
        error = max(measurement.get("relative_error", 0) for measurement in measurements)
        cells = [f"{speeds[name][case]:,.{0 if speeds[name][case] > 1000 else 1}f}" for case in cases]
        rows.append([name, *cells, f"{memory:.0f} MiB", f"{error:.1e}" if error else ""])
    ratios = [f"{speeds[ours][case] / fastest[case]:.2f}×" for case in cases]
    rows.append(["this project to the fastest peer", *ratios, "", ""])
    rows.insert(1, ["---"] * len(rows[0]))
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def main():
    comparisons = {"conv": Convolutions, "head": Heads, "fine-tune": FineTuning}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=5, help="runs in a round")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", choices=comparisons)
    parser.add_argument("--bench", default=".build/release/bench")
    arguments = parser.parse_args()
    for name, comparison in comparisons.items():
        if arguments.only in (None, name):
            print(table(comparison, compared(comparison, arguments)), end="\n\n")


if __name__ == "__main__":
    main()
