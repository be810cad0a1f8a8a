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
import torchvision
from philox import numbers

HEIGHT, WIDTH = 40, 53


def main():
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
