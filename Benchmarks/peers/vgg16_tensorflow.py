"""VGG16 to block5_conv3 with TensorFlow: keras.applications' VGG16 as a graph."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import tensorflow as tf

import measure


def main():
    arguments = measure.options().parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(arguments.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    shape = (arguments.size, arguments.size, 3)
    vgg16 = tf.keras.applications.VGG16(weights=None, include_top=False, input_shape=shape)
    model = tf.keras.Model(vgg16.input, vgg16.get_layer("block5_conv3").output)
    weights = measure.random_weights()
    for layer in model.layers:
        if layer.weights:
            layer.set_weights(list(next(weights)))
    graph = tf.function(lambda images: model(images, training=False))
    images = tf.constant(measure.images(arguments))
    measure.report(
        f"TensorFlow {tf.__version__}", arguments, lambda: graph(images).numpy(), last=lambda maps: maps[-1])


if __name__ == "__main__":
    main()
