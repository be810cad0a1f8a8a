"""Opens what the pipeline wrote with other people's readers: h5py, h5dump, h5repack, h5diff, Keras 3 and ONNX
Runtime.

usage: check_files.py CACHE_FOLDER DIGITS
       after extract, fit-head --head fastai --export CACHE_FOLDER/model.onnx --export CACHE_FOLDER/head.safetensors,
       submit --format probabilities --clip off; DIGITS is the table of digits that was extracted

Needs h5py, onnxruntime, pillow and keras (with any backend). Ends with status 1 and a line that says what is wrong.
"""

import csv
import gzip
import json
import os
import subprocess
import sys
import tempfile

os.environ.setdefault("KERAS_BACKEND", "jax")

import h5py
import keras
import numpy as np
import onnxruntime
from PIL import Image


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
        "augmentation storage specification features_key key complete"
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


def submitted(folder):
    """The probabilities in the submission."""
    with open(os.path.join(folder, "submission.csv"), newline="") as file:
        return np.array([[float(value) for value in row[1:]] for row in list(csv.reader(file))[1:]])


def check_head(folder, test):
    path = os.path.join(folder, "head.weights.h5")
    attributes, _ = read_everything(path)
    model = fastai_head(test["features"].shape[1:], len(test["label_names"]), float(attributes["dropout"]))
    model.load_weights(path)
    expected = np.asarray(model.predict(test["features"], batch_size=64, verbose=0))
    difference = np.abs(expected - submitted(folder)).max()
    print(f"head.weights.h5: Keras {keras.__version__} predicts the same within {difference:.1e}")
    assert difference < 1e-5


def check_onnx(folder, digits, test):
    """From the pixels themselves, resized by Pillow."""
    session = onnxruntime.InferenceSession(os.path.join(folder, "model.onnx"))
    _, height, width, _ = session.get_inputs()[0].shape
    with gzip.open(digits, "rt") as file:
        table = np.array([[int(value) for value in row[:784]] for row in csv.reader(file)], np.uint8)
    rows = [int(name) - 1 for name in test["filenames"]]
    images = [Image.fromarray(table[row].reshape(28, 28)).resize((width, height), Image.BILINEAR) for row in rows]
    pixels = np.repeat(np.stack([np.asarray(image, np.float32) for image in images])[..., None], 3, axis=3)
    found = np.concatenate([session.run(None, {"image": part})[0] for part in np.array_split(pixels, 20)])
    difference = np.abs(found - submitted(folder)).max()
    print(f"model.onnx: ONNX Runtime {onnxruntime.__version__} predicts the same within {difference:.1e}")
    assert difference < 1e-5


def check_safetensors(folder):
    """Read by hand, as the format's page describes it."""
    with open(os.path.join(folder, "head.safetensors"), "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        body = file.read()
    metadata = header.pop("__metadata__")
    with h5py.File(os.path.join(folder, "head.weights.h5")) as head:
        kernel = head["layers/dense_2/vars/0"][()]
    entry = header["dense_2.kernel"]
    begin, end = entry["data_offsets"]
    assert (np.frombuffer(body[begin:end], np.float32).reshape(entry["shape"]) == kernel).all()
    print(f"head.safetensors: {len(header)} tensors, {metadata['layers']}")


if __name__ == "__main__":
    cache = sys.argv[1]
    splits = {split: check_cache(cache, split) for split in ("train", "valid", "test")}
    check_head(cache, splits["test"])
    check_onnx(cache, sys.argv[2], splits["test"])
    check_safetensors(cache)
