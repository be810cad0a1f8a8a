"""What the Keras peers of our results share: fit-head's default head and recipe, in Keras 3 on TensorFlow.

The recipe: batches of 64, Adam, 55 epochs along a cosine from 3e-3 to 0, the rate set once an epoch; the epoch with the
lowest validation loss is kept.
"""

import math
import os
import pathlib

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import h5py
import keras

EPOCHS, RATE, BATCH, P = 55, 3e-3, 64, 0.8


def read(cache, split):
    """Features and labels of a split."""
    with h5py.File(pathlib.Path(cache) / f"{split}.h5") as file:
        return file["features"][:], file["labels"][:]


def head(classes):
    """The layers after the pooling."""
    layers = [keras.layers.Flatten()]
    for _ in range(2):
        layers += [
            keras.layers.Dropout(P / 2),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.BatchNormalization(),
        ]
    return layers + [keras.layers.Dropout(P), keras.layers.Dense(classes, activation="softmax")]


class KeepBest(keras.callbacks.Callback):
    loss, weights = math.inf, None

    def on_epoch_end(self, epoch, logs):
        if logs["val_loss"] < self.loss:
            self.loss, self.weights = logs["val_loss"], self.model.get_weights()


def train(network, data, validation, epochs=EPOCHS, rate=RATE, batch=BATCH):
    """Trains along a cosine, and leaves the network as it was after its best epoch."""
    network.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    best = KeepBest()
    cosine = keras.callbacks.LearningRateScheduler(lambda epoch: rate * (1 + math.cos(math.pi * epoch / epochs)) / 2)
    network.fit(*data, batch_size=batch, epochs=epochs, validation_data=validation, verbose=0, callbacks=[cosine, best])
    network.set_weights(best.weights)


def test_accuracy(network, data):
    return f"test accuracy {100 * network.evaluate(*data, batch_size=512, verbose=0)[1]:.2f} %"
