"""What `extract` does, as people write it with PyTorch: ImageFolder-like loading by 2 workers, VGG16 to block5_conv3 in
channels last, h5py with gzip level 1 and shuffle. Prints JSON with the images per second of the whole job.

    python3 Benchmarks/peers/extract_pytorch.py FOLDER [--limit N]

FOLDER holds class folders of JPEG files. Weights are random: they don't change the time. Needs torch, pillow and h5py.
"""

import argparse
import json
import pathlib
import resource
import tempfile
import time

import h5py
import numpy as np
import torch
from PIL import Image

import vgg16_pytorch


class Photographs(torch.utils.data.Dataset):
    def __init__(self, paths):
        self.paths = paths

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        image = Image.open(self.paths[index]).convert("RGB").resize((224, 224), Image.BILINEAR)
        values = np.asarray(image, np.float32)[:, :, ::-1] - np.array([103.939, 116.779, 123.68], np.float32)
        return torch.from_numpy(np.ascontiguousarray(values.transpose(2, 0, 1)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=8)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    paths = sorted(arguments.folder.glob("*/*.jpg"))[: arguments.limit]
    began = time.perf_counter()
    loader = torch.utils.data.DataLoader(Photographs(paths), batch_size=arguments.batch, num_workers=2)
    model = vgg16_pytorch.network()
    with tempfile.TemporaryDirectory() as folder, h5py.File(f"{folder}/features.h5", "w") as file:
        features = file.create_dataset(
            "features", (len(paths), 14, 14, 512), "f4", chunks=(2, 14, 14, 512), compression="gzip", compression_opts=1,
            shuffle=True)
        row = 0
        with torch.inference_mode():
            for images in loader:
                output = model(images.to(memory_format=torch.channels_last)).permute(0, 2, 3, 1).numpy()
                features[row : row + len(output)] = output
                row += len(output)
    seconds = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"images": len(paths), "images_per_second": len(paths) / seconds, "peak_memory_mib": memory}))


if __name__ == "__main__":
    main()
