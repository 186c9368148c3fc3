"""What a reader that knows nothing of tsd gets out of HDF5 files: values.py all|but-inputs FILE... prints a digest or an error of
each, a line each.

A process of its own, since the library may fail on a damaged file for good.
"""
import hashlib
import json
import sys

import h5py
import numpy as np

TIMES = {"created_utc"}
INPUTS = {"index", "config_sha256", "inputs", "config_yaml", "file", "path", "sha256"}  # names of what tells which files were read


def take(digest, name, item, aside):
    digest.update(name.encode())
    for key in sorted(item.attrs):
        if key not in aside:
            digest.update(f"{key}={item.attrs[key]!r}".encode())
    if isinstance(item, h5py.Dataset):
        value = np.ascontiguousarray(item[()])
        digest.update(f"{value.dtype} {value.shape}".encode())
        digest.update(value.tobytes())


def digest_of(path, aside):
    digest = hashlib.sha256()
    with h5py.File(path) as file:
        take(digest, "/", file, aside)
        names = []
        file.visit(lambda name: names.append(name))
        for name in sorted(names):
            if not aside.intersection(name.split("/")):
                take(digest, name, file[name], aside)
    return digest.hexdigest()


if __name__ == "__main__":
    aside = TIMES | (INPUTS if sys.argv[1] == "but-inputs" else set())
    for path in sys.argv[2:]:
        try:
            print(json.dumps([path, digest_of(path, aside)]), flush=True)
        except Exception as error:
            print(json.dumps([path, None, repr(error)[:200]]), flush=True)
