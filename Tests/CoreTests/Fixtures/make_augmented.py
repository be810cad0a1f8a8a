"""Makes augmented.f32: what Keras' ImageDataGenerator makes of a picture, for AugmentationTests.swift.

Run in this folder. Needs numpy, scipy, keras (seen to work: keras 3.15). Keras 3 exchanges rows and columns: its tx moves
along the columns. The picture is 24×24: red 10·row, green 10·column, blue 7·row·column mod 256.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
import numpy as np
import scipy.ndimage

scipy.ndimage.interpolation = scipy.ndimage  # where Keras looks for it
from keras.src.legacy.preprocessing.image import ImageDataGenerator

row, column = np.mgrid[0:24, 0:24]
picture = np.stack([10 * row, 10 * column, 7 * row * column % 256], -1).astype(np.float32)
generator = ImageDataGenerator(fill_mode="nearest")

CASES = [  # rotation and shear in degrees; shifts in pixels
    dict(),
    dict(theta=13.0),
    dict(ty=1.25, tx=-2.5),
    dict(shear=-5.0),
    dict(channel_shift_intensity=17.5),
    dict(flip_horizontal=True),
    dict(theta=-9.0, ty=-0.75, tx=1.5, shear=4.0, channel_shift_intensity=-11.0, flip_horizontal=True),
]
results = [generator.apply_transform(picture, case) for case in CASES]
np.stack(results).astype("<f4").tofile("augmented.f32")
