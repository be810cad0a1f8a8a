"""VGG16 to block5_conv3 as an ONNX model, for the peers that read one."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

import measure


def model(arguments):
    """The network as an ONNX model, N×3×H×W to N×512×h×w."""
    weights = measure.random_weights()
    nodes, tensors, last = [], [], "images"
    for index, outputs in enumerate(measure.VGG16):
        if outputs == "M":
            nodes.append(helper.make_node("MaxPool", [last], [f"p{index}"], kernel_shape=[2, 2], strides=[2, 2]))
            last = f"p{index}"
            continue
        kernel, bias = next(weights)
        kernel = np.ascontiguousarray(kernel.transpose(3, 2, 0, 1))
        tensors += [numpy_helper.from_array(kernel, f"w{index}"), numpy_helper.from_array(bias, f"b{index}")]
        inputs = [last, f"w{index}", f"b{index}"]
        nodes.append(helper.make_node("Conv", inputs, [f"c{index}"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]))
        nodes.append(helper.make_node("Relu", [f"c{index}"], [f"r{index}"]))
        last = f"r{index}"
    shape = [arguments.batch, 3, arguments.size, arguments.size]
    side = arguments.size // 16
    graph = helper.make_graph(
        nodes,
        "vgg16",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(last, TensorProto.FLOAT, [arguments.batch, 512, side, side])],
        tensors,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
