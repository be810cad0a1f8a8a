"""Test accuracy of the head alone and fine-tuned, ours beside Keras' on the same features, and what each took.

    python3 Benchmarks/fine_tuning.py [DATA:SIZE[:LIMIT]…]

DATA is what `extract --data` takes, or mnist-5k, the sample's digits. The caches go to .build-fine-tuning. Times are those
of extract, cut after block4_pool, of fit-head --fine-tune, and of Keras' program, which reads the same cache. The Python
that runs this needs keras, tensorflow, h5py and onnx.
"""

import argparse
import pathlib
import re
import sys

from accuracy import ROOT, accuracy, run

PEER = ROOT / "Benchmarks/peers/fine_tuning_keras.py"
DEFAULT = ["mnist-5k:48", "mnist-5k:96"]


def measured(case):
    data, size, *limit = case.split(":")
    folder = ROOT / f".build-fine-tuning/{pathlib.Path(data).name}-{size}"
    programs = ROOT / ".build/release"
    weights = sorted((ROOT / "cache/weights").iterdir())[0]
    source = ROOT / "cache/data/mnist_5k.csv.gz" if data == "mnist-5k" else data
    options = ["--data", source, "--weights", weights, "--size", size]
    options += [word for number in limit for word in ("--limit", number)]
    print(case, file=sys.stderr)
    # The head alone stands behind all of block 5, as it does before fine-tuning.
    ours = []
    for layer, tuning in (("block5_conv3", []), ("block4_pool", ["--fine-tune", "cosine:12@1e-4", "--weights", weights])):
        cache = folder / layer
        _, extraction = run(programs / "extract", *options, "--layer", layer, "--cache", cache)
        _, fitting = run(programs / "fit-head", "--cache", cache, *tuning)
        text, _ = run(programs / "submit", "--cache", cache)
        ours.append(accuracy(text))
    peer, training = run(sys.executable, PEER, cache, weights)
    theirs = [float(number) for number in re.findall(r"test accuracy ([\d.]+) %", peer)]
    percentages = [f"{value:.2f} %" for pair in zip(ours, theirs) for value in pair]
    times = [f"{seconds // 60:.0f} min {seconds % 60:.0f} s" for seconds in (extraction, fitting, training)]
    return [data, size, *percentages, *times]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", default=DEFAULT, metavar="DATA:SIZE[:LIMIT]")
    titles = ["data", "size", "head alone", "Keras' head alone", "fine-tuned", "fine-tuned in Keras"]
    titles += ["extract", "fit-head", "Keras' training"]
    for row in [titles, ["---"] * len(titles)]:
        print_row(row)
    for case in parser.parse_args().cases:
        print_row(measured(case))


def print_row(row):
    print("| " + " | ".join(map(str, row)) + " |", flush=True)


if __name__ == "__main__":
    main()
