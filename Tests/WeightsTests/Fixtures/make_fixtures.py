"""Makes the weight files of a VGG16 with very few channels, each by the library that owns the format.

Run in this folder. Seen to work: keras 3.15 (torch backend), torch 2.15, torchvision 0.29, onnx 1.23, onnxscript,
safetensors 0.8, h5py 3.14. Every file holds the same weights, which every number format represents exactly: multiples
of 1/64 below 2. tiny.f32 has them as the reader must return them: layer by layer the kernel (3×3×input×output), the bias.
"""

import argparse
import os
import pathlib
import zipfile
from collections import OrderedDict

os.environ.setdefault("KERAS_BACKEND", "torch")
import h5py
import keras
import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import save_file
from torchvision.models.vgg import make_layers

OUTPUTS = [2, 3, 4, 4, 5, 6, 6, 7, 8, 8, 8, 9, 9]
INPUTS = [3] + OUTPUTS[:-1]
BLOCKS = [2, 2, 3, 3, 3]
NAMES = [f"block{block + 1}_conv{i + 1}" for block, count in enumerate(BLOCKS) for i in range(count)]

rng = np.random.default_rng(16)


def numbers(*shape):
    return (rng.integers(-127, 128, shape) / 64).astype("<f4")


KERNELS = [numbers(3, 3, i, o) for i, o in zip(INPUTS, OUTPUTS)]
BIASES = [numbers(o) for o in OUTPUTS]


def write_floats(path, kernels, biases):
    with open(path, "wb") as file:
        for kernel, bias in zip(kernels, biases):
            file.write(np.ascontiguousarray(kernel, "<f4").tobytes() + np.ascontiguousarray(bias, "<f4").tobytes())


def oihw(kernel):
    return np.ascontiguousarray(kernel.transpose(3, 2, 0, 1))


# Keras


def keras_vgg16():
    x = inputs = keras.Input((32, 32, 3))
    outputs = iter(OUTPUTS)
    for block, count in enumerate(BLOCKS):
        for i in range(count):
            x = keras.layers.Conv2D(
                next(outputs), 3, padding="same", activation="relu", name=f"block{block + 1}_conv{i + 1}"
            )(x)
        x = keras.layers.MaxPooling2D(name=f"block{block + 1}_pool")(x)
    return keras.Model(inputs, x, name="vgg16")


def write_keras():
    keras.utils.set_random_seed(16)
    model = keras_vgg16()
    model.set_weights([weight for pair in zip(KERNELS, BIASES) for weight in pair])
    model.save_weights("keras3.weights.h5")
    with h5py.File("keras3-legacy.h5", "w") as file:
        keras.src.legacy.saving.legacy_h5_format.save_weights_to_hdf5_group(file, model)

    base = keras_vgg16()
    base.set_weights(model.get_weights())
    head = [keras.layers.Flatten(), keras.layers.Dense(4), keras.layers.BatchNormalization(), keras.layers.Dense(2)]
    nested = keras.Sequential([keras.Input((32, 32, 3)), base, *head])
    nested.save("keras3-nested.h5")
    nested.save("keras3-nested.keras")


def write_keras_2_13(path):
    """As saving_lib.py of Keras 2.13 walks a Sequential of VGG16 and a Dense layer: it finds the layers in a dictionary
    that has each layer with weights twice, and counts both."""
    group = "_layer_checkpoint_dependencies"
    with h5py.File(path, "w") as file:
        for index, pair in enumerate(zip(KERNELS, BIASES)):
            layer = f"{group}/functional/{group}/conv2d" + (f"_{2 * index}" if index else "")
            for position, weight in enumerate(pair):
                file[f"{layer}/vars/{position}"] = weight
        file[f"{group}/dense/vars/0"], file[f"{group}/dense/vars/1"] = np.zeros((9, 2), "f4"), np.zeros(2, "f4")


