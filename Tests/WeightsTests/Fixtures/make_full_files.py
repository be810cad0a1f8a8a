"""Checks `extract` on full-size weight files, each written by the library that owns the format; too large to commit.

    python make_full_files.py ../../../cache/weights/vgg16-imagenet.onnx ../../../.build/release/extract

All hold the ImageNet weights and must give one digest. Then: features with a random vgg16_bn are torchvision's, and other
networks are refused. Seen to work: tensorflow 2.21, tf_keras 2.21, keras 3.15, torch 2.13, torchvision 0.28, onnx 1.23,
onnxscript 0.7, safetensors 0.8. Files go to a temporary folder, one at a time, up to 1.1 GB.
"""

import os
import re
import subprocess
import sys
import tempfile

os.environ["KERAS_BACKEND"] = "tensorflow"
import h5py
import numpy as np
from make_probe import imagenet
from PIL import Image

DIGEST = "d9a27cc1fc7f975ef8cff49180e794ccd7c4bc868ebb49740803b3bbaa8dbefd"
WEIGHTS, EXTRACT = (os.path.abspath(path) for path in sys.argv[1:3])
PART = sys.argv[3] if len(sys.argv) > 3 else None
# TensorFlow and torch don't get on in one process, so each has its own.
if PART is None:
    sys.exit(sum(subprocess.call([sys.executable, __file__, WEIGHTS, EXTRACT, part]) for part in ["keras", "torch"]))
if PART == "keras":
    import keras
    import tf_keras
    from keras.src.legacy.saving import legacy_h5_format
else:
    import torch
    import torchvision
    from safetensors.torch import save_file
LAYERS = imagenet(WEIGHTS)
failures = 0


def report(is_right, *what):
    global failures
    failures += not is_right
    print("ok   " if is_right else "WRONG", *what, flush=True)


