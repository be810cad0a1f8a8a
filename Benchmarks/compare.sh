#!/usr/bin/env bash
# Times this project and its peers in turns, and prints README's tables: compare.sh [options of compare.py], or
# compare.sh accuracy [options of accuracy.py].
# The peers (PyTorch, TensorFlow, ONNX Runtime, Keras, ncnn, MNN, OpenCV) are installed into a throw-away Python environment.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ "${1-}" = --help ] || [ "${1-}" = -h ]; then
  sed -n '2,4s/^# //p' Benchmarks/compare.sh
  exit
fi
environment=.build-peers
packages="numpy h5py pillow onnx onnxruntime torch tensorflow-cpu keras ncnn MNN opencv-python-headless<5"
if [ "$(cat "$environment/.ready" 2>/dev/null)" != "$packages" ]; then
  echo "installing PyTorch, TensorFlow, ONNX Runtime, Keras, ncnn, MNN and OpenCV into $environment" >&2
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check $packages
  echo "$packages" >"$environment/.ready"
fi
script=compare.py
if [ "${1-}" = accuracy ]; then
  script=accuracy.py
  shift
fi
exec "$environment/bin/python" "Benchmarks/$script" "$@"