def write_keras_1(path, suffixes, split, backend=None):
    """As Keras 1 and 2 did, which fixed-length byte strings tell; `split` as they do where names are long. On Theano,
    Keras 2 wrote kernels in the usual order, but turned by 180°."""
    layers = ["input_1"]
    for block, count in enumerate(BLOCKS):
        layers += [f"block{block + 1}_conv{i + 1}" for i in range(count)] + [f"block{block + 1}_pool"]
    turn = -1 if backend == "theano" else 1
    with h5py.File(path, "w") as file:
        if backend:
            file.attrs["backend"], file.attrs["keras_version"] = backend.encode(), b"2.0.8"
        if split:
            for part in range(0, len(layers), 5):
                file.attrs[f"layer_names{part // 5}"] = np.array(layers[part : part + 5], "S")
        else:
            file.attrs["layer_names"] = np.array(layers, "S")
        for layer in layers:
            group = file.create_group(layer)
            names = [layer + suffix for suffix in suffixes] if "conv" in layer else []
            group.attrs["weight_names"] = np.array(names, "S") if names else np.zeros(0)
            if names:
                index = NAMES.index(layer)
                group[names[0]], group[names[1]] = KERNELS[index][::turn, ::turn], BIASES[index]


def write_theano(path):
    """The layout of the first Keras 1 files: layers and weights numbered, kernels in Theano's order and turned by 180°."""
    with h5py.File(path, "w") as file:
        file.attrs["nb_layers"] = 2 * len(KERNELS)
        for index in range(2 * len(KERNELS)):
            group = file.create_group(f"layer_{index}")
            weights = [oihw(KERNELS[index // 2])[:, :, ::-1, ::-1], BIASES[index // 2]] if index % 2 else []
            group.attrs["nb_params"] = len(weights)
            for position, weight in enumerate(weights):
                group[f"param_{position}"] = weight


def write_fastai(path):
    """What Keras 1 on Theano wrote for fast.ai's Vgg16 (fastai/courses, deeplearning1/nbs/vgg16.py): layers named by
    class, weights without TensorFlow's `:0`, kernels in Theano's order and turned by 180°, and the dense top."""
    weights = []
    for index, (kernel, bias) in enumerate(zip(KERNELS, BIASES), 1):
        weights.append((f"convolution2d_{index}", oihw(kernel)[:, :, ::-1, ::-1], bias))
    weights += [(f"dense_{i}", np.ones((9, 9), "f4"), np.ones(9, "f4")) for i in (1, 2, 3)]
    layers, padding, convolution = ["lambda_1"], 0, 0
    for block, count in enumerate(BLOCKS, 1):
        for _ in range(count):
            padding, convolution = padding + 1, convolution + 1
            layers += [f"zeropadding2d_{padding}", f"convolution2d_{convolution}"]
        layers.append(f"maxpooling2d_{block}")
    layers += ["flatten_1", "dense_1", "dropout_1", "dense_2", "dropout_2", "dense_3"]
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = np.array(layers, "S")
        for layer in layers:
            file.create_group(layer).attrs["weight_names"] = np.zeros(0)
        for layer, kernel, bias in weights:
            file[layer].attrs["weight_names"] = np.array([f"{layer}_W", f"{layer}_b"], "S")
            file[layer][f"{layer}_W"], file[layer][f"{layer}_b"] = kernel, bias


# ONNX


def torch_vgg(batch_norm=False, outputs=OUTPUTS, blocks=BLOCKS):
    layers, outputs = [], iter(outputs)
    for count in blocks:
        layers += [next(outputs) for _ in range(count)] + ["M"]
    model = torch.nn.Module()
    model.features = make_layers(layers, batch_norm)
    model.classifier = torch.nn.Sequential(torch.nn.Linear(9, 2))
    model.forward = lambda x: model.classifier(model.features(x).flatten(1))
    convolutions = [layer for layer in model.features if isinstance(layer, torch.nn.Conv2d)]
    for layer, kernel, bias in zip(convolutions, KERNELS, BIASES) if len(convolutions) == 13 else ():
        layer.weight.data, layer.bias.data = torch.from_numpy(oihw(kernel)), torch.from_numpy(bias)
    for layer in model.features:
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.weight.data = torch.from_numpy(numbers(layer.num_features))
            layer.bias.data = torch.from_numpy(numbers(layer.num_features))
            layer.running_mean = torch.from_numpy(numbers(layer.num_features))
            layer.running_var = torch.from_numpy(np.abs(numbers(layer.num_features)) + 1)
    return model.eval()


def save_onnx(model, path):
    onnx.checker.check_model(model)
    for item in [model.graph, *model.graph.node, *model.graph.value_info]:
        item.ClearField("metadata_props")  # the exporter's source lines and paths
    onnx.save(model, path)


def write_onnx_by_torch():
    image = (torch.zeros(1, 3, 32, 32),)
    for name, model in [("onnx-torch", torch_vgg()), ("onnx-torch-bn", BATCH_NORM)]:
        folding = {"training": torch.onnx.TrainingMode.PRESERVE, "do_constant_folding": False}
        torch.onnx.export(model, image, f"{name}.onnx", dynamo=False, **folding)
    vgg19 = torch_vgg(outputs=[1] * 15 + [9], blocks=[2, 2, 4, 4, 4])
    torch.onnx.export(vgg19, image, "onnx-vgg19.onnx", dynamo=False)
    torch.onnx.export(torch_vgg(), image, "onnx-dynamo.onnx", external_data=False)
    save_onnx(onnx.load("onnx-dynamo.onnx"), "onnx-dynamo.onnx")


def typed(array, name, kind):
    """Each of the ways in which ONNX stores numbers."""
    if kind == "raw":
        return numpy_helper.from_array(np.ascontiguousarray(array), name)
    data_type = {"float": TensorProto.FLOAT, "half": TensorProto.FLOAT16, "brain": TensorProto.BFLOAT16,
                 "double": TensorProto.DOUBLE}[kind]
    return helper.make_tensor(name, data_type, array.shape, array.flatten())


def write_odd_onnx(path, between="Relu", stride=1, join=False):
    """Legal, but as unlike an exporter's work as can be: no names to go by, kernels from Constant nodes, transposed,
    behind Identity and Cast nodes, in every number type; biases added afterwards, some of the kernels scaled."""
    nodes, initializers, x = [], [], "image"

    def node(kind, inputs, **attributes):
        output = f"t{len(nodes)}"
        nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    x = node("Transpose", [x], perm=[0, 3, 1, 2])
    for index, (kernel, bias) in enumerate(zip(KERNELS, BIASES)):
        kind = ["raw", "float", "half", "brain", "double"][index % 5]
        has_bias, is_scaled = index % 4 == 3, index % 3 == 2 and index % 4 != 3
        if is_scaled:  # x·(w/2)·2 + b
            kernel = kernel / 2
        if index % 2:
            initializers.append(typed(kernel, f"k{index}", kind))
            name = node("Transpose", [f"k{index}"], perm=[3, 2, 0, 1])
        else:
            name = node("Constant", [], value=typed(oihw(kernel), "", kind))
        if kind in ("half", "brain", "double"):
            name = node("Cast", [node("Identity", [name])], to=TensorProto.FLOAT)
        strides = [stride, stride] if index == 4 else [1, 1]
        if has_bias:
            initializers.append(typed(bias, f"b{index}", "raw"))
            x = node("Conv", [x, name, f"b{index}"], pads=[1, 1, 1, 1], strides=strides)
        else:
            x = node("Conv", [x, name], auto_pad="SAME_UPPER", strides=strides)
            if is_scaled:
                initializers.append(typed(np.full((1, len(bias), 1, 1), 2, "f4"), f"s{index}", "float"))
                x = node("Mul", [f"s{index}", x])
            initializers.append(typed(bias.reshape(-1, 1, 1), f"b{index}", "float"))
            x = node("Add", [node("Identity", [x]), f"b{index}"])
        if index == 3 and join:
            x = node("Add", [x, previous])
        x = node(between if index == 7 else "Relu", [x])
        previous = x
        if index in (1, 3, 6, 9, 12):
            x = node("MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2])
    graph = helper.make_graph(
        nodes, "odd", [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 32, 32, 3])],
        [helper.make_tensor_value_info(x, TensorProto.FLOAT, list("nchw"))], initializers)
    save_onnx(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)]), path)


