"""Makes the batches of CIFARTests. Run it in this folder; made with Python 3.11 and numpy 2.4.

Every picture's element at row n of a file, channel c, height y, width x is (7n + 5y + 3x + 11c) mod 256; every label is n mod 3.
Sides are 32, as in the originals.

cifar-10-python.tar.gz: data_batch_1, data_batch_2, test_batch and batches.meta in a folder, as Python 2's cPickle writes them in
    protocol 2: the original's opcodes. Read back here by Python 3, as the original's page says.
cifar-100-python.tar.gz: the same of train, test and meta, with coarse and fine labels.
cifar-p0.tar.gz: protocol 0 but for the data: batches.meta is text.
cifar-p2.tar.gz … cifar-p5.tar.gz: as Python 3 writes byte strings and arrays in the protocols 2 to 5; p4 and p5 with keys that are text.
"""

import io
import pickle
import tarfile

import numpy as np

NAMES = [b"airplane", b"bird", b"cat", b"deer"]


def data(count, side=32):
    n, c, y, x = np.ogrid[:count, :3, :side, :side]
    return ((7 * n + 5 * y + 3 * x + 11 * c) % 256).astype(np.uint8).reshape(count, -1)


def batch(name, count):
    return {
        b"batch_label": name.encode(),
        b"labels": [n % 3 for n in range(count)],
        b"data": data(count),
        b"filenames": [f"picture_s_{n:06}.png".encode() for n in range(count)],
    }


class Python2(pickle._Pickler):
    """Byte strings as Python 2's str, and the names of numpy's modules of that time."""

    dispatch = dict(pickle._Pickler.dispatch)

    def save_bytes(self, value):
        size = len(value)
        self.write(b"U" + bytes([size]) if size < 256 else b"T" + size.to_bytes(4, "little"))
        self.write(value)
        self.memoize(value)

    def save_text(self, value):
        self.save_bytes(value.encode())

    dispatch[bytes] = save_bytes
    dispatch[str] = save_text

    def save_global(self, value, name=None):
        module = value.__module__.replace("numpy._core", "numpy.core")
        self.write(f"c{module}\n{name or value.__name__}\n".encode())
        self.memoize(value)

    dispatch[type] = save_global


def python2(value):
    out = io.BytesIO()
    Python2(out, 2).dump(value)
    again = pickle.loads(out.getvalue(), encoding="bytes")
    assert again.keys() == value.keys() and all(np.array_equal(again[key], value[key]) for key in value)
    return out.getvalue()


def text(value):
    """Keys and names as text."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, dict):
        return {text(key): text(item) for key, item in value.items()}
    return [text(item) for item in value] if isinstance(value, list) else value


def archive(name, folder, files):
    with tarfile.open(name, "w:gz", compresslevel=9) as tar:
        for file, content in files.items():
            info = tarfile.TarInfo(f"{folder}/{file}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))


meta = {b"num_cases_per_batch": 9, b"label_names": NAMES, b"num_vis": 3072}
ten = {"data_batch_1": batch("training batch 1 of 2", 9), "data_batch_2": batch("training batch 2 of 2", 15)}
ten |= {"test_batch": batch("testing batch 1 of 1", 6), "batches.meta": meta}
archive("cifar-10-python.tar.gz", "cifar-10-batches-py", {name: python2(value) for name, value in ten.items()})

hundred = {}
for name, count in [("train", 24), ("test", 6)]:
    value = batch(name, count)
    value[b"fine_labels"] = value.pop(b"labels")
    value[b"coarse_labels"] = [n % 2 for n in range(count)]
    hundred[name] = value
hundred["meta"] = {b"fine_label_names": [b"apple", b"aquarium_fish", b"baby"], b"coarse_label_names": [b"fish", b"fruit"]}
archive("cifar-100-python.tar.gz", "cifar-100-python", {name: python2(value) for name, value in hundred.items()})

for protocol in [0, 2, 3, 4, 5]:
    files = {name: text(value) if protocol > 3 else value for name, value in ten.items()}
    if protocol == 0:
        files["batches.meta"] = text(meta)
        dumps = {name: pickle.dumps(value, 0 if name == "batches.meta" else 3) for name, value in files.items()}
    else:
        dumps = {name: pickle.dumps(value, protocol) for name, value in files.items()}
    archive(f"cifar-p{protocol}.tar.gz", "batches", dumps)