def inspect(save, name):
    """The result of `extract --inspect-weights` on the file that `save` writes."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, name)
        save(path)
        size = os.path.getsize(path)
        return subprocess.run([EXTRACT, "--inspect-weights", path], capture_output=True, text=True), size


def expect_imagenet(name, save):
    result, size = inspect(save, name)
    digest = re.search(r"digest +(\w+)", result.stdout)
    described = result.stdout.split("\n")[0].rpartition(": ")[2] or result.stderr.strip()
    report(digest is not None and digest[1] == DIGEST, f"{name} ({described}, {size / 1e6:.0f} MB)")


def expect_network(name, save, network):
    result, _ = inspect(save, name)
    report(result.returncode == 0 and f" in {network}\n" in result.stdout, f"{name} holds a {network}")


def expect_refusal(name, save, reason):
    result, _ = inspect(save, name)
    line = result.stderr.strip().rpartition(f"/{name}: ")[2]
    report(result.returncode == 1 and "\n" not in line and reason in line, f"{name} is refused: {line}")


# Keras


def keras_vgg16(library, top=False):
    model = library.applications.VGG16(weights=None, include_top=top, input_shape=(224, 224, 3))
    convolutions = [layer for layer in model.layers if "conv" in layer.name]
    for layer, (kernel, bias) in zip(convolutions, LAYERS):
        layer.set_weights([kernel.transpose(2, 3, 1, 0), bias])
    return model


def legacy_weights(model):
    def save(path):
        with h5py.File(path, "w") as file:
            legacy_h5_format.save_weights_to_hdf5_group(file, model)

    return save


def under_a_head(library):
    base, layers = keras_vgg16(library), library.layers
    head = [layers.Flatten(), layers.Dense(8, "relu"), layers.BatchNormalization(), layers.Dense(2, "softmax")]
    return library.Sequential([library.Input((224, 224, 3)), base, *head])


def check_keras():
    for label, library in [("tf.keras", tf_keras), ("keras3", keras)]:
        model = keras_vgg16(library)
        expect_imagenet(f"{label}-notop.weights.h5", model.save_weights)
        expect_imagenet(f"{label}-notop.keras", model.save)
        nested = under_a_head(library)
        nested.compile("adam", "categorical_crossentropy")
        expect_imagenet(f"{label}-under-a-head.keras", nested.save)
        expect_imagenet(f"{label}-under-a-head-model.h5", nested.save)
        model = keras_vgg16(library, top=True)
        expect_imagenet(f"{label}-top.h5", model.save_weights if library is tf_keras else legacy_weights(model))
        expect_imagenet(f"{label}-top-model.h5", model.save)
    expect_imagenet("tf.keras-notop.h5", keras_vgg16(tf_keras).save_weights)
    expect_imagenet("keras3-notop.h5", legacy_weights(keras_vgg16(keras)))


# PyTorch, safetensors, ONNX


def torch_vgg16():
    model = torchvision.models.vgg16()
    convolutions = [layer for layer in model.features if isinstance(layer, torch.nn.Conv2d)]
    for layer, (kernel, bias) in zip(convolutions, LAYERS):
        layer.weight.data, layer.bias.data = torch.tensor(kernel), torch.tensor(bias)
    return model.eval()


def check_torch():
    model, image = torch_vgg16(), torch.zeros(1, 3, 224, 224)
    state = model.state_dict()
    expect_imagenet("torchvision.pth", lambda path: torch.save(state, path))
    expect_imagenet("torchvision-legacy.pth", lambda path: torch.save(state, path, _use_new_zipfile_serialization=False))
    checkpoint = {"best_acc1": torch.tensor(0.5), "state_dict": torch.nn.DataParallel(model).state_dict()}
    expect_imagenet("checkpoint.pth", lambda path: torch.save(checkpoint, path))
    expect_imagenet("features.safetensors", lambda path: save_file(model.features.state_dict(), path))
    expect_imagenet("torchvision.safetensors", lambda path: save_file(state, path))
    expect_imagenet("torchscript.onnx", lambda path: torch.onnx.export(model, image, path, dynamo=False))
    expect_imagenet("dynamo.onnx", lambda path: torch.onnx.export(model, (image,), path, external_data=False, verbose=False))
    expect_imagenet("model.pth", lambda path: torch.save(model, path))
    expect_refusal("external.onnx", lambda path: torch.onnx.export(model, (image,), path, verbose=False), "external data")


# vgg16_bn, folded


def random_vgg16_bn():
    torch.manual_seed(16)
    model = torchvision.models.vgg16_bn().eval()
    for layer in model.features:
        if isinstance(layer, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(layer.weight, 0.5, 1.5)
            torch.nn.init.normal_(layer.bias, std=0.3)
            torch.nn.init.normal_(layer.running_mean, std=0.3)
            torch.nn.init.uniform_(layer.running_var, 0.3, 3)
    return model


def check_batch_normalization():
    model, pixels = random_vgg16_bn(), np.random.default_rng(16).integers(0, 256, (64, 64, 3), "u1")
    with tempfile.TemporaryDirectory() as folder:
        for split in ["train", "valid", "test"]:
            for label in "ab":
                os.makedirs(f"{folder}/data/{split}/{label}")
                Image.fromarray(pixels).save(f"{folder}/data/{split}/{label}/image.png")
        torch.save(model.state_dict(), f"{folder}/bn.pth")
        options = ["--weights", f"{folder}/bn.pth", "--preprocessing", "torch", "--size", "64", "--quiet"]
        subprocess.run([EXTRACT, "--data", f"{folder}/data", "--cache", f"{folder}/cache", *options], check=True)
        features = h5py.File(f"{folder}/cache/test.h5")["features"][0]
    mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    image = torch.from_numpy((pixels / 255 - mean) / deviation).permute(2, 0, 1)[None]
    with torch.no_grad():
        wanted = model.double().features[:-1](image)[0].permute(1, 2, 0).numpy()
    error = np.linalg.norm(features - wanted) / np.linalg.norm(wanted)
    nonzero = np.count_nonzero(wanted) / wanted.size
    report(error <= 1e-5 and nonzero > 0.1, f"vgg16_bn's features: relative L2 error {error:.1e} ({nonzero:.0%} not zero)")


# Other networks


def check_other_torch_networks():
    models = torchvision.models
    for name in ["vgg11", "vgg13", "vgg19", "vgg19_bn"]:
        model = getattr(models, name)()
        network = name.removesuffix("_bn").upper()
        expect_network(f"{name}.pth", lambda path: torch.save(model.state_dict(), path), network)
        expect_network(f"{name}.safetensors", lambda path: save_file(model.state_dict(), path), network)
    for name, model, reason in [
        ("resnet50", models.resnet50(), "block1_conv1 (conv1): kernel 7×7×3×64, expected 3×3×3×64"),
        ("mobilenet_v2", models.mobilenet_v2(), "block1_conv1 (features.0.0): kernel 3×3×3×32, expected 3×3×3×64"),
        ("mlp", torchvision.ops.MLP(784, [128, 10]), "block1_conv1 (kernel 3×3×3×64) is missing"),
    ]:
        expect_refusal(f"{name}.pth", lambda path: torch.save(model.state_dict(), path), reason)
        expect_refusal(f"{name}.safetensors", lambda path: save_file(model.state_dict(), path), reason)
    expect_refusal(
        "resnet50.onnx",
        lambda path: torch.onnx.export(models.resnet50().eval(), torch.zeros(1, 3, 224, 224), path, dynamo=False),
        "block1_conv1 (Conv node /conv1/Conv): kernel 7×7×3×64, expected 3×3×3×64 (height×width×input×output)")


def check_other_keras_networks():
    model = keras.applications.VGG19(weights=None, include_top=False, input_shape=(224, 224, 3))
    expect_network("VGG19.weights.h5", model.save_weights, "VGG19")
    expect_network("VGG19.h5", legacy_weights(model), "VGG19")
    for name, network, reason in [
        ("ResNet50", keras.applications.ResNet50, "block1_conv1 ("),
        ("MobileNet", keras.applications.MobileNet, "block1_conv1 ("),
    ]:
        model = network(weights=None, include_top=False, input_shape=(224, 224, 3))
        expect_refusal(f"{name}.weights.h5", model.save_weights, reason)
        expect_refusal(f"{name}.h5", legacy_weights(model), reason)


if PART == "keras":
    check_keras()
    check_other_keras_networks()
else:
    check_torch()
    check_batch_normalization()
    check_other_torch_networks()
print(f"{PART}: {failures} failures")
sys.exit(failures > 0)
