"""Runs our benchmarks and the peers in turns and prints README's tables: images per second of the convolutions, and
samples per second of training a head, images per second of training the last convolutions with a head. Beside the
convolutions stands the error of their features: relative L2, against float64.

    python3 Benchmarks/compare.py [--rounds 3] [--threads 2] [--only conv|head|fine-tune] [--peers REGEX]
        [--bench .build/release/bench]

The Python that runs this runs the peers, too: compare.sh makes one that has them.
"""

import argparse
import json
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "peers"))
import measure

PEERS = pathlib.Path(__file__).resolve().parent / "peers"
OURS = "this project"


class Convolutions:
    # By the beginnings of their names: what ours is compared with.
    kinds = {"engine": ("",), "framework": ("ONNX Runtime", "PyTorch", "TensorFlow")}
    title = "images/s"
    peers = [
        ["vgg16_onnxruntime.py"],
        ["vgg16_pytorch.py"],
        ["vgg16_pytorch.py", "--torchscript"],
        ["vgg16_tensorflow.py"],
        ["vgg16_opencv.py"],
        ["vgg16_ncnn.py"],
        ["vgg16_ncnn.py", "--one-worker"],
        ["vgg16_mnn.py"],
    ]
    cases = {
        f"{size}×{size}, batch {batch}": {"--size": size, "--batch": batch}
        for size, batch in [(224, 8), (224, 1), (96, 32), (48, 64)]
    }

    @staticmethod
    def speed(measurement):
        return measurement["images_per_second"]["median"]

    @staticmethod
    def ours(options, arguments):
        """Of the weights and images that the peers have."""
        case = argparse.Namespace(size=options["--size"], batch=options["--batch"])
        with tempfile.TemporaryDirectory() as folder:
            given, output = pathlib.Path(folder, "input"), pathlib.Path(folder, "output")
            with given.open("wb") as file:
                for array in [part for layer in measure.random_weights() for part in layer] + [measure.images(case)]:
                    file.write(array.tobytes())
            command = [arguments.bench, "conv", "--json", "--input", str(given), "--output", str(output)]
            measurement = measured(command, options, arguments)
            side = case.size // 16
            features = np.fromfile(output, np.float32).reshape(side, side, 512)
        return {**measurement, "relative_error": measure.relative_error(features, case)}


class Heads:
    kinds = {"peer": ("",)}
    title = "samples/s"
    peers = [["head_torch.py"], ["head_torch.py", "--pool-once"], ["head_keras.py"], ["head_keras.py", "--pool-once"]]
    cases = {f"{side}×{side}×512": {"--samples": 2000, "--side": side} for side in (14, 6, 3)}

    @staticmethod
    def speed(measurement):
        return measurement["samples_per_second"]

    @staticmethod
    def ours(options, arguments):
        return measured([arguments.bench, "head", "--json"], options, arguments)


class FineTuning:
    kinds = {"peer": ("",)}
    title = "images/s"
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

    @staticmethod
    def ours(options, arguments):
        return measured([arguments.bench, "fine-tune", "--json"], options, arguments)


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
            results[OURS].setdefault(case, []).append(comparison.ours(options, arguments))
            for script, *flags in comparison.peers:
                if not re.search(arguments.peers, script):
                    continue
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
    rows = [[comparison.title, *cases, "peak memory", "error"]]
    for name in peers + [ours]:
        measurements = [measurement for runs in results[name].values() for measurement in runs]
        memory = max(measurement["peak_memory_mib"] for measurement in measurements)
        error = max(measurement.get("relative_error", 0) for measurement in measurements)
        cells = [f"{speeds[name][case]:,.{0 if speeds[name][case] > 1000 else 1}f}" for case in cases]
        rows.append([name, *cells, f"{memory:.0f} MiB", f"{error:.1e}" if error else ""])
    for kind, beginnings in comparison.kinds.items():
        those = [peer for peer in peers if peer.startswith(beginnings)]
        if not those:
            continue
        fastest = {case: max(speeds[peer][case] for peer in those) for case in cases}
        ratios = [f"{speeds[ours][case] / fastest[case]:.2f}×" for case in cases]
        rows.append([f"this project to the fastest {kind}", *ratios, "", ""])
    rows.insert(1, ["---"] * len(rows[0]))
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def main():
    comparisons = {"conv": Convolutions, "head": Heads, "fine-tune": FineTuning}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=5, help="runs in a round")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", choices=comparisons)
    parser.add_argument("--peers", default="", help="a regular expression: only scripts whose name has it, such as ncnn|mnn")
    parser.add_argument("--bench", default=".build/release/bench")
    arguments = parser.parse_args()
    for name, comparison in comparisons.items():
        if arguments.only in (None, name):
            print(table(comparison, compared(comparison, arguments)), end="\n\n")


if __name__ == "__main__":
    main()
