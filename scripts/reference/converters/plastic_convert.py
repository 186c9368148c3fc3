#!/usr/bin/env python3
"""Models of the original's plastic networks as safetensors, for `init_file`.

    scripts/reference/converters/plastic_convert.py Result/Memo/NAME/R_1/Model [MORE ...] [--out FOLDER]

Each MODEL is a torch state dict (`Model`, `Model_tmp`); it becomes <R_n>_<Model>.safetensors in FOLDER (here, if not given).
The words of the config that follow from the shapes are printed; network_type and plastic_types stand in the folder's name.
"""
import argparse
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

LISTS = ("lambda_list", "weight_matrix_list", "bias_matrix_list", "eta_matrix_list")


def converted(state):
    """Under the same names, in single precision; one decay or rate for all is a scalar."""
    unknown = [name for name in state if name not in ("w_final", "b_final") and name.rsplit(".", 1)[0] not in LISTS]
    if unknown or "w_final" not in state:
        raise ValueError(f"no state dict of a plastic network; keys: {', '.join(state) or 'none'}")
    tensors = {}
    for name, value in state.items():
        value = value.detach().to("cpu", torch.float32)
        single = name.startswith(("lambda_list", "eta_matrix_list")) and value.ndim < 2
        tensors[name] = (value.reshape(()) if single else value).clone().contiguous()
    return tensors


def words(tensors):
    """hidden_dims, vec_len and hetero_rates of a config for these tensors."""
    weights = [tensors[f"weight_matrix_list.{i}"] for i in range(sum(name.startswith("weight") for name in tensors))]
    rates = []
    for i in range(sum(name.startswith("eta") for name in tensors)):
        eta = tensors[f"eta_matrix_list.{i}"]
        rates.append("0" if eta.ndim == 0 else "1" if eta.shape == weights[i].shape else "0.5")
    dims = ",".join(str(len(weight)) for weight in weights)
    return f"hidden_dims=[{dims}] vec_len={weights[0].shape[1]} hetero_rates=[{','.join(rates)}]"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("models", nargs="+", type=Path, metavar="MODEL")
    arguments.add_argument("--out", type=Path, default=Path(), metavar="FOLDER")
    options = arguments.parse_args()
    for model in options.models:
        try:
            tensors = converted(torch.load(model, map_location="cpu", weights_only=True))
        except Exception as error:  # whatever torch finds in a file that is none of its own
            sys.exit(f"{model}: {error}")
        file = options.out / f"{model.resolve().parent.name}_{model.name}.safetensors"
        save_file(tensors, file)
        print(f"init_file={file} {words(tensors)}")


if __name__ == "__main__":
    main()
