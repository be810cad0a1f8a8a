"""Times `predict` as people run it: from the command to the answer for one photograph at 224×224, and the pictures a
second of a whole folder beside `extract`'s of the same pictures, in turns.

    python3 Benchmarks/predict.py [--count 1000] [--rounds 3] [--weights FILE]

Needs numpy and pillow, for the photographs (make_photographs.py), which lie in a folder that is removed in the end.
"""

import argparse
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


def timed(program, *options):
    start = time.monotonic()
    subprocess.run([ROOT / ".build/release" / program, *map(str, options)], check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - start


def make_photographs(folder, count):
    subprocess.run([sys.executable, ROOT / "Benchmarks/make_photographs.py", folder, "--count", str(count)], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1000, help="pictures in the folder")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--weights", type=pathlib.Path, default=next((ROOT / "cache/weights").iterdir(), None))
    arguments = parser.parse_args()
    weights = ["--weights", arguments.weights, "--quiet"]

    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        make_photographs(work / "few", 40)
        make_photographs(work / "many", arguments.count)
        timed("extract", "--data", work / "few", "--cache", work / "cache", *weights)
        timed("fit-head", "--cache", work / "cache", "--schedule", "3@1e-3", "--quiet")
        photograph = next((work / "few").glob("*/*.jpg"))

        def predict(path):
            return timed("predict", path, "--cache", work / "cache", *weights)

        def extract(turn):
            cache = work / f"again-{turn}"
            return timed("extract", "--data", work / "many", "--cache", cache, "--valid-fraction", "0.2", *weights)

        predict(photograph)
        one = [predict(photograph) for _ in range(3 * arguments.rounds)]
        turns = [(predict(work / "many"), extract(turn)) for turn in range(arguments.rounds)]

    answered, extracted = (arguments.count / statistics.median(times) for times in zip(*turns))
    print(f"one photograph, from the command to the answer: {statistics.median(one):.2f} s (median of {len(one)})")
    print(f"{arguments.count:,} photographs: predict {answered:.1f}/s, extract {extracted:.1f}/s "
          f"(medians of {arguments.rounds}, in turns; whole commands)")


if __name__ == "__main__":
    main()
