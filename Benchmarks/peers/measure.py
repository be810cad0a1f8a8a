"""What the peers' scripts share: VGG16's table, random weights, and the measurement that `bench conv` makes, too."""

import argparse
import json
import resource
import statistics
import time

import numpy as np

# Output channels of the convolutions up to block5_conv3; "M" is a 2×2 max pooling.
VGG16 = [64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512]


def options():
    parser = argparse.ArgumentParser(description="VGG16 from images in memory to block5_conv3 in memory, float32.")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=10, help="after two that are not measured")
    return parser


def random_weights():
    """(kernel 3×3×Cin×Cout, bias) of the 13 convolutions: He initialisation, as in `bench conv`."""
    random = np.random.default_rng(0)
    channels = 3
    for outputs in VGG16:
        if outputs == "M":
            continue
        limit = np.sqrt(6 / (9 * channels))
        kernel = random.uniform(-limit, limit, (3, 3, channels, outputs)).astype(np.float32)
        yield kernel, random.uniform(0, 0.1, outputs).astype(np.float32)
        channels = outputs


def images(arguments):
    """N×H×W×3."""
    shape = (arguments.batch, arguments.size, arguments.size, 3)
    return np.random.default_rng(1).uniform(-128, 128, shape).astype(np.float32)


def relative_error(features, arguments):
    """How far features h×w×512 of the last image are from those of float64, by PyTorch: relative L2."""
    import torch
    from torch.nn import functional

    weights = random_weights()
    values = torch.from_numpy(images(arguments)[-1:]).double().permute(0, 3, 1, 2)
    for outputs in VGG16:
        if outputs == "M":
            values = functional.max_pool2d(values, 2)
            continue
        kernel, bias = (torch.from_numpy(array).double() for array in next(weights))
        values = functional.conv2d(values, kernel.permute(3, 2, 0, 1), bias, padding=1).relu_()
    expected = values[0].permute(1, 2, 0).numpy()
    return float(np.linalg.norm(features - expected) / np.linalg.norm(expected))


def report(name, arguments, extract, last):
    """Measures `extract()` and prints the figures as JSON.

    `last` takes the last image's features, h×w×512, out of what `extract()` returns.
    """
    for _ in range(2):
        result = extract()
    features = np.array(last(result))
    per_second, per_processor_second = [], []
    for _ in range(arguments.runs):
        began, processor_began = time.perf_counter(), time.process_time()
        extract()
        per_second.append(arguments.batch / (time.perf_counter() - began))
        per_processor_second.append(
            arguments.batch * arguments.threads / (time.process_time() - processor_began))
    figures = {
        "name": name,
        "size": arguments.size,
        "batch": arguments.batch,
        "threads": arguments.threads,
        "images_per_second": {
            "median": statistics.median(per_second),
            "min": min(per_second),
            "max": max(per_second),
        },
        "images_per_processor_second": statistics.median(per_processor_second),
        "peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    # After the memory is read: PyTorch and double precision need some of their own.
    figures["relative_error"] = relative_error(features, arguments)
    print(json.dumps(figures))
