"""Trains the fastai head in Keras 3 on a cache, by fit-head's default recipe, and prints its test accuracy.

    python accuracy_keras.py CACHE

The recipe: batches of 64, Adam, 55 epochs along a cosine from 3e-3 to 0, the rate set once an epoch; the epoch with the
lowest validation loss is kept.
"""

import math
import os
import pathlib
import sys

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import h5py
import keras
import numpy as np

EPOCHS, RATE, BATCH, P = 55, 3e-3, 64, 0.8


def read(split):
    """Features, pooled once for all epochs, and labels."""
    with h5py.File(pathlib.Path(sys.argv[1]) / f"{split}.h5") as cache:
        n, h, w, c = cache["features"].shape
        pooled = np.empty((n, h // 2, w // 2, c), np.float32)
        for start in range(0, n, 512):
            block = cache["features"][start : start + 512, : h // 2 * 2, : w // 2 * 2]
            pooled[start : start + 512] = block.reshape(len(block), h // 2, 2, w // 2, 2, c).max((2, 4))
        return pooled, cache["labels"][:]


def hidden(rate):
    return [
        keras.layers.Dropout(rate),
        keras.layers.Dense(128, activation="relu"),
        keras.layers.BatchNormalization(),
    ]


train, valid, test = map(read, ("train", "valid", "test"))
keras.utils.set_random_seed(1)
head = keras.Sequential(
    [keras.Input(train[0].shape[1:]), keras.layers.Flatten()]
    + hidden(P / 2)
    + hidden(P / 2)
    + [keras.layers.Dropout(P), keras.layers.Dense(int(train[1].max()) + 1, activation="softmax")]
)
head.compile(keras.optimizers.Adam(RATE), "sparse_categorical_crossentropy", metrics=["accuracy"])


class KeepBest(keras.callbacks.Callback):
    loss, weights = math.inf, None

    def on_epoch_end(self, epoch, logs):
        if logs["val_loss"] < self.loss:
            self.loss, self.weights = logs["val_loss"], self.model.get_weights()


best = KeepBest()
cosine = keras.callbacks.LearningRateScheduler(lambda epoch: RATE * (1 + math.cos(math.pi * epoch / EPOCHS)) / 2)
head.fit(*train, batch_size=BATCH, epochs=EPOCHS, validation_data=valid, verbose=0, callbacks=[cosine, best])
head.set_weights(best.weights)
print(f"test accuracy {100 * head.evaluate(*test, batch_size=512, verbose=0)[1]:.2f} %")
