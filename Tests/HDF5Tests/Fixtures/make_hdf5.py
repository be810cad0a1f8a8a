"""Makes kinds.h5, strings.h5, chunks.h5 and cyclic.h5 with h5py: python make_hdf5.py (h5py 3.14, NumPy 2.4)."""

import h5py
import numpy as np

values = (np.arange(24, dtype=np.float64).reshape(4, 3, 2) - 5) / 2  # exact in every float type

# Number types, byte orders and layouts.
with h5py.File("kinds.h5", "w") as file:
    for name in ["<f2", ">f2", "<f4", ">f4", "<f8", ">f8"]:
        file[f"float/{'little' if name[0] == '<' else 'big'}{name[2]}"] = values.astype(name)
    for name in ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]:
        file[f"integer/little_{name}"] = np.arange(100, 112).reshape(4, 3).astype("<" + name)
        file[f"integer/big_{name}"] = np.arange(100, 112).reshape(4, 3).astype(">" + name)
    file["bool"] = np.array([True, False, True])
    file["scalar"] = np.float32(0.25)
    file["empty"] = np.zeros((0, 3), "f4")
    file["null"] = h5py.Empty("f4")
    file["compound"] = np.zeros(2, dtype=[("x", "f4"), ("y", "i4")])
    compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    compact.set_layout(h5py.h5d.COMPACT)
    space = h5py.h5s.create_simple((4, 3, 2))
    dataset = h5py.h5d.create(file.id, b"compact", h5py.h5t.IEEE_F32LE, space, compact)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, np.ascontiguousarray(values, dtype=np.float32))
    file.create_dataset("chunked", data=values.astype("f4"), chunks=(3, 2, 1), maxshape=(None, 3, 9))
    file.create_dataset("gzipped", data=values.astype("f4"), chunks=(3, 3, 2), shuffle=True, compression=6)
    file.create_dataset("lzf", data=values.astype("f4"), chunks=(3, 3, 2), compression="lzf")
    file["soft"] = h5py.SoftLink("/float/big4")
    file["dangling"] = h5py.SoftLink("/nowhere/at/all")
    file["chunked"].dims[0].label = "N"
    file["chunked"].dims[2].label = "größe"

# Strings of all kinds, as data sets and as attributes.
texts = ["block1_conv1", "größe", ""]
with h5py.File("strings.h5", "w") as file:
    file.create_dataset("variable_utf8", data=texts, dtype=h5py.string_dtype("utf-8"))
    file.create_dataset("variable_ascii", data=["a", "bc", ""], dtype=h5py.string_dtype("ascii"))
    file.create_dataset("fixed_utf8", data=[t.encode() for t in texts], dtype=h5py.string_dtype("utf-8", 16))
    file["fixed_ascii"] = np.array([b"a", b"bc", b""], dtype="S4")
    file["scalar"] = "one"
    for padding, text in [(h5py.h5t.STR_SPACEPAD, b"ab  "), (h5py.h5t.STR_NULLTERM, b"ab\0x")]:
        kind = h5py.h5t.C_S1.copy()
        kind.set_size(4)
        kind.set_strpad(padding)
        name = b"space_padded" if padding == h5py.h5t.STR_SPACEPAD else b"null_terminated"
        space = h5py.h5s.create_simple((1,))
        dataset = h5py.h5d.create(file.id, name, kind, space)
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([text], dtype="S4"), kind)
    file["latin1"] = np.array(["größe".encode("latin-1")], dtype="S8")

    file.attrs["variable"] = "größe"
    file.attrs["bytes"] = np.bytes_(b"2.15.0")
    file.attrs["layer_names"] = [b"block1_conv1", b"block1_pool"]  # as Keras 1 and 2 write them
    file.attrs["variable_array"] = np.array(texts, dtype=h5py.string_dtype())
    file.attrs["weight_names"] = []  # as Keras writes a layer without weights: no elements, of type float64
    file.attrs["true"] = True
    file.attrs["false"] = False
    file.attrs["big_endian"] = np.array([1, 2, 3], dtype=">i2")
    file.attrs["float32"] = np.float32(0.5)
    file.attrs["nb_layers"] = 37
    file.attrs["matrix"] = np.arange(6.0).reshape(2, 3)

# Chunks that HDF5's own filters made; the last one reaches beyond the data set.
sparse = np.random.default_rng(1).normal(size=(10, 2, 3, 16))
sparse[sparse < 1.5] = 0
with h5py.File("chunks.h5", "w") as file:
    for name, options in {
        "standard": dict(shuffle=True, compression=1, fletcher32=True),
        "shuffle": dict(shuffle=True),
        "deflate": dict(compression=9),
        "fletcher32": dict(fletcher32=True),
        "none": dict(),
    }.items():
        for kind in ["f2", "f4", "f8", "u1"]:
            file.create_dataset(f"{name}/{kind}", data=sparse.astype(kind), chunks=(4, 2, 3, 16), **options)

# A group that contains itself.
with h5py.File("cyclic.h5", "w") as file:
    file.create_group("a/b")
    file["a/b/up"] = file["a"]