def write_zoo_onnx(path):
    """As the ONNX model zoo's vgg16 came out of MXNet: its names, numbers in float_data, initialisers listed as inputs,
    dropout in the head, and a batch dimension of 1."""
    tensors, nodes, x = [], [], "data"
    for index, (kernel, bias) in enumerate(zip(KERNELS, BIASES)):
        name = f"vgg0_conv{index}"
        tensors += [typed(oihw(kernel), f"{name}_weight", "float"), typed(bias, f"{name}_bias", "float")]
        shape = {"kernel_shape": [3, 3], "pads": [1] * 4, "strides": [1, 1], "dilations": [1, 1], "group": 1}
        inputs = [x, f"{name}_weight", f"{name}_bias"]
        nodes.append(helper.make_node("Conv", inputs, [f"{name}_fwd"], f"{name}_fwd", **shape))
        x = f"vgg0_relu{index}_fwd"
        nodes.append(helper.make_node("Relu", [f"{name}_fwd"], [x], x))
        if index in (1, 3, 6, 9, 12):
            pool = {"kernel_shape": [2, 2], "pads": [0] * 4, "strides": [2, 2]}
            nodes.append(helper.make_node("MaxPool", [x], [f"vgg0_pool{index}_fwd"], **pool))
            x = f"vgg0_pool{index}_fwd"
    tensors += [typed(np.ones((2, 9), "f4"), "vgg0_dense0_weight", "float")]
    tensors += [typed(np.ones(2, "f4"), "vgg0_dense0_bias", "float")]
    nodes += [helper.make_node("Flatten", [x], ["flatten_60"]), helper.make_node("Dropout", ["flatten_60"], ["drop"])]
    dense = ["drop", "vgg0_dense0_weight", "vgg0_dense0_bias"]
    nodes.append(helper.make_node("Gemm", dense, ["vgg0_dense0_fwd"], transB=1))
    inputs = [helper.make_tensor_value_info(t.name, TensorProto.FLOAT, t.dims) for t in tensors]
    inputs.insert(0, helper.make_tensor_value_info("data", TensorProto.FLOAT, [1, 3, 32, 32]))
    outputs = [helper.make_tensor_value_info("vgg0_dense0_fwd", TensorProto.FLOAT, [1, 2])]
    graph = helper.make_graph(nodes, "mxnet_converted_model", inputs, outputs, tensors)
    save_onnx(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 8)], ir_version=3), path)


