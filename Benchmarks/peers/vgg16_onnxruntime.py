"""VGG16 to block5_conv3 with ONNX Runtime."""

import numpy as np
import onnxruntime

import measure
import onnx_model


def main():
    arguments = measure.options().parse_args()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = arguments.threads
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(
        onnx_model.model(arguments).SerializeToString(), options, providers=["CPUExecutionProvider"])
    images = np.ascontiguousarray(measure.images(arguments).transpose(0, 3, 1, 2))
    name = f"ONNX Runtime {onnxruntime.__version__}"
    measure.report(
        name, arguments, lambda: session.run(None, {"images": images}),
        last=lambda results: results[0][-1].transpose(1, 2, 0))


if __name__ == "__main__":
    main()
