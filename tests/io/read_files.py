#!/usr/bin/env python3
"""Opens what test_python.cpp wrote: results.h5 with h5py, state.safetensors by the format's own description.

Exit code 77: h5py is not there.
"""
import json
import struct
import sys
from pathlib import Path

try:
    import h5py
    import numpy as np
except ImportError as error:
    print(error)
    sys.exit(77)

folder = Path(sys.argv[1])

with h5py.File(folder / "results.h5") as file:
    assert file.attrs["family"] == "toy é" and isinstance(file.attrs["family"], str)
    assert file.attrs["seed"] == 7 and file.attrs["seed"].dtype == np.int64
    assert file["group"].attrs["lr"] == 0.5
    x = file["a/b/x"]
    assert x.dtype == np.float32 and x[:].tolist() == [[1, 2, 3], [4, 5, 6]]
    assert {name: x.attrs[name] for name in x.attrs if name != "DIMENSION_LIST"} == {
        "dims": "row,column", "units": "mV", "description": "six numbers"}
    assert [scale.name for axis in x.dims for scale in axis.values()] == ["/row", "/column"]
    assert file["row"].shape == (2,) and file["row"].is_scale and file["row"].id.get_storage_size() == 0
    assert x.chunks is None and x.compression is None
    assert file["names"].dtype == np.dtype("S8") and file["names"][:].tolist() == [b"car", b"airplane"]
    assert file["provenance/config_yaml"][()] == b"seed: 7\n"
    large = file["large"]
    assert (large.compression, large.compression_opts, large.shuffle, large.fletcher32) == ("gzip", 4, True, True)
    assert large.chunks[1:] == large.shape[1:] and 1e5 <= np.prod(large.chunks) * large.dtype.itemsize <= 1e6
    assert np.array_equal(large[:], np.sqrt(np.arange(large.size)).reshape(large.shape))

content = (folder / "state.safetensors").read_bytes()
length, = struct.unpack("<Q", content[:8])
assert length % 8 == 0
header, data = json.loads(content[8:8 + length]), content[8 + length:]
metadata = header.pop("__metadata__")
assert list(metadata) == ["xxh3_128", "family"] and metadata["family"] == "toy"
assert list(header) == ["weight", "step"]
begin, end = header["weight"]["data_offsets"]
assert header["weight"]["dtype"] == "F32" and header["weight"]["shape"] == [2, 3]
assert np.frombuffer(data[begin:end], "<f4").tolist() == [1.5, -2, 3, 4, 5, 6]
begin, end = header["step"]["data_offsets"]
assert (header["step"]["dtype"], header["step"]["shape"]) == ("I64", []) and np.frombuffer(data[begin:end], "<i8") == 7
assert end == len(data)
