"""Makes vgg11.f32, vgg13.f32 and vgg19.f32: the last convolution's output (with its ReLU) of torchvision's networks with
random weights, for one random image of 40×53, computed in double precision; float32, little-endian, channels last.

Run in this folder. Seen to work: torch 2.13, torchvision 0.28, numpy 2.4.

Nothing else is stored: weights and image are made of the words of Philox4x32-10 (Salmon, Moraes, Dror and Shaw, SC 2011;
Random.swift), which BackboneTests.swift draws, too: under the seed 5, stream 2i has convolution i's kernel
(3×3×input×output), stream 2i + 1 its bias, and stream 1000 the image (height×width×channels). A word w is the number
(w >> 8) / 2^23 - 1, from -1 to 1; kernels are scaled by √(6 / (9 input)) (He et al. 2015), images by 128.
"""

import numpy as np
import torch

HEIGHT, WIDTH = 40, 53
SEED = 5


def words(count, stream):
    """The first words of a stream: block b is ten rounds over the counter (b, 0, stream, 0)."""
    low = np.uint64(0xFFFFFFFF)
    blocks = (count + 3) // 4
    c0, c1 = np.arange(blocks, dtype=np.uint64), np.zeros(blocks, np.uint64)
    c2, c3 = np.full(blocks, stream, np.uint64), np.zeros(blocks, np.uint64)
    key0, key1 = SEED, 0
    for _ in range(10):
        product0, product1 = c0 * np.uint64(0xD2511F53), c2 * np.uint64(0xCD9E8D57)
        c0 = (product1 >> np.uint64(32)) ^ c1 ^ np.uint64(key0)
        c1 = product1 & low
        c2 = (product0 >> np.uint64(32)) ^ c3 ^ np.uint64(key1)
        c3 = product0 & low
        key0, key1 = (key0 + 0x9E3779B9) & 0xFFFFFFFF, (key1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack([c0, c1, c2, c3], axis=1).reshape(-1)[:count].astype(np.uint32)


def numbers(shape, stream, scale):
    units = (words(int(np.prod(shape)), stream) >> 8).astype(np.float32) / np.float32(2**23) - np.float32(1)
    return (units * np.float32(scale)).reshape(shape)


def main():
    import torchvision  # Which make_fine_tuning.py, which takes the numbers above, does not need.

    image = torch.tensor(numbers((HEIGHT, WIDTH, 3), 1000, 128)).double().permute(2, 0, 1)[None]
    for name in ("vgg11", "vgg13", "vgg19"):
        # Without the last pooling.
        features = getattr(torchvision.models, name)(weights=None).features[:-1].double()
        convolutions = [layer for layer in features if isinstance(layer, torch.nn.Conv2d)]
        with torch.no_grad():
            for index, layer in enumerate(convolutions):
                outputs, inputs = layer.weight.shape[:2]
                kernel = numbers((3, 3, inputs, outputs), 2 * index, (6 / (9 * inputs)) ** 0.5)
                layer.weight.copy_(torch.tensor(kernel).permute(3, 2, 0, 1))
                layer.bias.copy_(torch.tensor(numbers((outputs,), 2 * index + 1, 1)))
            output = features(image)[0].permute(1, 2, 0).contiguous().numpy()
        print(name, output.shape, np.linalg.norm(output))
        output.astype("<f4").tofile(f"{name}.f32")


if __name__ == "__main__":
    main()