# PyTorch and safetensors


def write_checkpoint(path):
    """What PyTorch's ImageNet example saves: a state dict from DataParallel beside tensors that are no weights."""
    model = torch_vgg()
    optimizer = torch.optim.SGD(model.parameters(), lr=0, momentum=0.9)  # whose steps leave the weights as they are
    model(torch.zeros(1, 3, 32, 32)).sum().backward()
    optimizer.step()
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [30, 60])
    state = {f"module.{name}": value for name, value in torch_vgg().state_dict().items()}
    torch.save(
        {"epoch": 3, "arch": "vgg16", "best_acc1": torch.tensor(0.5), "state_dict": state,
         "optimizer": optimizer.state_dict(), "scheduler": schedule.state_dict()}, path)


def write_timm(path):
    """As timm names vgg16's tensors: the dense layers are convolutions of 7×7 and 1×1."""
    state = {name: value for name, value in torch_vgg().state_dict().items() if name.startswith("features")}
    state |= {"pre_logits.fc1.weight": torch.ones(4, 9, 7, 7), "pre_logits.fc1.bias": torch.ones(4)}
    state |= {"pre_logits.fc2.weight": torch.ones(4, 4, 1, 1), "pre_logits.fc2.bias": torch.ones(4)}
    state |= {"head.fc.weight": torch.ones(2, 4), "head.fc.bias": torch.ones(2)}
    save_file({name: value.contiguous() for name, value in state.items()}, path, {"format": "pt"})


