"""Makes fine-tuning-keras.json: what make_fine_tuning.py makes, by Keras: the same networks from the same values.

Run in this folder. Seen to work: keras 3.15, tensorflow 2.21, numpy 2.4.
"""

import base64
import json
import pathlib

import keras
import numpy as np
import tensorflow as tf
from philox import numbers, words

STEPS, RATE, CLASSES, UNITS = 20, 2e-4, 3, [20, 17]
# As in make_fine_tuning.py.
NETWORKS = {
    "one block": ((7, 5, 32), [32, 32, "M"], 9, 27),
    "two blocks": ((9, 6, 32), [64, "M", 32, 32, "M"], 9, 27),
}
FEATURES, LABELS, CONVOLUTIONS, HEAD = 1000, 1001, 2000, 3000

keras.config.set_floatx("float64")


def network(shape, table):
    """The documented Sequential, with values in it."""
    layers = keras.layers
    model = keras.Sequential([layers.Input(shape)])
    for outputs in table:
        model.add(
            layers.MaxPooling2D() if outputs == "M" else layers.Conv2D(outputs, 3, padding="same", activation="relu"))
    model.add(layers.Flatten())
    for units in UNITS:
        model.add(layers.Dense(units, activation="relu"))
    model.add(layers.Dense(CLASSES, activation="softmax"))
    streams = {layers.Conv2D: CONVOLUTIONS, layers.Dense: HEAD}
    for layer in model.layers:
        if type(layer) not in streams:
            continue
        stream = streams[type(layer)]
        kernel = layer.kernel.shape
        fans = 9 * kernel[2] if len(kernel) == 4 else sum(kernel)
        layer.kernel.assign(numbers(kernel, stream, (6 / fans) ** 0.5))
        layer.bias.assign(numbers(layer.bias.shape, stream + 1, 0.1))
        streams[type(layer)] += 2
    return model


def run(shape, table, batch, images):
    features = np.maximum(numbers((images, *shape), FEATURES, 1), 0).astype(np.float64)
    labels = (words(images, LABELS) % CLASSES).astype(np.int64)
    model = network(shape, table)
    optimizer = keras.optimizers.Adam(RATE)
    cross_entropy = keras.losses.SparseCategoricalCrossentropy()
    losses, gradients = [], []
    for step in range(STEPS):
        rows = slice(step * batch % images, step * batch % images + batch)
        with tf.GradientTape() as tape:
            loss = cross_entropy(labels[rows], model(features[rows], training=True))
        steps = tape.gradient(loss, model.trainable_variables)
        if step == 0:
            for gradient in steps:
                kept = gradient.numpy().reshape(-1)[::7].astype("<f4")
                gradients.append(base64.b64encode(kept.tobytes()).decode())
        optimizer.apply(steps, model.trainable_variables)
        losses.append(float(f"{float(loss):.9g}"))
    return {"losses": losses, "gradients": gradients}


def main():
    result = {name: run(*arguments) for name, arguments in NETWORKS.items()}
    path = pathlib.Path(__file__).with_name("fine-tuning-keras.json")
    path.write_text(json.dumps(result, separators=(",", ":")) + "\n")
    print(path, path.stat().st_size, {name: (r["losses"][0], r["losses"][-1]) for name, r in result.items()})


if __name__ == "__main__":
    main()
