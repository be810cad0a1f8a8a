"""Size on disk, and speed of writing and reading, of cached features: ours by storage, and h5py's own gzip.

    python3 Benchmarks/cache_storage.py CACHE [--extract-options …]

CACHE holds a complete cache that `extract` wrote with --compression none, of any images; what extract was given but for
--cache, --compression and --dtype comes after --extract-options. Ours is timed as the command line is used: writing is
`extract` storing the same features anew, which includes reading them and hashing the images; reading is `extract --verify`,
which reads, checks and decodes all. Of both the time of a run that finds nothing to do is taken off. MB/s are of float32
features before compression. Needs h5py and numpy.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import h5py

EXTRACT = pathlib.Path(__file__).parent.parent / ".build/release/extract"
SPLITS = ("train", "valid", "test")
UNCOMPRESSED = ["--compression", "none"]


def seconds(command):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def ours(source, folder, options, storage, megabytes):
    """Row for one storage of ours: size, write and read speed."""
    cache = folder / "cache"
    shutil.copytree(source, cache)
    command = [EXTRACT, *options, "--cache", cache, *storage]
    if storage == UNCOMPRESSED:
        # The cache is of this storage already.
        seconds([EXTRACT, *options, "--cache", cache, "--compression", "deflate"])
    write = seconds(command)
    idle = seconds(command)
    read = min(seconds([EXTRACT, "--verify", "--cache", cache]) for _ in range(3))
    size = sum(os.path.getsize(cache / f"{split}.h5") for split in SPLITS) / 1e6
    shutil.rmtree(cache)
    return " ".join(storage), size, megabytes / max(write - idle, 1e-9), megabytes / read


def h5pys(arrays, folder, name, megabytes, **options):
    path = folder / "h5py.h5"
    start = time.perf_counter()
    with h5py.File(path, "w") as file:
        for index, array in enumerate(arrays):
            file.create_dataset(str(index), data=array, **options)
        file.flush()
        os.fsync(file.id.get_vfd_handle())
    write = time.perf_counter() - start
    reads = []
    for _ in range(3):
        start = time.perf_counter()
        with h5py.File(path) as file:
            for dataset in file.values():
                dataset[()]
        reads.append(time.perf_counter() - start)
    size = os.path.getsize(path) / 1e6
    path.unlink()
    return name, size, megabytes / write, megabytes / min(reads)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cache", type=pathlib.Path)
    parser.add_argument("--extract-options", nargs=argparse.REMAINDER, default=[])
    arguments = parser.parse_args()
    arrays = []
    for split in SPLITS:
        with h5py.File(arguments.cache / f"{split}.h5") as file:
            arrays.append(file["features"][()])
            chunk = file["features"].chunks
    megabytes = sum(array.nbytes for array in arrays) / 1e6
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        rows = [
            ours(arguments.cache, folder, arguments.extract_options, storage, megabytes)
            for storage in (
                UNCOMPRESSED,
                ["--compression", "deflate"],
                ["--compression", "none", "--dtype", "float16"],
                ["--compression", "deflate", "--dtype", "float16"],
            )
        ]
        rows += [
            h5pys(arrays, folder, "h5py uncompressed", megabytes),
            h5pys(arrays, folder, "h5py gzip 4 (its default)", megabytes, chunks=chunk, compression="gzip"),
            h5pys(arrays, folder, "h5py gzip 1", megabytes, chunks=chunk, compression="gzip", compression_opts=1),
            h5pys(
                arrays, folder, "h5py shuffle, gzip 1, fletcher32", megabytes, chunks=chunk, compression="gzip",
                compression_opts=1, shuffle=True, fletcher32=True),
        ]
    print(f"{sum(map(len, arrays)):,} rows of {arrays[0].shape[1:]}, {megabytes:.0f} MB")
    for label, size, write, read in rows:
        print(f"{label:40} {size:8.1f} MB {100 * size / megabytes:6.1f} %  write {write:6.0f} MB/s  read {read:6.0f} MB/s")


if __name__ == "__main__":
    main()
