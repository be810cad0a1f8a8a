"""VGG16 to block5_conv3 with PyTorch, channels last; with --torchscript traced, frozen and optimised, too."""

import numpy as np
import torch
from torch import nn

import measure


def network():
    weights = measure.random_weights()
    layers = []
    for outputs in measure.VGG16:
        if outputs == "M":
            layers.append(nn.MaxPool2d(2))
            continue
        kernel, bias = next(weights)
        convolution = nn.Conv2d(kernel.shape[2], outputs, 3, padding=1)
        convolution.weight.data = torch.from_numpy(np.ascontiguousarray(kernel.transpose(3, 2, 0, 1)))
        convolution.bias.data = torch.from_numpy(bias)
        layers += [convolution, nn.ReLU(inplace=True)]
    return nn.Sequential(*layers).eval().to(memory_format=torch.channels_last)


def main():
    parser = measure.options()
    parser.add_argument("--torchscript", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    model = network()
    images = torch.from_numpy(measure.images(arguments)).permute(0, 3, 1, 2)  # Channels last in memory already.
    name = f"PyTorch {torch.__version__.split('+')[0]}"
    with torch.inference_mode():
        if arguments.torchscript:
            name += " (TorchScript)"
            model = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(model, images)))
        measure.report(name, arguments, lambda: model(images), last=lambda maps: maps[-1].permute(1, 2, 0))


if __name__ == "__main__":
    main()
