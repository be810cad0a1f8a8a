"""Prints the reference of Sources/Weights/KernelProbe.swift: channel means of the probe image's block5_conv3.

    python make_probe.py ../../../cache/weights/vgg16-imagenet.onnx

In double precision, with numpy, onnx and torch. The channels are those that tell turned kernels best from right ones.
"""

import sys

import numpy as np
import onnx
from onnx import numpy_helper

BLOCKS = [2, 2, 3, 3, 3]
CHANNELS = 32


def probe_image():
    """32×32×3, red, green, blue: a disc before a slope, and stripes below; no symmetry at all."""
    y, x, c = np.meshgrid(np.arange(32), np.arange(32), np.arange(3), indexing="ij")
    disc = (x - 20) ** 2 + (y - 9) ** 2 < 49
    stripes = (y > 18) & ((x + y) % 6 < 3)
    return np.minimum(np.where(disc, 230 - 60 * c, 4 * x + 2 * y + 30 * c) + 90 * stripes, 255)


def imagenet(path):
    """The kernels (output×input×3×3) and biases of the ONNX file that the set-up fetches."""
    tensors = {t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
    layers = []
    for block, count in enumerate(BLOCKS, 1):
        for name in [f"/block{block}_conv{i}_1/" for i in range(1, count + 1)]:
            kernel, bias = sorted((t for key, t in tensors.items() if name in key), key=lambda t: -t.size)
            layers.append((kernel, bias.flatten()))
    return layers


def channel_means(layers):
    import torch  # here: torch and TensorFlow, which make_full_files.py needs, don't get on in one process
    from torch.nn import functional

    image = probe_image()[:, :, ::-1] - np.array([103.939, 116.779, 123.68])
    x = torch.from_numpy(image).permute(2, 0, 1)[None]
    remaining = iter(layers)
    for block, count in enumerate(BLOCKS):
        x = functional.max_pool2d(x, 2) if block else x
        for kernel, bias in [next(remaining) for _ in range(count)]:
            kernel, bias = torch.tensor(kernel).double(), torch.tensor(bias).double()
            x = functional.relu(functional.conv2d(x, kernel, bias, padding=1))
    return x[0].mean((1, 2)).numpy()


if __name__ == "__main__":
    layers = imagenet(sys.argv[1])
    right = channel_means(layers)
    turned = channel_means([(kernel[:, :, ::-1, ::-1].copy(), bias) for kernel, bias in layers])
    channels = sorted(np.abs(right - turned).argsort()[::-1][:CHANNELS])
    distance = np.linalg.norm((right - turned)[channels]) / np.linalg.norm(right[channels])
    print(f"// Turned kernels are {distance:.2f} away.")
    for start in range(0, CHANNELS, 8):
        print(" ".join(f"({c}, {right[c]:.3f})," for c in channels[start : start + 8]))
