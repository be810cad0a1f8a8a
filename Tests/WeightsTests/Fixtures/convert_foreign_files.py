"""Runs the lines that `extract` prints for weights in formats that it does not read: each must make a file that it reads.

    python convert_foreign_files.py ../../../cache/weights/vgg16-imagenet.onnx ../../../.build/release/extract [KIND …]

The ImageNet weights are written in each format by the library that owns it (MatConvNet's and Caffe's by hand, in their
layouts), the printed line is run as it stands, with the file's name in place of FILE, and what it makes must have the one
digest. Seen to work: tensorflow 2.21, keras 3.15, tf2onnx 1.17, torch 2.15, scipy 1.17, safetensors 0.8, and
opencv-python 4.14 for Caffe, which OpenCV 5 doesn't read any more.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

os.environ["KERAS_BACKEND"] = "tensorflow"
import numpy as np
from make_probe import BLOCKS, imagenet

DIGEST = "d9a27cc1fc7f975ef8cff49180e794ccd7c4bc868ebb49740803b3bbaa8dbefd"
WEIGHTS, EXTRACT = (os.path.abspath(path) for path in sys.argv[1:3])
NAMES = [f"conv{block}_{i}" for block, count in enumerate(BLOCKS, 1) for i in range(1, count + 1)]


def layers():
    """The name, the kernel (height×width×input×output) and the bias of each convolution."""
    return [(name, kernel.transpose(2, 3, 1, 0), bias) for name, (kernel, bias) in zip(NAMES, imagenet(WEIGHTS))]


def keras_vgg16():
    import keras

    model = keras.applications.VGG16(weights=None, include_top=False, input_shape=(None, None, 3))
    model.set_weights([array for _, kernel, bias in layers() for array in (kernel, bias)])
    return model


def torch_vgg16():
    import torch
    from torch import nn

    modules, channels = [], 3
    convolutions = iter(layers())
    for count in BLOCKS:
        for _, kernel, bias in [next(convolutions) for _ in range(count)]:
            layer = nn.Conv2d(channels, len(bias), 3, padding=1)
            layer.weight.data, layer.bias.data = torch.tensor(kernel.transpose(3, 2, 0, 1).copy()), torch.tensor(bias)
            modules += [layer, nn.ReLU()]
            channels = len(bias)
        modules.append(nn.MaxPool2d(2))
    return nn.Sequential(*modules).eval()


# A writer for each kind. It returns what the printed line calls FILE, FOLDER, PREFIX, INPUT or OUTPUT.


def saved_model(path):
    keras_vgg16().export(path, verbose=False)
    return {"FOLDER": path}


def frozen_graph(path):
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    model = keras_vgg16()
    image = tf.TensorSpec([None, None, None, 3], tf.float32, name="image")
    frozen = convert_variables_to_constants_v2(tf.function(model).get_concrete_function(image))
    pathlib.Path(path).write_bytes(frozen.graph.as_graph_def().SerializeToString())
    return {"FILE": path, "INPUT:0": frozen.inputs[0].name, "OUTPUT:0": frozen.outputs[0].name}


def tensorflow_lite(path):
    import tensorflow as tf

    keras_vgg16().export(path + ".saved", verbose=False)
    pathlib.Path(path).write_bytes(tf.lite.TFLiteConverter.from_saved_model(path + ".saved").convert())
    return {"FILE": path}


def checkpoint(path):
    import tensorflow as tf

    tf.train.Checkpoint(model=keras_vgg16()).write(path)
    return {"PREFIX": path}


def checkpoint_of_training(path):
    import keras
    import tensorflow as tf

    base = keras_vgg16()
    weights = base.get_weights()
    model = keras.Sequential([base, keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(2)])
    model.compile("adam", "mse")
    model.fit(np.zeros((2, 32, 32, 3)), np.zeros((2, 2)), verbose=0)
    base.set_weights(weights)
    return {"PREFIX": tf.train.Checkpoint(model=model, optimizer=model.optimizer).save(path)}


def checkpoint_of_slim(path):
    import tensorflow.compat.v1 as tf

    arrays = {"vgg_16/mean_rgb": np.zeros(3, "f4"), "vgg_16/fc6/weights": np.zeros((7, 7, 512, 8), "f4")}
    arrays["vgg_16/fc6/biases"] = np.zeros(8, "f4")
    for name, kernel, bias in layers():
        arrays |= {f"vgg_16/{name[:5]}/{name}/weights": kernel, f"vgg_16/{name[:5]}/{name}/biases": bias}
    with tf.Graph().as_default(), tf.Session() as session:
        for name, array in arrays.items():
            tf.get_variable(name, initializer=array, use_resource=False)
        session.run(tf.global_variables_initializer())
        tf.train.Saver(write_version=tf.train.SaverDef.V1).save(session, path)
    return {"PREFIX": path}


def arrays_by_name(path):
    arrays = {f"{name}_{kind}": array for name, *both in layers() for kind, array in zip("Wb", both)}
    np.savez(path, **arrays, fc6_W=np.zeros((8, 4), "f4"), fc6_b=np.zeros(4, "f4"))
    return {"FILE": path}


def arrays_by_number(path):
    np.savez(path, *[array for _, *both in layers() for array in both])
    return {"FILE": path}


def dictionary(path):
    np.save(path, {name: both for name, *both in layers()} | {"fc6": [np.zeros((8, 4), "f4"), np.zeros(4, "f4")]})
    return {"FILE": path}


def matconvnet(path):
    import scipy.io

    cells = []
    for name, kernel, bias in layers():
        weights = np.empty((1, 2), object)
        weights[0, 0], weights[0, 1] = kernel, bias.reshape(1, -1)
        cells += [{"name": name, "type": "conv", "weights": weights}, {"name": "relu", "type": "relu"}]
    column = np.empty((1, len(cells)), object)
    column[0, :] = cells
    scipy.io.savemat(path, {"layers": column})
    return {"FILE": path}


def caffe(path):
    def number(value):
        return bytes([value]) if value < 0x80 else bytes([value & 0x7F | 0x80]) + number(value >> 7)

    def field(tag, content):
        content = content.encode() if isinstance(content, str) else content
        return number(tag << 3 | 2) + number(len(content)) + content

    def blob(array):
        shape = b"".join(number(length) for length in array.shape)
        return field(7, field(5, np.ascontiguousarray(array, "<f4").tobytes()) + field(7, field(1, shape)))

    model, text, below = field(1, "VGG16"), 'name: "VGG16" input: "data" input_dim: [1, 3, 224, 224]\n', "data"
    for name, kernel, bias in layers():
        blobs = blob(kernel.transpose(3, 2, 0, 1)) + blob(bias)
        model += field(100, field(1, name) + field(2, "Convolution") + field(3, below) + field(4, name) + blobs)
        text += f'layer {{ name: "{name}" type: "Convolution" bottom: "{below}" top: "{name}" '
        text += f"convolution_param {{ num_output: {len(bias)} pad: 1 kernel_size: 3 }} }}\n"
        below = name
    pathlib.Path(path).write_bytes(model)
    pathlib.Path(path.replace(".caffemodel", ".prototxt")).write_text(text)
    return {"FILE": path.removesuffix(".caffemodel")}


def torch_export(path):
    import torch

    torch.export.save(torch.export.export(torch_vgg16(), (torch.zeros(1, 3, 64, 64),)), path)
    return {"FILE": path}


def torch_script(path):
    import torch

    torch.jit.script(torch_vgg16()).save(path)
    return {"FILE": path}


KINDS = {
    "saved": saved_model, "graph.pb": frozen_graph, "model.tflite": tensorflow_lite, "model.ckpt": checkpoint,
    "training.ckpt": checkpoint_of_training, "vgg_16.ckpt": checkpoint_of_slim, "names.npz": arrays_by_name,
    "numbers.npz": arrays_by_number, "model.npy": dictionary, "model.mat": matconvnet, "model.caffemodel": caffe,
    "model.pt2": torch_export, "script.pt": torch_script,
}


def inspected(path):
    return subprocess.run([EXTRACT, "--inspect-weights", path], capture_output=True, text=True)


def convert(kind):
    """None if the printed line made the file, else what went wrong."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, kind)
        places = KINDS[kind](path)
        message = inspected(places.get("PREFIX", path)).stderr
        line = re.search(r'python -c "[^"]*"|python -m \S+(?: --\w[\w-]* \S+)*', message)
        if line is None:
            return f"no line is printed: {message}"
        command = re.sub("|".join(places), lambda name: places[name[0]], line[0])
        made = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=folder)
        weights = [name for name in os.listdir(folder) if re.fullmatch(r"vgg16\.(onnx|pth|safetensors)", name)]
        if made.returncode != 0 or len(weights) != 1:
            return f"{command}\n{made.stderr[-500:]}"
        digest = re.search(r"digest +(\w+)", inspected(os.path.join(folder, weights[0])).stdout)
        return None if digest and digest[1] == DIGEST else f"{weights[0]} has another digest, or none"


if os.environ.get("CONVERTS"):  # TensorFlow and torch don't get on in one process
    sys.exit(convert(sys.argv[3]))
failures = 0
for kind in sys.argv[3:] or KINDS:
    environment = os.environ | {"CONVERTS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    run = subprocess.run([sys.executable, __file__, WEIGHTS, EXTRACT, kind], capture_output=True, text=True, env=environment)
    failures += run.returncode != 0
    print("ok   " if run.returncode == 0 else "WRONG", kind, "" if run.returncode == 0 else run.stderr[-800:], flush=True)
sys.exit(failures > 0)
