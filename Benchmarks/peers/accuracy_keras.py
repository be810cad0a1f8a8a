"""Trains the fastai head in Keras 3 on a cache, by fit-head's default recipe, and prints its test accuracy.

    python accuracy_keras.py CACHE
"""

import sys

import keras_recipe as recipe  # first: it chooses Keras' backend
import keras
import numpy as np


def read(split):
    """Features, pooled once for all epochs, and labels."""
    features, labels = recipe.read(sys.argv[1], split)
    n, h, w, c = features.shape
    pooled = np.empty((n, h // 2, w // 2, c), np.float32)
    for start in range(0, n, 512):
        block = features[start : start + 512, : h // 2 * 2, : w // 2 * 2]
        pooled[start : start + 512] = block.reshape(len(block), h // 2, 2, w // 2, 2, c).max((2, 4))
    return pooled, labels


train, valid, test = map(read, ("train", "valid", "test"))
keras.utils.set_random_seed(1)
network = keras.Sequential([keras.Input(train[0].shape[1:]), *recipe.head(int(train[1].max()) + 1)])
recipe.train(network, train, valid)
print(recipe.test_accuracy(network, test))
