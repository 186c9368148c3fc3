"""Other values for tensors of a checkpoint of tsd, whose checksum is made anew."""
import json

import numpy as np

OPENING = b'{"__metadata__":{"xxh3_128":"'
DIGEST = slice(8 + len(OPENING), 8 + len(OPENING) + 32)

# XXH3's default secret and primes (Collet, xxHash specification).
SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c"
    "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364"
    "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e")
P32 = (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D)
P64 = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)
MASK, BLOCK, STRIPE = (1 << 64) - 1, 1024, 64


def words(data, at, count):
    return np.frombuffer(data, "<u8", count, at)


KEYS = np.stack([words(SECRET, 8 * stripe, 8) for stripe in range(16)])


def accumulate(acc, stripes, keys):
    """Stripes of eight words, [stripe, lane]."""
    mixed = stripes ^ keys
    acc += stripes.reshape(-1, 4, 2)[:, :, ::-1].reshape(-1, 8).sum(axis=0, dtype=np.uint64)
    acc += ((mixed & np.uint64(0xFFFFFFFF)) * (mixed >> np.uint64(32))).sum(axis=0, dtype=np.uint64)


def merged(acc, at, start):
    for i, (a, b) in enumerate(acc.reshape(4, 2)):
        first, second = words(SECRET, at + 16 * i, 2)
        product = int(a ^ first) * int(b ^ second)
        start = (start + ((product & MASK) ^ (product >> 64))) & MASK
    start ^= start >> 37
    start = start * 0x165667919E3779F9 & MASK
    return start ^ (start >> 32)


def xxh3_128(data):
    """Of more than 240 bytes."""
    acc = np.array([P32[2], *P64[:4], P32[1], P64[4], P32[0]], np.uint64)
    blocks = (len(data) - 1) // BLOCK
    for block in range(blocks):
        accumulate(acc, words(data, BLOCK * block, 128).reshape(16, 8), KEYS)
        acc ^= acc >> np.uint64(47)
        acc ^= words(SECRET, 128, 8)
        acc *= np.uint64(P32[0])
    rest = (len(data) - 1 - BLOCK * blocks) // STRIPE
    accumulate(acc, words(data, BLOCK * blocks, 8 * rest).reshape(rest, 8), KEYS[:rest])
    accumulate(acc, words(data, len(data) - STRIPE, 8)[None], words(SECRET, 121, 8))
    length = len(data)
    low, high = merged(acc, 11, length * P64[0] & MASK), merged(acc, 117, ~(length * P64[1]) & MASK)
    return f"{high:016x}{low:016x}"


def opened(data):
    """Where tensors begin, and what the header says."""
    start = 8 + int.from_bytes(data[:8], "little")
    return start, json.loads(data[8:start])


def shapes_of(file):
    _, header = opened(file.read_bytes())
    return {name: tuple(entry["shape"]) for name, entry in header.items() if name != "__metadata__"}


def tensor_of(file, name):
    """One of single precision."""
    data = file.read_bytes()
    start, header = opened(data)
    begin, end = (start + offset for offset in header[name]["data_offsets"])
    return np.frombuffer(data[begin:end], {"F32": "<f4"}[header[name]["dtype"]])


def replace_tensors(file, tensors):
    """Of the shapes and types that they have in the file."""
    data = bytearray(file.read_bytes())
    start, header = opened(data)
    for name, values in tensors.items():
        begin, end = (start + offset for offset in header[name]["data_offsets"])
        data[begin:end] = values.tobytes()
    data[DIGEST] = b"0" * 32
    data[DIGEST] = xxh3_128(bytes(data)).encode()
    file.write_bytes(data)
