"""Opens what the pipeline wrote with other people's readers: h5py, h5dump, h5repack, h5diff and Keras 3.

usage: check_files.py CACHE_FOLDER     after extract, fit-head --head fastai, submit --format probabilities

Needs h5py and keras (with any backend). Ends with status 1 and a line that says what is wrong.
"""

import csv
import os
import subprocess
import sys
import tempfile

os.environ.setdefault("KERAS_BACKEND", "jax")

import h5py
import keras
import numpy as np


def read_everything(path):
    """Reads every data set and attribute of an HDF5 file with h5py and with h5dump."""
    values = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            values[name] = item[()]
        dict(item.attrs)

    with h5py.File(path) as file:
        attributes = dict(file.attrs)
        file.visititems(visit)
        if "features" in file:
            labels = [dimension.label for dimension in file["features"].dims]
            assert labels == ["N", "H", "W", "C"], labels
    for options in (["-H"], ["-A"], []):
        subprocess.run(["h5dump", *options, path], check=True, stdout=subprocess.DEVNULL)
    check_repacked(path)
    return attributes, values


def check_repacked(path):
    """h5repack copies the file, with other filters too, and h5diff finds no difference."""
    with tempfile.TemporaryDirectory() as folder:
        for number, options in enumerate(([], ["-f", "GZIP=6"], ["-f", "NONE"])):
            copy = os.path.join(folder, f"{number}.h5")
            subprocess.run(["h5repack", *options, path, copy], check=True)
            # What it prints is only that empty data sets can't be compared.
            subprocess.run(["h5diff", path, copy], check=True, stdout=subprocess.DEVNULL)


def check_cache(folder, split):
    attributes, values = read_everything(os.path.join(folder, f"{split}.h5"))
    rows = len(values["features"])
    assert values["features"].dtype == np.float32 and values["features"].ndim == 4
    assert np.isfinite(values["features"]).all() and (values["features"] >= 0).all()
    assert values["labels"].dtype == np.int32 and len(values["labels"]) == rows
    assert len(values["filenames"]) == rows and isinstance(values["filenames"][0], bytes)
    for name in (
        "schema created_by layer input_size preprocessing resize weights_digest weights_source manifest_digest "
        "augmentation storage settings_key key complete"
    ).split():
        assert name in attributes, f"{split}.h5 has no attribute {name}"
    assert values["digests"].shape == (rows, 32) and len(values["skipped"]) == 0
    print(f"{split}.h5: {values['features'].shape}, {len(attributes)} attributes")
    return values


def fastai_head(input_shape, classes, dropout):
    layers = keras.layers
    return keras.Sequential([
        layers.Input(input_shape),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dropout(dropout / 2),
        layers.Dense(128, activation="relu"),
        layers.BatchNormalization(),
        layers.Dropout(dropout / 2),
        layers.Dense(128, activation="relu"),
        layers.BatchNormalization(),
        layers.Dropout(dropout),
        layers.Dense(classes, activation="softmax"),
    ])


def check_head(folder, test):
    path = os.path.join(folder, "head.weights.h5")
    attributes, _ = read_everything(path)
    model = fastai_head(test["features"].shape[1:], len(test["label_names"]), float(attributes["dropout"]))
    model.load_weights(path)
    expected = np.asarray(model.predict(test["features"], batch_size=64, verbose=0))
    with open(os.path.join(folder, "submission.csv"), newline="") as file:
        written = np.array([[float(value) for value in row[1:]] for row in list(csv.reader(file))[1:]])
    difference = np.abs(expected - written).max()
    print(f"head.weights.h5: Keras {keras.__version__} predicts the same within {difference:.1e}")
    assert difference < 1e-5


if __name__ == "__main__":
    cache = sys.argv[1]
    splits = {split: check_cache(cache, split) for split in ("train", "valid", "test")}
    check_head(cache, splits["test"])
