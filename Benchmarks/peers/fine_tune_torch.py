"""Times training steps of VGG16's last blocks and a head in PyTorch, on made-up features as `bench fine-tune` has them.

    python fine_tune_torch.py --layer block4_pool --side 14 --threads 2 [--compile]
"""

import argparse
import json
import resource
import statistics
import time

import torch
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--layer", choices=["block3_pool", "block4_pool"], default="block4_pool")
parser.add_argument("--side", type=int, default=14)
parser.add_argument("--classes", type=int, default=10)
parser.add_argument("--dropout", type=float, default=0.8)
parser.add_argument("--batch-size", type=int, default=32)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--runs", type=int, default=5)
parser.add_argument("--steps", type=int, default=2, help="training steps in a run")
parser.add_argument("--compile", action="store_true", help="torch.compile")
options = parser.parse_args()
torch.set_num_threads(options.threads)
torch.manual_seed(1)

blocks = 2 if options.layer == "block3_pool" else 1
channels, side, layers = 512 // blocks, options.side, []
features = torch.rand(options.batch_size, channels, side, side).mul(1.5).sub(0.5).relu()
for _ in range(blocks):
    for _ in range(3):
        layers += [nn.Conv2d(channels, 512, 3, padding=1), nn.ReLU()]
        channels = 512
    layers.append(nn.MaxPool2d(2))
    side //= 2
p = options.dropout


def hidden(inputs, rate):
    return [nn.Dropout(rate), nn.Linear(inputs, 128), nn.ReLU(), nn.BatchNorm1d(128, eps=1e-3, momentum=0.01)]


head = [*hidden(512 * side * side, p / 2), *hidden(128, p / 2), nn.Dropout(p), nn.Linear(128, options.classes)]
network = nn.Sequential(*layers, nn.Flatten(), *head).to(memory_format=torch.channels_last)
features = features.contiguous(memory_format=torch.channels_last)
labels = torch.arange(options.batch_size) % options.classes
optimizer = torch.optim.Adam(network.parameters(), lr=1e-4, eps=1e-7, fused=True)
loss_function = nn.CrossEntropyLoss()
network.train()
forward = torch.compile(network) if options.compile else network


def run():
    for _ in range(options.steps):
        optimizer.zero_grad(set_to_none=True)
        loss_function(forward(features), labels).backward()
        optimizer.step()


run()
per_second, per_processor_second = [], []
for _ in range(options.runs):
    began, processor_began = time.perf_counter(), time.process_time()
    run()
    images = options.batch_size * options.steps
    per_second.append(images / (time.perf_counter() - began))
    per_processor_second.append(images * options.threads / (time.process_time() - processor_began))
print(
    json.dumps(
        {
            "name": f"PyTorch {torch.__version__.split('+')[0]}" + (" (torch.compile)" if options.compile else ""),
            "images_per_second": {
                "median": statistics.median(per_second),
                "min": min(per_second),
                "max": max(per_second),
            },
            "images_per_processor_second": statistics.median(per_processor_second),
            "layer": options.layer,
            "side": options.side,
            "batch_size": options.batch_size,
            "threads": options.threads,
            "runs": options.runs,
            "steps": options.steps,
            "peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
    )
)
