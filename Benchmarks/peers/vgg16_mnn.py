"""VGG16 to block5_conv3 with MNN: precision high; that it takes Winograd's algorithm is its own choice."""

import pathlib
import subprocess
import sys
import tempfile

import MNN

import measure
import onnx_model

# The converter itself. The command mnnconvert around it installs a client of a log service into whatever Python the first
# pip in PATH belongs to, and sends word of each conversion.
CONVERT = "import sys, _tools; _tools.mnnconvert(sys.argv)"


def network(arguments):
    """Converted in a process of its own, so that this one's peak memory is that of computing."""
    model = onnx_model.model(arguments)
    names = [[value.name for value in values] for values in (model.graph.input, model.graph.output)]
    with tempfile.TemporaryDirectory() as folder:
        source, converted = pathlib.Path(folder, "vgg16.onnx"), pathlib.Path(folder, "vgg16.mnn")
        source.write_bytes(model.SerializeToString())
        command = [sys.executable, "-c", CONVERT, "-f", "ONNX", "--modelFile", source, "--MNNModel", converted]
        subprocess.run([*command, "--bizCode", "bench"], check=True, stdout=subprocess.DEVNULL)
        runtime = MNN.nn.create_runtime_manager(
            ({"backend": "CPU", "precision": "high", "numThread": arguments.threads},))
        return MNN.nn.load_module_from_file(str(converted), *names, runtime_manager=runtime, shape_mutable=False)


def main():
    arguments = measure.options().parse_args()
    module = network(arguments)
    images = measure.images(arguments).transpose(0, 3, 1, 2).copy()
    images = MNN.expr.const(images, list(images.shape), MNN.expr.NCHW)

    def extract():
        return MNN.expr.convert(module.forward([images])[0], MNN.expr.NCHW).read()

    measure.report(f"MNN {MNN.version()}", arguments, extract, last=lambda maps: maps[-1].transpose(1, 2, 0))


if __name__ == "__main__":
    main()
