"""Writes head.json: a small head trained by Keras 3, for the tests to follow step by step.

    python make_head.py            # needs keras 3 and tensorflow
    python make_head.py tags       # tag_head.json: the same with any number of classes a row, sigmoid and binary cross-entropy

No dropout (its random numbers are nobody else's business), so that everything else can be compared: the losses of 100
steps, the gradients of the first, the variables after 5, and the probabilities in the end.
"""

import json
import os
import pathlib
import sys

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy as np
import tensorflow as tf

TAGS = sys.argv[1:] == ["tags"]
ROWS, BATCH, STEPS, CLASSES, RATE, SEED = 48, 16, 100, 3, 2e-3, 11 if TAGS else 9

keras.utils.set_random_seed(SEED)
random = np.random.default_rng(SEED)
features = np.maximum(random.normal(-0.5, 1, (ROWS, 5, 4, 3)), 0).astype(np.float32)
labels = random.integers(0, 2, (ROWS, CLASSES)) if TAGS else random.integers(0, CLASSES, ROWS)

model = keras.Sequential(
    [
        keras.Input((5, 4, 3)),
        keras.layers.MaxPooling2D(),
        keras.layers.Flatten(),
        keras.layers.Dropout(0.0),
        keras.layers.Dense(20, activation="relu"),
        keras.layers.BatchNormalization(),
        keras.layers.Dropout(0.0),
        keras.layers.Dense(37, activation="relu"),
        keras.layers.BatchNormalization(),
        keras.layers.Dropout(0.0),
        keras.layers.Dense(CLASSES, activation="sigmoid" if TAGS else "softmax"),
    ]
)
# Unlike a new model's, all variables differ. Negative biases keep every unit from being active in a whole batch: BatchNorm
# would take its bias out again, and Adam turn the gradient's rounding error into steps of full length.
for variable in model.trainable_variables:
    if variable.path.endswith("bias"):
        variable.assign(random.uniform(-1, -0.2, variable.shape))
    elif not variable.path.endswith("kernel"):
        variable.assign(variable + random.uniform(-0.3, 0.3, variable.shape))
optimizer = keras.optimizers.Adam(RATE)


def variables():
    return [np.asarray(v).ravel().tolist() for v in model.get_weights()]


def step(rows):
    with tf.GradientTape() as tape:
        probabilities = model(features[rows], training=True)
        if TAGS:
            loss = keras.losses.BinaryCrossentropy()(labels[rows], probabilities)
        else:
            loss = keras.ops.mean(keras.losses.sparse_categorical_crossentropy(labels[rows], probabilities))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply(gradients, model.trainable_variables)
    return float(loss), [np.asarray(g).ravel().tolist() for g in gradients]


result = {
    "features": features.ravel().tolist(),
    "labels": labels.ravel().tolist(),
    "batch": BATCH,
    "rate": RATE,
    "initial": variables(),
    "losses": [],
}
smallest = 1.0
for i in range(STEPS):
    first = i * BATCH % ROWS
    loss, gradients = step(np.arange(first, first + BATCH))
    result["losses"].append(loss)
    if i == 0:
        result["gradients"] = gradients
    if i < 5:
        smallest = min([smallest] + [abs(g) for values in gradients for g in values if g != 0])
    if i == 4:
        result["after5"] = variables()
result["probabilities"] = np.asarray(model(features, training=False)).ravel().tolist()
# See above. Another seed, then.
assert smallest > 5e-8, smallest
result["names"] = [v.path for v in model.weights]


def rounded(value):
    """Nine digits are enough to tell float32 values apart."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return value


path = pathlib.Path(__file__).with_name("tag_head.json" if TAGS else "head.json")
path.write_text(json.dumps({k: rounded(v) for k, v in result.items()}, separators=(",", ":")) + "\n")
print(path, path.stat().st_size, result["losses"][0], result["losses"][-1], result["names"])
