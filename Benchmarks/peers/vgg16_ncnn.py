"""VGG16 to block5_conv3 with ncnn in float32, image by image: two workers of one thread, or with --one-worker one of all."""

import pathlib
import tempfile
from concurrent.futures import ThreadPoolExecutor

import ncnn
import numpy as np

import measure


def network(threads):
    """The network, and the name of its last map."""
    net = ncnn.Net()
    net.opt.num_threads = threads
    for option in dir(net.opt):
        if option.startswith(("use_fp16", "use_bf16", "use_int8")):
            setattr(net.opt, option, False)
    weights = measure.random_weights()
    lines, last, content = ["Input images 0 1 images"], "images", b""
    for index, outputs in enumerate(measure.VGG16):
        name = f"l{index}"
        if outputs == "M":
            lines.append(f"Pooling {name} 1 1 {last} {name} 0=0 1=2 2=2 5=1")
        else:
            kernel, bias = next(weights)
            lines.append(f"Convolution {name} 1 1 {last} {name} 0={outputs} 1=3 4=1 5=1 6={kernel.size} 9=1")
            kernel = np.ascontiguousarray(kernel.transpose(3, 2, 0, 1))
            content += np.uint32(0).tobytes() + kernel.tobytes() + bias.tobytes()  # 0: float32 as it is.
        last = name
    with tempfile.TemporaryDirectory() as folder:
        parameters, binary = pathlib.Path(folder, "vgg16.param"), pathlib.Path(folder, "vgg16.bin")
        parameters.write_text(f"7767517\n{len(lines)} {len(lines)}\n" + "\n".join(lines) + "\n")
        binary.write_bytes(content)
        if net.load_param(str(parameters)) != 0 or net.load_model(str(binary)) != 0:
            raise SystemExit("ncnn does not take the network")
    return net, last


def main():
    parser = measure.options()
    parser.add_argument("--one-worker", action="store_true")
    arguments = parser.parse_args()
    workers = 1 if arguments.one_worker else arguments.threads
    net, last = network(arguments.threads // workers)
    arrays = [np.ascontiguousarray(image.transpose(2, 0, 1)) for image in measure.images(arguments)]
    images = [ncnn.Mat(array) for array in arrays]  # Of the arrays' memory.

    def features(image):
        extractor = net.create_extractor()
        extractor.input("images", image)
        status, maps = extractor.extract(last)
        if status != 0:
            raise SystemExit(f"ncnn failed with {status}")
        return maps

    pool = ThreadPoolExecutor(workers)  # ncnn's calls release the interpreter's lock.
    name = f"ncnn {ncnn.__version__} ({workers} worker{'' if workers == 1 else 's'})"
    measure.report(
        name, arguments, lambda: list(pool.map(features, images)),
        last=lambda maps: np.array(maps[-1]).transpose(1, 2, 0))


if __name__ == "__main__":
    main()
