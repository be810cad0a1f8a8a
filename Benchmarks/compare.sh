#!/usr/bin/env bash
# Times this project and its peers in turns, and prints README's tables: compare.sh [options of compare.py], or
# compare.sh accuracy [options of accuracy.py], or compare.sh fine-tuning [cases of fine_tuning.py].
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
case "${1-}" in
  accuracy) script=accuracy.py && shift ;;
  fine-tuning) script=fine_tuning.py && shift ;;
  *) script=compare.py ;;
esac
exec "$environment/bin/python" "Benchmarks/$script" "$@"
