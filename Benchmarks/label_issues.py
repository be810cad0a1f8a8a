"""How well `inspect` finds labels that were changed at random, beside cleanlab's find_label_issues on the same out-of-fold
probabilities: precision and recall.

    python3 Benchmarks/label_issues.py [--data mnist-5k] [--size 48] [--share 0.02] [--rounds 3] [--weights FILE]

Needs numpy, h5py and cleanlab. Works in a folder that is removed in the end.
"""

import argparse
import csv
import pathlib
import subprocess
import tempfile

import h5py
import numpy as np
from cleanlab.filter import find_label_issues

ROOT = pathlib.Path(__file__).resolve().parent.parent


def run(program, *options):
    command = [ROOT / ".build/release" / program, *map(str, options)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def images(cache):
    """Split, name and label of every labelled image, and the class names."""
    rows = []
    for split in ("train", "valid"):
        with h5py.File(cache / f"{split}.h5") as file:
            classes = [name.decode() for name in file["label_names"]]
            names = [name.decode() for name in file["filenames"]]
            rows += [(split, name, int(label)) for name, label in zip(names, file["labels"])]
    return rows, classes


def out_of_fold(cache, count):
    """The probabilities that fit-head's files of folds hold."""
    probabilities = None
    for path in (cache / "heads").glob("*-fold*.weights.h5"):
        with h5py.File(path) as file:
            held_out = file["validation"]
            if probabilities is None:
                probabilities = np.full((count, held_out["probabilities"].shape[1]), np.nan, np.float32)
            probabilities[held_out["images"][:]] = held_out["probabilities"][:]
    assert not np.isnan(probabilities).any()
    return probabilities


def measures(found, wrong):
    hits = len(found & wrong)
    return hits / max(len(found), 1), hits / len(wrong)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="mnist-5k")
    parser.add_argument("--size", type=int, default=48)
    parser.add_argument("--share", type=float, default=0.02, help="of the labels that are changed")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--weights", type=pathlib.Path, default=next((ROOT / "cache/weights").iterdir(), None))
    arguments = parser.parse_args()
    extract = ["--data", arguments.data, "--size", arguments.size, "--weights", arguments.weights, "--quiet"]

    with tempfile.TemporaryDirectory() as work:
        cache = pathlib.Path(work) / "cache"
        run("extract", *extract, "--cache", cache)
        right, classes = images(cache)
        for turn in range(arguments.rounds):
            random = np.random.default_rng(turn)
            chosen = set(random.choice(len(right), round(arguments.share * len(right)), replace=False).tolist())
            table = pathlib.Path(work) / f"wrong-{turn}.csv"
            with open(table, "w", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(["path", "split", "suggested"])
                for index in sorted(chosen):
                    split, name, label = right[index]
                    wrong = (label + random.integers(1, len(classes))) % len(classes)
                    writer.writerow([name, split, classes[wrong]])
            for head in (cache / "heads").glob("*"):
                head.unlink()
            run("extract", *extract, "--cache", cache, "--relabel", table)
            run("pipeline", "inspect", "--cache", cache, "--quiet")

            rows, _ = images(cache)
            places = {(split, name): index for index, (split, name, _) in enumerate(rows)}
            with open(cache / "suspects.csv", newline="") as file:
                ours = {places[row["split"], row["path"]] for row in csv.DictReader(file) if row["problem"] == "label"}
            theirs = find_label_issues(
                np.array([label for _, _, label in rows]), out_of_fold(cache, len(rows)),
                return_indices_ranked_by="self_confidence")
            for name, found in [("inspect", ours), ("cleanlab", set(map(int, theirs)))]:
                precision, recall = measures(found, chosen)
                print(f"round {turn + 1}, {len(chosen)} of {len(rows)} labels changed: {name} finds {len(found)}, "
                      f"precision {precision:.3f}, recall {recall:.3f}")


if __name__ == "__main__":
    main()