def write_state_dicts():
    state = torch_vgg().state_dict()
    torch.save(state, "torch.pth")
    checkpoint = {"epoch": 3, "best": 0.5, "optimizer": {"lr": 1e-3}, "state_dict": state}
    torch.save(checkpoint, "torch-legacy.pth", _use_new_zipfile_serialization=False)
    torch.save(BATCH_NORM.state_dict(), "torch-bn-legacy.pth", _use_new_zipfile_serialization=False)
    # Views: transposed kernels that share one storage.
    storage = torch.cat([torch.from_numpy(kernel).flatten() for kernel in KERNELS])
    views, start = {}, 0
    for name, value in state.items():
        if value.dim() == 4:
            o, i, h, w = value.shape
            views[name] = torch.nn.Parameter(storage[start : start + value.numel()].view(h, w, i, o).permute(3, 2, 0, 1))
            start += value.numel()
        else:
            views[name] = value.double()
    assert all(torch.equal(views[name], state[name]) for name in state)
    torch.save(views, "torch-views.pth")
    for name, dtype in [("f32", torch.float32), ("f16", torch.float16), ("bf16", torch.bfloat16)]:
        save_file({k: v.to(dtype).contiguous() for k, v in state.items()}, f"{name}.safetensors")


class Malice:
    def __reduce__(self):
        return os.system, ("echo the pickle was run",)


def write_malice():
    torch.save({"features.0.weight": Malice()}, "malice.pth")
    with open("malice-legacy.pth", "wb") as file:
        torch.save({"features.0.weight": Malice()}, file, _use_new_zipfile_serialization=False)


