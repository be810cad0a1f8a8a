"""Numbers that the scripts beside it and the tests draw alike: of the words of Philox4x32-10 (Salmon, Moraes, Dror and Shaw,
SC 2011; Random.swift) under the seed 5."""

import numpy as np

SEED = 5


def words(count, stream):
    """The first words of a stream: block b is ten rounds over the counter (b, 0, stream, 0)."""
    low = np.uint64(0xFFFFFFFF)
    blocks = (count + 3) // 4
    c0, c1 = np.arange(blocks, dtype=np.uint64), np.zeros(blocks, np.uint64)
    c2, c3 = np.full(blocks, stream, np.uint64), np.zeros(blocks, np.uint64)
    key0, key1 = SEED, 0
    for _ in range(10):
        product0, product1 = c0 * np.uint64(0xD2511F53), c2 * np.uint64(0xCD9E8D57)
        c0 = (product1 >> np.uint64(32)) ^ c1 ^ np.uint64(key0)
        c1 = product1 & low
        c2 = (product0 >> np.uint64(32)) ^ c3 ^ np.uint64(key1)
        c3 = product0 & low
        key0, key1 = (key0 + 0x9E3779B9) & 0xFFFFFFFF, (key1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack([c0, c1, c2, c3], axis=1).reshape(-1)[:count].astype(np.uint32)


def numbers(shape, stream, scale):
    units = (words(int(np.prod(shape)), stream) >> 8).astype(np.float32) / np.float32(2**23) - np.float32(1)
    return (units * np.float32(scale)).reshape(shape)
