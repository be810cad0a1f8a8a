"""Times epochs of head training in Keras 3 on TensorFlow, on the made-up features of `bench head`.

    python head_keras.py --samples 2000 --side 14 --threads 2
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
tf.config.threading.set_intra_op_parallelism_threads(options.threads)
tf.config.threading.set_inter_op_parallelism_threads(1)

shape = (options.samples, options.side, options.side, options.channels)
draws = np.random.default_rng(1).random(shape, np.float32)
features = np.where(draws < options.zeros, 0, 30 * (draws - options.zeros) / max(1 - options.zeros, 1e-9))
features = features.astype(np.float32)
labels = np.arange(options.samples) % options.classes
pool = [keras.layers.MaxPooling2D()]
if options.pool_once:
    features = np.concatenate([np.asarray(pool[0](f)) for f in np.array_split(features, 10)])
    pool = []
p = options.dropout


def hidden(rate):
    return [
        keras.layers.Dropout(rate),
        keras.layers.Dense(128, activation="relu"),
        keras.layers.BatchNormalization(),
    ]


head = keras.Sequential(
    [keras.Input(features.shape[1:])]
    + pool
    + [keras.layers.Flatten()]
    + hidden(p / 2)
    + hidden(p / 2)
    + [keras.layers.Dropout(p), keras.layers.Dense(options.classes, activation="softmax")]
)
head.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])


class Speed(keras.callbacks.Callback):
    """Samples per second of every epoch."""

    speeds = []

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.speeds.append(options.samples / (time.perf_counter() - self.start))


head.fit(
    features, labels, batch_size=options.batch_size, epochs=options.runs + 1, verbose=0, callbacks=[Speed()]
)
speeds = Speed.speeds[1:]
print(
    json.dumps(
        {
            "name": f"Keras {keras.__version__}" + (" (pooled once)" if options.pool_once else ""),
            "samples_per_second": statistics.median(speeds),
            "min": min(speeds),
            "max": max(speeds),
            "samples": options.samples,
            "inputs": options.channels * (options.side // 2) ** 2,
            "pool_once": options.pool_once,
            "batch_size": options.batch_size,
            "threads": options.threads,
            "runs": options.runs,
            "peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
    )
)
