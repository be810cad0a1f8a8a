"""Times epochs of head training in PyTorch, on the made-up features of `bench head`.

    python head_torch.py --samples 2000 --side 14 --threads 2
"""

import argparse
import json
import resource
import statistics
import time

import numpy as np
import torch
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--samples", type=int, default=2000)
parser.add_argument("--side", type=int, default=14)
parser.add_argument("--channels", type=int, default=512)
parser.add_argument("--zeros", type=float, default=0.95)
parser.add_argument("--classes", type=int, default=10)
parser.add_argument("--dropout", type=float, default=0.8)
parser.add_argument("--batch-size", type=int, default=64)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--runs", type=int, default=5)
parser.add_argument("--pool-once", action="store_true", help="pool before training, as ours does")
options = parser.parse_args()
torch.set_num_threads(options.threads)

draws = np.random.default_rng(1).random((options.samples, options.channels, options.side, options.side), np.float32)
features = torch.from_numpy(np.where(draws < options.zeros, 0, 30 * (draws - options.zeros) / max(1 - options.zeros, 1e-9)))
features = features.float()
labels = torch.arange(options.samples) % options.classes
pool = nn.MaxPool2d(2)
if options.pool_once:
    features, pool = pool(features), nn.Identity()
inputs = options.channels * (options.side // 2) ** 2
p = options.dropout


def hidden(inputs, rate):
    return [nn.Dropout(rate), nn.Linear(inputs, 128), nn.ReLU(), nn.BatchNorm1d(128, eps=1e-3, momentum=0.01)]


head = nn.Sequential(
    pool, nn.Flatten(), *hidden(inputs, p / 2), *hidden(128, p / 2), nn.Dropout(p), nn.Linear(128, options.classes)
)
optimizer = torch.optim.Adam(head.parameters(), lr=1e-3, eps=1e-7, fused=True)
loss_function = nn.CrossEntropyLoss()
head.train()


def epoch():
    order = torch.randperm(options.samples)
    for rows in order.split(options.batch_size):
        optimizer.zero_grad(set_to_none=True)
        loss_function(head(features[rows]), labels[rows]).backward()
        optimizer.step()


epoch()
speeds = []
for _ in range(options.runs):
    start = time.perf_counter()
    epoch()
    speeds.append(options.samples / (time.perf_counter() - start))
print(
    json.dumps(
        {
            "name": f"PyTorch {torch.__version__.split('+')[0]}" + (" (pooled once)" if options.pool_once else ""),
            "samples_per_second": statistics.median(speeds),
            "min": min(speeds),
            "max": max(speeds),
            "samples": options.samples,
            "inputs": inputs,
            "pool_once": options.pool_once,
            "batch_size": options.batch_size,
            "threads": options.threads,
            "runs": options.runs,
            "peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
    )
)
