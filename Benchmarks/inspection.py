"""How long `./pipeline.sh inspect` takes on 10,000 images of 6×6×512, folds included.

    python3 Benchmarks/inspection.py [--cache .build-inspect] [--data cache/data/mnist_5k.csv.gz]

The images are the sample's 5,000 digits, and the same moved by two pixels with a little noise. They are extracted at --size 96
(two minutes), then inspected twice: with heads of five folds to be trained, and with those at hand. Needs numpy, and the
programs of `swift build -c release --product pipeline`.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys
import time

import numpy

ROOT = pathlib.Path(__file__).resolve().parent.parent


def run(*words):
    """What the program prints, and the seconds that it takes."""
    start = time.perf_counter()
    result = subprocess.run([ROOT / ".build/release/pipeline", *map(str, words)], capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, words))} failed:\n{result.stderr[-2000:]}")
    return result.stdout, time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", default=str(ROOT / ".build-inspect"))
    parser.add_argument("--data", default=str(ROOT / "cache/data/mnist_5k.csv.gz"))
    options = parser.parse_args()
    cache = pathlib.Path(options.cache)
    cache.mkdir(parents=True, exist_ok=True)
    table = numpy.loadtxt(options.data, delimiter=",", dtype=numpy.uint8)
    digits, labels = table[:, :784].reshape(-1, 28, 28), table[:, 784]
    random = numpy.random.default_rng(1)
    moved = numpy.roll(digits, 2, axis=2).astype(int) + random.integers(0, 30, digits.shape)
    images = numpy.concatenate([digits, numpy.clip(moved, 0, 255).astype(numpy.uint8)])
    numpy.savez(cache / "images.npz", x_train=images, y_train=numpy.concatenate([labels, labels]).astype(numpy.int64))
    weights = sorted((ROOT / "cache/weights").iterdir())[0]
    _, seconds = run(
        "extract", "--data", cache / "images.npz", "--size", 96, "--test-fraction", 0, "--layer", "block5_conv3",
        "--weights", weights, "--cache", cache)
    print(f"extract: {seconds:.1f} s")
    shutil.rmtree(cache / "heads", ignore_errors=True)
    for what in ("with folds to be trained", "with heads at hand"):
        text, seconds = run("inspect", "--cache", cache)
        lines = [line for line in text.splitlines() if line[:1].isdigit()]
        print(f"inspect {what}: {seconds:.1f} s ({'; '.join(lines)})")


if __name__ == "__main__":
    main()
