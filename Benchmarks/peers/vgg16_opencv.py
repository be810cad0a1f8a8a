"""VGG16 to block5_conv3 with OpenCV's dnn module and Winograd's algorithm, which on x86-64 OpenCV 4 has, and 5.0 has not."""

import cv2
import numpy as np

import measure
import onnx_model


def main():
    arguments = measure.options().parse_args()
    cv2.setNumThreads(arguments.threads)
    net = cv2.dnn.readNetFromONNX(np.frombuffer(onnx_model.model(arguments).SerializeToString(), np.uint8))
    net.enableWinograd(True)
    images = np.ascontiguousarray(measure.images(arguments).transpose(0, 3, 1, 2))

    def extract():
        net.setInput(images)
        return net.forward()

    measure.report(
        f"OpenCV {cv2.__version__}", arguments, extract, last=lambda maps: maps[-1].transpose(1, 2, 0))


if __name__ == "__main__":
    main()
