"""Makes the archives of ArchiveTests. Run it in this folder; made with Python 3.11's zipfile and tarfile, webdataset 1.0.2.

All hold the same pictures: train/CLASS/N.ppm and test/N.ppm of 2×2 pixels, every byte of which is the picture's number.

photos.zip: half deflated, half stored, below a folder; with what macOS leaves. kaggle.zip: train.zip and test.zip in it.
wrapped.zip: photos/CLASS/N.ppm alone.
photos.tar: GNU's format, a name of 150 letters, a hard link and a symbolic one. photos.tar.gz: pax, in two gzip members.
train-0.tar, train-1.tar, val-0.tar: shards, N.ppm and N.cls; json.tar: N.ppm and N.json.
outside.zip, outside.tar: an entry that would lead outside. bomb.zip: an entry that says it is 4 GB.
"""

import gzip
import io
import json
import tarfile
import zipfile

import webdataset


def picture(number):
    return b"P6\n2 2\n255\n" + bytes([number] * 12)


LONG = "cat/" + "n" * 146 + ".ppm"
train = {f"train/{'cat' if n % 2 else 'dog'}/{n:02}.ppm": picture(n) for n in range(20)} | {f"train/{LONG}": picture(20)}
test = {f"test/{n}.ppm": picture(n) for n in range(30, 34)}
ORIGIN = (1980, 1, 1, 0, 0, 0)


def zipped(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, (name, content) in enumerate(files.items()):
            info = zipfile.ZipInfo(name, ORIGIN)
            archive.writestr(info, content, zipfile.ZIP_DEFLATED if number % 2 else zipfile.ZIP_STORED)
    return out.getvalue()


def tarred(files, format, links=()):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for kind, name, target in links:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            archive.addfile(info)
    return out.getvalue()


def write(name, content):
    with open(name, "wb") as file:
        file.write(content)


below = {f"photos/{name}": content for name, content in (train | test).items()}
write("photos.zip", zipped({"photos/": b""} | below | {"__MACOSX/photos/train/cat/._01.ppm": b"\0\5\x16\7", "photos/.DS_Store": b"\0"}))
classes = {name.replace("train/", "photos/", 1): content for name, content in train.items() if LONG not in name}
write("wrapped.zip", zipped(classes))
write("kaggle.zip", zipped({"train.zip": zipped(train), "test.zip": zipped(test), "sample_submission.csv": b"id,label\n30,0\n"}))
linked = {name: content for name, content in (train | test).items() if name not in ("train/cat/03.ppm", "train/cat/05.ppm")}
# 03 and 05 are links to what has their bytes.
hidden = {"train/cat/.03": picture(3)}
links = [(tarfile.LNKTYPE, "train/cat/03.ppm", "pictures/3.ppm"), (tarfile.SYMTYPE, "train/cat/05.ppm", "../../pictures/5.ppm")]
write("photos.tar", tarred(linked | {"pictures/3.ppm": picture(3), "pictures/5.ppm": picture(5)} | hidden, tarfile.GNU_FORMAT, links))
packed = tarred({f"./{name}": content for name, content in (train | test).items()}, tarfile.PAX_FORMAT)
write("photos.tar.gz", gzip.compress(packed[:5000], mtime=0) + gzip.compress(packed[5000:], mtime=0))
for shard, numbers in [("train-0", range(0, 10)), ("train-1", range(10, 20)), ("val-0", range(20, 24))]:
    with webdataset.TarWriter(f"{shard}.tar", mtime=0) as writer:
        for n in numbers:
            writer.write({"__key__": f"{n:02}", "ppm": picture(n), "cls": n % 2})
write("json.tar", tarred({f"{n:02}.{e}": c for n in range(12) for e, c in [("ppm", picture(n)), ("json", json.dumps({"label": ["dog", "cat"][n % 2]}).encode()), ("cls", b"cat" if n % 2 else b"dog")] if e != "cls" or n > 5}, tarfile.USTAR_FORMAT))
write("outside.zip", zipped({"cat/1.ppm": picture(1), "../dog/2.ppm": picture(2)}))
write("outside.tar", tarred({"cat/1.ppm": picture(1), "/dog/2.ppm": picture(2)}, tarfile.USTAR_FORMAT))
bomb = bytearray(zipped({"cat/1.ppm": picture(1), "dog/2.ppm": picture(2)}))
at = bomb.index(b"PK\1\2")
bomb[at + 24 : at + 28] = b"\xf0\xff\xff\xff"
bomb[at + 10] = 8
write("bomb.zip", bytes(bomb))
