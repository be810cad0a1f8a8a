"""Makes a folder of photograph-like JPEG files of 500×375 for timing `extract` end to end.

    python3 Benchmarks/make_photographs.py FOLDER [--count 2000] [--classes 4]

Noise in octaves, as smooth at large and detailed at small scale as photographs are; FOLDER/classN/NNNN.jpg at quality 90.
Needs numpy and pillow.
"""

import argparse
import pathlib

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 500, 375


def photograph(random):
    total = np.zeros((HEIGHT, WIDTH, 3))
    weights = 0.6 ** np.arange(8)
    for octave, weight in enumerate(weights / weights.sum()):
        cells = 2 << octave
        noise = random.integers(0, 256, (max(2, cells * 3 // 4), cells, 3), np.uint8)
        enlarged = Image.fromarray(noise).resize((WIDTH, HEIGHT), Image.BICUBIC)
        total += np.asarray(enlarged, float) * weight
    return Image.fromarray(total.clip(0, 255).astype(np.uint8))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--classes", type=int, default=4)
    arguments = parser.parse_args()
    random = np.random.default_rng(0)
    for index in range(arguments.count):
        folder = arguments.folder / f"class{index % arguments.classes}"
        folder.mkdir(parents=True, exist_ok=True)
        photograph(random).save(folder / f"{index:04}.jpg", quality=90)


if __name__ == "__main__":
    main()
