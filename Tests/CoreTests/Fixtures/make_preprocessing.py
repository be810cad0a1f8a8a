"""Makes preprocessing_*.f32: what Keras and torchvision make of 256 pixels (16×16; red i, green 7·i mod 256, blue 255−i).

Run in this folder. Needs numpy, keras, torch, torchvision (seen to work: keras 3.15, torch 2.15).
"""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras
import numpy as np
import torch
from torchvision.transforms.v2 import functional as F

i = np.arange(256)
image = np.stack([i, 7 * i % 256, 255 - i], axis=-1).reshape(16, 16, 3).astype(np.uint8)

caffe = keras.applications.vgg16.preprocess_input(image.astype(np.float32))
tf = keras.applications.imagenet_utils.preprocess_input(image.astype(np.float32), mode="tf")
tensor = F.to_dtype(torch.from_numpy(image).permute(2, 0, 1), torch.float32, scale=True)
normalized = F.normalize(tensor, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])

for name, values in [("caffe", caffe), ("tf", tf), ("torch", normalized.permute(1, 2, 0).numpy())]:
    np.ascontiguousarray(values, dtype="<f4").tofile(f"preprocessing_{name}.f32")
