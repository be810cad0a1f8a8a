"""Writes grad_cam.json: a small head, features, and where it looks for each class, by PyTorch's own gradients.

    python make_grad_cam.py            # needs torch and numpy

Grad-CAM as Selvaraju et al. 2017 define it: the gradient of a class's score before the softmax by the feature maps, its mean
over height and width as the channels' weights, and ReLU over the weighted sum. One head pools and has two hidden layers, the
other does neither.
"""

import json
import pathlib

import numpy as np
import torch

HEIGHT, WIDTH, CHANNELS, CLASSES, IMAGES = 5, 4, 6, 3, 4
random = np.random.default_rng(17)


def values(low, high, *shape):
    return random.uniform(low, high, shape).astype(np.float32)


def head(units, pools):
    """Kernel and bias of each dense layer; γ, β, mean and variance of each normalization: in Keras' order."""
    width = (HEIGHT // 2) * (WIDTH // 2) * CHANNELS if pools else HEIGHT * WIDTH * CHANNELS
    variables = []
    for unit in units:
        variables += [values(-0.4, 0.4, width, unit), values(-0.2, 0.2, unit)]
        variables += [values(0.5, 1.5, unit), values(-0.3, 0.3, unit), values(-0.2, 0.2, unit), values(0.3, 2, unit)]
        width = unit
    return variables + [values(-0.5, 0.5, width, CLASSES), values(-0.2, 0.2, CLASSES)]


def scores(features, variables, units, pools):
    x = features
    if pools:
        x = torch.nn.functional.max_pool2d(x.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1)
    x = x.reshape(len(features), -1)
    rest = [torch.from_numpy(v) for v in variables]
    for _ in units:
        kernel, bias, gamma, beta, mean, variance = rest[:6]
        rest = rest[6:]
        x = torch.relu(x @ kernel + bias)
        x = torch.nn.functional.batch_norm(x, mean, variance, gamma, beta, training=False, eps=1e-3)
    return x @ rest[0] + rest[1]


def maps(features, variables, units, pools):
    result = []
    for label in range(CLASSES):
        leaf = torch.from_numpy(features).requires_grad_(True)
        scores(leaf, variables, units, pools)[:, label].sum().backward()
        weights = leaf.grad.mean(dim=(1, 2), keepdim=True)
        result.append(torch.relu((weights * leaf.detach()).sum(dim=3)).ravel().tolist())
    return result


features = np.maximum(random.normal(-0.3, 1, (IMAGES, HEIGHT, WIDTH, CHANNELS)), 0).astype(np.float32)
heads = []
for units, pools in [([7, 9], True), ([], False)]:
    variables = head(units, pools)
    heads.append(
        {"units": units, "pools": int(pools), "variables": [v.ravel().tolist() for v in variables], "maps": maps(features, variables, units, pools)}
    )


def rounded(value):
    """Nine digits are enough to tell float32 values apart."""
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return {k: rounded(v) for k, v in value.items()}


result = {"shape": [HEIGHT, WIDTH, CHANNELS], "features": features.ravel().tolist(), "heads": heads}
path = pathlib.Path(__file__).with_name("grad_cam.json")
path.write_text(json.dumps(rounded(result), separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
