"""Test accuracy and time by image size, ours beside a Keras head on the same features: README's table of results.

    python3 Benchmarks/accuracy.py [--data mnist-5k] [--sizes 48,64,96,128,224] [--seeds 0,1,2,3,4]

Each seed is another split into train, validation and test. The features are computed once for all of them: another split
takes them over. Data that are split already have one seed, --seeds 2. Caches go to .build-accuracy. The Python that runs
this needs keras, tensorflow and h5py.
"""

import argparse
import pathlib
import re
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEER = ROOT / "Benchmarks/peers/accuracy_keras.py"


def run(*command):
    """What a program prints, and the seconds that it takes."""
    start = time.perf_counter()
    result = subprocess.run([str(word) for word in command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{result.stderr[-2000:]}")
    return result.stdout + result.stderr, time.perf_counter() - start


def accuracy(text):
    counts = re.search(r"test accuracy [\d.]+ % \(([\d,]+) of ([\d,]+)", text)
    if not counts:
        return float(re.search(r"test accuracy ([\d.]+) %", text)[1])
    right, known = (int(number.replace(",", "")) for number in counts.groups())
    return 100 * right / known


def measured(data, size, seeds):
    cache = f".build-accuracy/{pathlib.Path(data).name}-{size}"
    programs = ROOT / ".build/release"
    weights = sorted((ROOT / "cache/weights").iterdir())[0]
    times, ours, keras = [], [], []
    for seed in seeds:
        print(f"{data}, size {size}, seed {seed}", file=sys.stderr)
        extract = ["extract", "--data", ROOT / "cache/data/mnist_5k.csv.gz" if data == "mnist-5k" else data]
        _, extraction = run(programs / extract[0], *extract[1:], "--weights", weights, "--size", size, "--split-seed", seed, "--cache", cache)
        _, fitting = run(programs / "fit-head", "--cache", cache)
        text, submission = run(programs / "submit", "--cache", cache)
        peer, training = run(sys.executable, PEER, cache)
        ours.append(accuracy(text))
        keras.append(accuracy(peer))
        times.append((extraction, fitting, submission, training))
    extraction = times[0][0]
    fitting, submission, training = (statistics.median(column) for column in list(zip(*times))[1:])

    def mean(values):
        return f"{statistics.mean(values):.2f} %" + (f" ({min(values):.1f}–{max(values):.1f})" if len(values) > 1 else "")

    return [data, size, mean(ours), mean(keras), *(f"{t:.1f} s" for t in (extraction, fitting, submission, training))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="mnist-5k")
    parser.add_argument("--sizes", default="48,64,96,128,224")
    parser.add_argument("--seeds", default="0,1,2,3,4")
    arguments = parser.parse_args()
    seeds = [int(seed) for seed in arguments.seeds.split(",")]
    rows = [["data", "size", "this project", "Keras head", "extract", "fit-head", "submit", "Keras' training"], ["---"] * 8]
    rows += [measured(arguments.data, int(size), seeds) for size in arguments.sizes.split(",")]
    for row in rows:
        print("| " + " | ".join(map(str, row)) + " |")


if __name__ == "__main__":
    main()
