"""Makes fine-tuning.json: two small networks' last convolutions and a head trained by PyTorch, for FineTunerTests to follow
step by step: the losses of 20 steps, and the gradients of the first.

Run in this folder. Seen to work: torch 2.15, numpy 2.4.

There is no dropout (its random numbers are nobody else's business) and no batch normalization: it takes out the bias of
units that are active in a whole batch, and Adam would turn that gradient's rounding error into steps of full length. (The
head alone is compared with Keras': make_head.py.) All is in double precision. Nothing else is stored: features and values
are made of Philox's words (philox.py). Of every gradient each seventh element is kept, as float32,
little-endian, in base64.
"""

import base64
import json
import pathlib

import numpy as np
import torch
from philox import numbers, words
from torch import nn

STEPS, RATE, CLASSES, UNITS = 20, 2e-4, 3, [20, 17]
# Features, the channels that convolutions put out ("M" is a 2×2 max pooling), images of a step, images.
NETWORKS = {
    "one block": ((7, 5, 32), [32, 32, "M"], 9, 27),
    "two blocks": ((9, 6, 32), [64, "M", 32, 32, "M"], 9, 27),
}
FEATURES, LABELS, CONVOLUTIONS, HEAD = 1000, 1001, 2000, 3000  # Streams; layers' follow one another.


def assign(parameter, values):
    with torch.no_grad():
        parameter.copy_(torch.tensor(values.astype(np.float64)))


def network(shape, table):
    """The layers, and what is trained in Keras' order: (parameter, its axes in that order)."""
    height, width, channels = shape
    layers, trained = [], []
    stream = CONVOLUTIONS
    for outputs in table:
        if outputs == "M":
            layers.append(nn.MaxPool2d(2))
            height, width = height // 2, width // 2
            continue
        convolution = nn.Conv2d(channels, outputs, 3, padding=1).double()
        kernel = numbers((3, 3, channels, outputs), stream, (6 / (9 * channels)) ** 0.5)
        assign(convolution.weight, kernel.transpose(3, 2, 0, 1))
        assign(convolution.bias, numbers((outputs,), stream + 1, 0.1))
        layers += [convolution, nn.ReLU()]
        trained += [(convolution.weight, (2, 3, 1, 0)), (convolution.bias, (0,))]
        channels, stream = outputs, stream + 2
    # Channels last before flattening, as in Keras.
    layers.append(Flatten())
    inputs, stream = height * width * channels, HEAD
    for units in UNITS + [CLASSES]:
        dense = nn.Linear(inputs, units).double()
        assign(dense.weight, numbers((inputs, units), stream, (6 / (inputs + units)) ** 0.5).T)
        assign(dense.bias, numbers((units,), stream + 1, 0.1))
        layers.append(dense)
        trained += [(dense.weight, (1, 0)), (dense.bias, (0,))]
        if units != CLASSES:
            layers.append(nn.ReLU())
        inputs, stream = units, stream + 2
    return nn.Sequential(*layers), trained


class Flatten(nn.Module):
    def forward(self, x):
        return x.permute(0, 2, 3, 1).flatten(1)


def run(shape, table, batch, images):
    features = np.maximum(numbers((images, *shape), FEATURES, 1), 0)
    features = torch.tensor(features.astype(np.float64)).permute(0, 3, 1, 2)
    labels = torch.tensor((words(images, LABELS) % CLASSES).astype(np.int64))
    model, trained = network(shape, table)
    optimizer = torch.optim.Adam([parameter for parameter, _ in trained], lr=RATE)
    losses, gradients = [], []
    for step in range(STEPS):
        rows = slice(step * batch % images, step * batch % images + batch)
        # Keras' epsilon stands outside the bias corrections.
        optimizer.param_groups[0]["eps"] = 1e-7 / (1 - 0.999 ** (step + 1)) ** 0.5
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(features[rows]), labels[rows])
        loss.backward()
        if step == 0:
            for parameter, axes in trained:
                kept = parameter.grad.permute(axes).reshape(-1)[::7].numpy().astype("<f4")
                gradients.append(base64.b64encode(kept.tobytes()).decode())
        optimizer.step()
        losses.append(float(f"{loss.item():.9g}"))
    return {"losses": losses, "gradients": gradients}


def main():
    result = {name: run(*arguments) for name, arguments in NETWORKS.items()}
    path = pathlib.Path(__file__).with_name("fine-tuning.json")
    path.write_text(json.dumps(result, separators=(",", ":")) + "\n")
    print(path, path.stat().st_size, {name: (r["losses"][0], r["losses"][-1]) for name, r in result.items()})


if __name__ == "__main__":
    main()