def write_zip(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def write_hostile_files():
    """Beside those of write_malice: paths that lead out of an archive, entries that unpack to far more than they should,
    links that make few layers many, and tensors in another file."""
    write_zip("outside.keras", {"../../model.weights.h5": b"", "config.json": b"{}"})
    write_zip("outside.pth", {"../../data.pkl": b"\x80\x02}.", "../../data/0": b""})
    write_zip("bomb.keras", {"config.json": b"{}", "model.weights.h5": bytes(1 << 20)})
    write_zip("bomb-pickle.pth", {"archive/data.pkl": b"\x80\x02" + b")0" * (1 << 22)})
    with zipfile.ZipFile("torch.pth") as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    write_zip("bomb.pth", {name: bytes(1 << 20) if name == "torch/data/0" else entries[name] for name in entries})
    with h5py.File("keras3-links.weights.h5", "w") as file:
        layers = file.create_group("layers")
        for _ in range(6):
            model = file.create_group(None)
            for i in range(10):
                layers[f"functional_{i}"] = model
            layers = model.create_group("layers")
    model = onnx.load("onnx-torch.onnx")
    onnx.save(model, "onnx-external.onnx", save_as_external_data=True, location="external.data", size_threshold=0)
    os.remove("external.data")


write_floats("tiny.f32", KERNELS, BIASES)
BATCH_NORM = torch_vgg(batch_norm=True)
folded = []
for layer, follower in zip(BATCH_NORM.features, list(BATCH_NORM.features)[1:]):
    if isinstance(follower, torch.nn.BatchNorm2d):
        scale = follower.weight.double() / torch.sqrt(follower.running_var.double() + follower.eps)
        kernel = layer.weight.double() * scale.reshape(-1, 1, 1, 1)
        bias = (layer.bias.double() - follower.running_mean) * scale + follower.bias
        folded.append((kernel.detach().numpy().transpose(2, 3, 1, 0), bias.detach().numpy()))
write_floats("tiny-bn.f32", *zip(*folded))

write_keras()
write_keras_1("keras1-notop.h5", ["_W_1:0", "_b_1:0"], split=False)
write_keras_1("keras2-split.h5", ["/kernel:0", "/bias:0"], split=True)
write_keras_1("keras2-on-theano.h5", ["/kernel:0", "/bias:0"], split=False, backend="theano")
write_keras_2_13("keras2.13.weights.h5")
write_theano("keras1-theano.h5")
write_fastai("keras1-fastai.h5")
write_onnx_by_torch()
write_zoo_onnx("onnx-zoo.onnx")
write_odd_onnx("onnx-odd.onnx")
write_odd_onnx("onnx-sigmoid.onnx", between="Sigmoid")
write_odd_onnx("onnx-stride.onnx", stride=2)
write_odd_onnx("onnx-join.onnx", join=True)
write_state_dicts()
write_checkpoint("torch-checkpoint.pth")
write_timm("timm.safetensors")
write_malice()
write_hostile_files()


# People's checkpoints


class EpochDict(OrderedDict):
    """A subclass of one's own, which nobody else can import."""


def write_companions(path):
    """A checkpoint with what people put beside the weights: none of it is needed to read them."""
    torch.save(
        {"args": argparse.Namespace(lr=0.1, data=pathlib.PurePosixPath("data")), "best": np.float64(0.5),
         "classes": {"cat", "dog"}, "shape": torch.Size([3]), "dtype": torch.float32, "array": np.arange(3),
         "pytorch-lightning_version": "2.0", "hyper_parameters": EpochDict(a=1),
         "state_dict": EpochDict((f"model.{name}", value) for name, value in torch_vgg().state_dict().items())}, path)


def write_whole_model(path):
    """As torch.save(model) does, with the classes that it is of."""
    torch.save(torch.nn.Sequential(OrderedDict(features=torch_vgg().features, head=torch.nn.Linear(9, 2))), path)


def write_other_models():
    """Whole models whose modules say that they are no VGG, though all shapes are."""
    for name, change in [
        ("ceil", lambda layer: isinstance(layer, torch.nn.MaxPool2d) and setattr(layer, "ceil_mode", True)),
        ("stride", lambda layer: isinstance(layer, torch.nn.Conv2d) and setattr(layer, "stride", (2, 2))),
    ]:
        model = torch_vgg().features
        model.apply(change)
        torch.save(model, f"torch-whole-{name}.pth")
    model = torch_vgg().features
    for index, layer in enumerate(model):
        if isinstance(layer, torch.nn.ReLU):
            model[index] = torch.nn.LeakyReLU()
    torch.save(model, "torch-whole-leaky.pth")


def write_ema(path):
    """The weights and their moving average."""
    state = torch_vgg().state_dict()
    torch.save({"model": state, "ema": {name: value * 2 for name, value in state.items()}}, path)


def write_bfloat16(path):
    """HDF5 has no bfloat16: h5py keeps its bytes as opaque."""
    model = keras_vgg16()
    model.set_weights([weight for pair in zip(KERNELS, BIASES) for weight in pair])
    keras.config.set_dtype_policy("bfloat16")
    half = keras_vgg16()
    half.set_weights(model.get_weights())
    keras.config.set_dtype_policy("float32")
    half.save_weights(path)


write_companions("torch-companions.pth")
write_ema("torch-ema.pth")
write_whole_model("torch-whole.pth")
write_other_models()
write_bfloat16("keras3-bf16.weights.h5")
