"""Times training steps of VGG16's last blocks and a head in Keras 3 on TensorFlow, on made-up features as `bench fine-tune`
has them.

    python fine_tune_keras.py --layer block4_pool --side 14 --threads 2
"""

import argparse
import json
import os
import resource
import statistics
import time

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--layer", choices=["block3_pool", "block4_pool"], default="block4_pool")
parser.add_argument("--side", type=int, default=14)
parser.add_argument("--classes", type=int, default=10)
parser.add_argument("--dropout", type=float, default=0.8)
parser.add_argument("--batch-size", type=int, default=32)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--runs", type=int, default=5)
parser.add_argument("--steps", type=int, default=2, help="training steps in a run")
options = parser.parse_args()
tf.config.threading.set_intra_op_parallelism_threads(options.threads)
tf.config.threading.set_inter_op_parallelism_threads(1)
keras.utils.set_random_seed(1)

blocks = 2 if options.layer == "block3_pool" else 1
shape = (options.batch_size, options.side, options.side, 512 // blocks)
features = np.maximum(np.random.default_rng(1).uniform(-0.5, 1, shape), 0).astype(np.float32)
labels = np.arange(options.batch_size) % options.classes
p = options.dropout
layers = []
for _ in range(blocks):
    layers += [keras.layers.Conv2D(512, 3, padding="same", activation="relu") for _ in range(3)]
    layers.append(keras.layers.MaxPooling2D())
layers.append(keras.layers.Flatten())
for _ in range(2):
    layers += [
        keras.layers.Dropout(p / 2),
        keras.layers.Dense(128, activation="relu"),
        keras.layers.BatchNormalization(),
    ]
layers += [keras.layers.Dropout(p), keras.layers.Dense(options.classes, activation="softmax")]
network = keras.Sequential([keras.Input(shape[1:]), *layers])
network.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy", jit_compile=False)
features, labels = tf.constant(features), tf.constant(labels)


def run():
    for _ in range(options.steps):
        network.train_on_batch(features, labels)


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
            "name": f"Keras {keras.__version__}",
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
