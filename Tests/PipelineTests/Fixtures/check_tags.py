"""Images with any number of labels: h5py, Keras 3 and ONNX Runtime on what the pipeline writes of them.

usage: check_tags.py make DIGITS FOLDER    pictures of two digits side by side, FOLDER/images, and their tags, FOLDER/tags.csv
       check_tags.py check CACHE FOLDER    after extract --data FOLDER/images --labels FOLDER/tags.csv --tags, fit-head --head
                                           fastai --export CACHE/model.onnx, submit

Needs numpy and pillow; to check h5py, onnxruntime and keras (with any backend), too. Ends with status 1 and a line that says
what is wrong.
"""

import csv
import gzip
import os
import sys

import numpy as np
from PIL import Image

NAMES = "zero one two three four five six seven eight nine".split()
ROWS = 240


def make(digits, folder):
    with gzip.open(digits, "rt") as file:
        table = np.array([[int(value) for value in row] for row in csv.reader(file)])
    pixels, labels = table[:, :784].reshape(-1, 28, 28).astype(np.uint8), table[:, 784]
    os.makedirs(os.path.join(folder, "images"))
    random = np.random.default_rng(1)
    with open(os.path.join(folder, "tags.csv"), "w") as file:
        file.write("image_name,tags\n")
        for row in range(ROWS):
            pair = random.integers(0, len(table), 2)
            name = f"images/{row}.png"
            Image.fromarray(np.concatenate(list(pixels[pair]), axis=1)).save(os.path.join(folder, name))
            file.write(f"{row},{' '.join(sorted({NAMES[labels[i]] for i in pair}))}\n")


def check(cache, folder):
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import h5py
    import keras
    import onnxruntime

    from check_files import read_everything

    with open(os.path.join(folder, "tags.csv"), newline="") as file:
        tags = {row["image_name"] + ".png": row["tags"].split() for row in csv.DictReader(file)}
    for split in ("train", "valid", "test"):
        attributes, values = read_everything(os.path.join(cache, f"{split}.h5"))
        names = [name.decode() for name in values["label_names"]]
        expected = [[int(name in tags[file.decode()]) for name in names] for file in values["filenames"]]
        assert attributes["label_kind"] == b"multi-label" and values["labels"].dtype == np.int32
        assert (values["labels"] == expected).all(), split
    head, results = read_everything(os.path.join(cache, "head.weights.h5"))
    p, layers = float(head["dropout"]), keras.layers
    model = keras.Sequential(
        [layers.Input(values["features"].shape[1:]), layers.MaxPooling2D(), layers.Flatten(), layers.Dropout(p / 2)]
        + [layers.Dense(128, activation="relu"), layers.BatchNormalization(), layers.Dropout(p / 2)]
        + [layers.Dense(128, activation="relu"), layers.BatchNormalization(), layers.Dropout(p)]
        + [layers.Dense(len(names), activation="sigmoid")]
    )
    model.load_weights(os.path.join(cache, "head.weights.h5"))
    with h5py.File(os.path.join(cache, "valid.h5")) as file:
        validation, truth = file["features"][()], file["labels"][()]
    found = np.asarray(model.predict(validation, verbose=0))
    assert np.abs(found - results["validation/probabilities"]).max() < 1e-5
    loss = float(keras.losses.BinaryCrossentropy()(truth.astype(np.float32), found))
    with h5py.File(os.path.join(cache, "head.weights.h5")) as file:
        assert abs(loss - file["metrics"].attrs["log_loss"]) < 1e-5, loss
    probabilities = np.asarray(model.predict(values["features"], verbose=0))
    answers = [{name for name, is_there in zip(names, row) if is_there} for row in probabilities >= head["thresholds"]]
    with open(os.path.join(cache, "submission.csv"), newline="") as file:
        submitted = {row["image_name"]: set(row["tags"].split()) for row in csv.DictReader(file)}
    assert submitted == {name.decode(): own for name, own in zip(values["filenames"], answers)}
    session = onnxruntime.InferenceSession(os.path.join(cache, "model.onnx"))
    _, height, width, _ = session.get_inputs()[0].shape
    images = [
        Image.open(os.path.join(folder, "images", name.decode())).convert("RGB").resize((width, height), Image.BILINEAR)
        for name in values["filenames"]
    ]
    found = session.run(None, {"image": np.stack([np.asarray(image, np.float32) for image in images])})[0]
    difference = np.abs(found - probabilities).max()
    assert difference < 1e-5, difference
    print(f"tags: labels {values['labels'].shape}, Keras' loss {loss:.4f}, ONNX Runtime within {difference:.1e}")


if __name__ == "__main__":
    {"make": make, "check": check}[sys.argv[1]](*sys.argv[2:])
