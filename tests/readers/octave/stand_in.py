"""What MATLAB's h5info and h5read give, for Octave: stand_in.py info FILE GROUP | read FILE OUT.mat"""
import json
import sys

import h5py
import numpy as np


def attributes(item):
    found = []
    for name in item.attrs:
        value = item.attrs[name]
        if name == "DIMENSION_LIST":
            value = ["object reference"]
        elif isinstance(value, str):
            value = [value]  # variable-length text is a cell
        elif isinstance(value, bytes):
            value = value.decode()
        else:
            value = value.item()
        found.append({"Name": name, "Value": value})
    return found


def info(group):
    sets = [{"Name": name, "Dataspace": {"Size": list(item.shape[::-1])}, "Attributes": attributes(item)}
            for name, item in group.items() if isinstance(item, h5py.Dataset)]
    return {"Name": group.name, "Groups": [info(item) for item in group.values() if isinstance(item, h5py.Group)],
            "Datasets": sets, "Attributes": attributes(group)}


def value_of(item):
    value = item[()]
    if item.dtype.kind == "S":
        return np.array([text.decode() for text in np.ravel(value)], dtype=object)
    return value[:, None] if item.ndim == 1 else np.transpose(value)


def read(file, out):
    from scipy.io import savemat

    found = []
    file.visititems(lambda name, item: found.append(item) if isinstance(item, h5py.Dataset) else None)
    paths, values = np.empty(len(found), object), np.empty(len(found), object)
    for k, item in enumerate(found):
        paths[k], values[k] = item.name, value_of(item)
    savemat(out, {"paths": paths, "values": values})


with h5py.File(sys.argv[2]) as file:
    if sys.argv[1] == "info":
        print(json.dumps(info(file[sys.argv[3]])))
    else:
        read(file, sys.argv[3])
