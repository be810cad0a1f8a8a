"""Makes resized.bin: pictures resized by Pillow, for ResizeTests.swift. Run it in this folder; made with Pillow 13.0.

The file is a run of sources. Each is four little-endian uint16 (height, width, channels, number of results) and its
pixels; then for each result four uint16 (height, width, filter: 0 nearest, 1 bilinear, 2 bicubic, 3 lanczos; aspect:
0 stretch, 1 crop, 2 pad) and its pixels.
"""

import struct

import numpy as np
from PIL import Image, ImageOps

FILTERS = [Image.NEAREST, Image.BILINEAR, Image.BICUBIC, Image.LANCZOS]
NEAREST, BILINEAR, BICUBIC, LANCZOS = range(4)
STRETCH, CROP, PAD = range(3)


def digit():
    """A stroke like a handwritten 7: grey levels, hard edges, black around."""
    y, x = np.mgrid[0:28, 0:28]
    bar = np.clip(255 - 90 * np.abs(y - 6.5), 0, 255) * ((x > 5) & (x < 21))
    stem = np.clip(255 - 80 * np.abs(x - 20 + 0.55 * (y - 6)), 0, 255) * ((y > 6) & (y < 25))
    return np.maximum(bar, stem).astype(np.uint8)[..., None]


def photograph(height, width, channels):
    """Smooth shading, sharp edges and noise, up to both ends of the range."""
    rng = np.random.default_rng(height * width)
    y, x = np.mgrid[0:height, 0:width]
    planes = []
    for channel in range(channels):
        plane = 128 + 90 * np.sin(x / (7.0 + channel) + channel) * np.cos(y / (9.0 - channel))
        plane += 70 * (((x // 11) + (y // 13)) % 2) - 35 + rng.normal(0, 30, (height, width))
        planes.append(plane)
    return np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)


def results(pixels, targets):
    """The record of one source; targets are (height, width, filter), perhaps with an aspect."""
    height, width, channels = pixels.shape
    image = Image.fromarray(pixels[..., 0] if channels == 1 else pixels)
    out = struct.pack("<4H", height, width, channels, len(targets)) + pixels.tobytes()
    for height, width, filter, *aspect in targets:
        resize = [Image.Image.resize, ImageOps.fit, ImageOps.pad][aspect[0] if aspect else STRETCH]
        out += struct.pack("<4H", height, width, filter, aspect[0] if aspect else STRETCH)
        out += resize(image, (width, height), FILTERS[filter]).tobytes()
    return out


def every_filter(*sizes):
    return [(height, width, filter) for height, width in sizes for filter in range(4)]


with open("resized.bin", "wb") as file:
    # Digits up, as the pipeline does it, and down.
    file.write(results(digit(), [(96, 96, BILINEAR), (224, 224, BILINEAR)] + every_filter((32, 32), (13, 17))))
    # A photograph down, up, one axis of each, one axis alone, and not at all.
    small = photograph(47, 61, 3)
    file.write(results(small, every_filter((22, 31), (30, 90), (80, 17), (47, 20), (60, 61), (47, 61))))
    # Cut or padded to another shape: wider, taller, the same; by an odd and an even number of pixels.
    shapes = [(height, width, filter, aspect) for aspect in (CROP, PAD) for height, width, filter in
              [*every_filter((32, 32)), (22, 21, BILINEAR), (24, 64, BICUBIC), (47, 47, BILINEAR), (94, 122, BILINEAR)]]
    file.write(results(small, shapes))
    file.write(results(photograph(131, 33, 1), [(32, 32, BILINEAR, CROP), (32, 32, BILINEAR, PAD), (7, 32, LANCZOS, CROP)]))
    # Grey, wider than a vector and not a multiple of it; down to one pixel.
    file.write(results(photograph(33, 131, 1), every_filter((20, 77), (1, 1))))
    # So tall that the height is shrunk first.
    file.write(results(photograph(404, 4, 3), every_filter((30, 9))))
    # A single pixel.
    file.write(results(photograph(1, 1, 3), every_filter((5, 4))))
