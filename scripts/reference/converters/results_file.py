"""Datasets of a results file made anew with other lengths, descriptions and dimension scales kept."""
import h5py
import numpy as np

OF_HDF5 = ("CLASS", "NAME", "REFERENCE_LIST", "DIMENSION_LIST", "_Netcdf4Dimid")


def attributes_of(dataset):
    return {key: value for key, value in dataset.attrs.items() if key not in OF_HDF5}


def make(file, path, attributes, **content):
    dataset = file.create_dataset(path, **content)
    for key, value in attributes.items():
        dataset.attrs[key] = value
    return dataset


def replace(file, values):
    """`values`: by path; among them every dataset along a dimension whose length changes."""
    old = {path: (file[path].dtype, attributes_of(file[path]), [dimension[0].name for dimension in file[path].dims]) for path in values}
    values = {path: np.asarray(entry, old[path][0]) for path, entry in values.items()}
    lengths = {scale: length for path, (_, _, scales) in old.items() for scale, length in zip(scales, values[path].shape)}
    for path in values:
        del file[path]
    for scale, length in lengths.items():
        if file[scale].shape != (length,):
            attributes, name = attributes_of(file[scale]), file[scale].attrs["NAME"]
            del file[scale]
            make(file, scale, attributes, shape=(length,), dtype=">f4").make_scale(name)
    for path, (_, attributes, scales) in old.items():
        dataset = make(file, path, attributes, data=values[path])
        for dimension, scale in zip(dataset.dims, scales):
            dimension.attach_scale(file[scale])
