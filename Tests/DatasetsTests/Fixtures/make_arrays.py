"""Makes the arrays of ArrayTests. Run it in this folder; made with numpy 2.4 and h5py 3.16.

Every picture's element at row n, height y, width x, channel c is (7n + 5y + 3x + 11c) mod 256; every label is n mod 3.

keras.npz: x_train, y_train, x_test, y_test, as Keras' mnist.npz.
medmnist.npz: train_images, …, val_…, test_…, deflated, in colour, labels N×1.
signs.h5: train_set_x, train_set_y, test_set_x, test_set_y, list_classes, as a course on deep learning has them; in chunks.
channels.h5: images (channels first, in a group) and labels (texts).
floats.npz: X and y, floating point from 0 to 1, labels one column a class.
"""

import h5py
import numpy as np


def pictures(count, height, width, channels=None):
    n, y, x, c = np.ogrid[:count, :height, :width, : channels or 1]
    values = ((7 * n + 5 * y + 3 * x + 11 * c) % 256).astype(np.uint8)
    return values if channels else values[..., 0]


def labels(count):
    return np.arange(count) % 3


np.savez("keras.npz", x_train=pictures(30, 6, 5), y_train=labels(30).astype(np.uint8), x_test=pictures(9, 6, 5), y_test=labels(9).astype(np.uint8))
splits = {}
for split, count in [("train", 12), ("val", 6), ("test", 3)]:
    splits |= {f"{split}_images": pictures(count, 4, 7, 3), f"{split}_labels": labels(count).reshape(-1, 1).astype(np.int64)}
np.savez_compressed("medmnist.npz", **splits)
with h5py.File("signs.h5", "w", track_order=False) as file:
    for split, count in [("train", 21), ("test", 6)]:
        file.create_dataset(f"{split}_set_x", data=pictures(count, 5, 5, 3), chunks=(4, 5, 5, 3), compression="gzip")
        file[f"{split}_set_y"] = labels(count).astype(np.int64)
    file["list_classes"] = np.arange(3)
with h5py.File("channels.h5", "w") as file:
    file["data/images"] = pictures(24, 4, 6, 3).transpose(0, 3, 1, 2)
    file["data/labels"] = np.array(["cat", "dog", "owl"], dtype="S3")[labels(24)]
np.savez("floats.npz", X=(pictures(24, 4, 6, 3) / 255).astype(np.float32), y=np.eye(3)[labels(24)])
