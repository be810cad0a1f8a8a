"""How well `inspect` finds labels that were changed at random, beside cleanlab's find_label_issues on the same out-of-fold
probabilities: precision and recall.

    python3 Benchmarks/label_issues.py [--data mnist-5k] [--size 48] [--limit N] [--share 0.02] [--rounds 3] [--weights FILE]
        [--schedules cosine:55@3e-3,cosine:20@3e-3]

With --schedules heads of five folds are trained by each of them first (cosine:55@3e-3/256: in batches of 256), which inspect
then judges by; without, inspect trains its own. cleanlab's sorts are made stable: numpy's own leaves open which of equals come
first, and with it what is found where counts have equal remainders. Needs numpy, h5py and cleanlab. Works in a folder that is removed in the end.
"""

import argparse
import csv
import pathlib
import subprocess
import tempfile
import time

import h5py
import numpy as np

ARGSORT = np.argsort
np.argsort = lambda values, axis=-1, kind=None, order=None: ARGSORT(values, axis=axis, kind="stable")

from cleanlab.filter import find_label_issues  # noqa: E402

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
    """Of rows, the likeliest first."""
    hits, first = len(set(found) & wrong), len(set(found[:len(wrong)]) & wrong)
    return (f"finds {len(found)}, precision {hits / max(len(found), 1):.3f}, recall {hits / len(wrong):.3f}, "
            f"of the first {len(wrong)} right {first / len(wrong):.3f}")


def compare(title, cache, changed):
    """Prints how many of the images whose labels were changed inspect found, and cleanlab."""
    rows, _ = images(cache)
    places = {(split, name): index for index, (split, name, _) in enumerate(rows)}
    # --limit may draw others where classes have other sizes.
    chosen = {places[image] for image in changed if image in places}
    with open(cache / "suspects.csv", newline="") as file:
        suspects = [row for row in csv.DictReader(file) if row["problem"] == "label" and row["split"] != "test"]
    ours = [places[row["split"], row["path"]] for row in suspects]
    labels, probabilities = np.array([label for _, _, label in rows]), out_of_fold(cache, len(rows)).astype(np.float64)
    theirs = find_label_issues(labels, probabilities, return_indices_ranked_by="self_confidence", n_jobs=1).tolist()
    print(f"{title}, {len(chosen)} of {len(rows)} labels changed: inspect {measures(ours, chosen)}; cleanlab "
          + ("finds the same" if set(ours) == set(theirs) else measures(theirs, chosen)), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="mnist-5k")
    parser.add_argument("--size", type=int, default=48)
    parser.add_argument("--limit", type=int, help="images a split")
    parser.add_argument("--schedules", default="", help="with commas between them")
    parser.add_argument("--share", type=float, default=0.02, help="of the labels that are changed")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--weights", type=pathlib.Path, default=next((ROOT / "cache/weights").iterdir(), None))
    arguments = parser.parse_args()
    extract = ["--data", arguments.data, "--size", arguments.size, "--weights", arguments.weights, "--quiet"]
    extract += ["--limit", arguments.limit] if arguments.limit else []

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
            run("extract", *extract, "--cache", cache, "--relabel", table)
            for schedule in arguments.schedules.split(","):
                start = time.perf_counter()
                for head in [cache / "head.weights.h5", *(cache / "heads").glob("*")]:
                    head.unlink(missing_ok=True)
                if schedule:
                    rates, _, batch = schedule.partition("/")
                    run("fit-head", "--cache", cache, "--folds", 5, "--schedule", rates, "--batch-size", batch or 64, "--quiet")
                run("pipeline", "inspect", "--cache", cache, "--quiet")
                compare(f"round {turn + 1}{schedule and f', {schedule}'}, {time.perf_counter() - start:.1f} s", cache,
                        {right[index][:2] for index in chosen})


if __name__ == "__main__":
    main()
