"""Trains a head and then block 5 with it in Keras 3, from a cache cut after block4_pool, as `fit-head --fine-tune` does,
and prints the test accuracy of the head alone and of both.

    python fine_tuning_keras.py CACHE WEIGHTS

Head: fit-head's default recipe, on what the frozen block 5 makes of the features. Then 12 epochs along a cosine from 1e-4,
batches of 32, Adam; the epoch with the lowest validation loss is kept. WEIGHTS is the ONNX file or the Keras file that
setup fetches.
"""

import sys

import keras_recipe as recipe  # first: it chooses Keras' backend
import h5py
import keras
import numpy as np
import onnx


def block5(path):
    """Kernels (3, 3, 512, 512) and biases of VGG16's last three convolutions."""
    if path.endswith(".onnx"):
        graph = onnx.load(path).graph
        arrays = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
        nodes = [node for node in graph.node if node.op_type in ("Conv", "FusedConv")][10:13]
        return [(arrays[node.input[1]].transpose(2, 3, 1, 0), arrays[node.input[2]]) for node in nodes]
    arrays = []
    with h5py.File(path) as file:
        for index in (1, 2, 3):
            layer = []
            file[f"block5_conv{index}"].visititems(lambda _, item: layer.append(item[:]) if hasattr(item, "shape") else None)
            arrays.append(tuple(sorted(layer, key=lambda array: -array.ndim)))
    return arrays


cache, weights = sys.argv[1:]
train, valid, test = (recipe.read(cache, split) for split in ("train", "valid", "test"))
keras.utils.set_random_seed(1)
convolutions = [
    keras.layers.Conv2D(512, 3, padding="same", activation="relu", name=f"block5_conv{index}") for index in (1, 2, 3)
]
block = keras.Sequential([keras.Input(train[0].shape[1:]), *convolutions, keras.layers.MaxPooling2D()])
for layer, arrays in zip(convolutions, block5(weights)):
    layer.set_weights(arrays)


def frozen(data):
    return block.predict(data[0], batch_size=256, verbose=0), data[1]


head = keras.Sequential([keras.Input(block.output_shape[1:]), *recipe.head(int(train[1].max()) + 1)])
recipe.train(head, frozen(train), frozen(valid))
print("head alone:", recipe.test_accuracy(head, frozen(test)))
network = keras.Sequential([keras.Input(train[0].shape[1:]), *block.layers, *head.layers])
recipe.train(network, train, valid, epochs=12, rate=1e-4, batch=32)
print("fine-tuned:", recipe.test_accuracy(network, test))
