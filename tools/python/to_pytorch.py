#!/usr/bin/env python3
"""Turns a model file of `ct2ct translate` into weights for the public PyTorch pix2pix.

usage: to_pytorch.py model.safetensors --out latest_net_G.pth

The other way of from_pytorch.py: docs/use/pytorch.md says which models have a counterpart there. A
name that ends in .safetensors gives such a file instead of one of torch.save().
"""
import argparse
import json
import os
import sys

import numpy as np
import torch

from pix2pix_torch import (Refused, UnetGenerator, answer, exchanged, joins, names,
                           read_safetensors, write_safetensors)

TOLERANCE = 1e-5


def understood(path):
    """Recipe of the generator and arrays, or Refused."""
    metadata, arrays = read_safetensors(path)
    if not metadata.get("format", "").startswith("ct2ct model"):
        raise Refused(f"{path}: no ct2ct model file")
    recipe = json.loads(metadata["recipe"])
    g = recipe["generator"]
    for name, got, expected in (
            ("input", recipe["input"], "picture"), ("generator.head", g["head"], "tanh"),
            ("generator.relu_skips", g.get("relu_skips", False), True),
            ("generator.norm_innermost", g["norm_innermost"], False),
            ("generator.leaky_slope", g["leaky_slope"], 0.2),
            ("generator.norm.eps", g["norm"]["eps"], 1e-5)):
        if got != expected:
            raise Refused(f"{path}: {name} is {got}, the public network has {expected}")
    return recipe, arrays


def their_state(g, arrays, path, extended):
    """The weights under the names of the public network."""
    state, norm = {}, g["norm"]["kind"]

    def only(name, values, fill):
        if not extended and (values != fill).any():
            raise Refused(f"{path}: {name} has values that the public network with norm {norm} lacks; "
                          "--extended writes them for UnetGenerator of tools/python/pix2pix_torch.py")

    for ours, theirs in names(g["levels"]):
        if ours.endswith(".norm"):
            if norm == "none":
                continue
            for part in ("weight", "bias") + (("running_mean", "running_var") if norm == "batch" else ()):
                values = arrays[f"g.{ours}.{part}"]
                if norm == "instance":
                    only(f"{ours}.{part}", values, 1 if part == "weight" else 0)
                if norm == "batch" or extended:
                    state[f"{theirs}.{part}"] = values
            if norm == "batch":
                state[f"{theirs}.num_batches_tracked"] = np.array(0, "<i8")
            continue
        weight = arrays[f"g.{ours}.weight"]
        state[theirs + ".weight"] = exchanged(weight) if joins(ours) else weight
        bias = arrays.get(f"g.{ours}.bias")
        if ours == "last" or norm == "instance" or extended:
            channels = weight.shape[0 if ours.startswith("down") else 1]
            state[theirs + ".bias"] = np.zeros(channels, "<f4") if bias is None else bias
        elif bias is not None:
            only(f"{ours}.bias", bias, 0)
    return state


def convert(path, out, extended):
    recipe, arrays = understood(path)
    g = recipe["generator"]
    state = their_state(g, arrays, path, extended)
    tensors = {k: torch.from_numpy(np.array(v)) for k, v in state.items()}
    more = {"bias": True, "affine": True} if extended else {}
    network = UnetGenerator(g["in_channels"], g["levels"], g["width"], g["norm"]["kind"], **more)
    network.load_state_dict(tensors)
    network.train(recipe["predict_mode"] == "batch")
    expected = arrays["selftest.output"]
    off = np.abs(answer(network, arrays["selftest.input"]) - expected).max() / np.abs(expected).max()
    if not off <= TOLERANCE:
        raise Refused(f"{path}: PyTorch's answer differs by {off:.1e} of the largest value, expected at "
                      f"most {TOLERANCE:.0e}; nothing was written")
    if out.endswith(".safetensors"):
        write_safetensors(out, {}, {k: v for k, v in state.items() if v.ndim > 0})
    else:
        torch.save(tensors, out)
    print(f"PyTorch's answer differs by {off:.1e}\nwritten: {out}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", help="model file, .safetensors")
    parser.add_argument("--out", required=True, help="state dict (.pth) or .safetensors")
    parser.add_argument("--extended", action="store_true",
                        help="also biases and norms that the public network lacks")
    parser.add_argument("--force", action="store_true", help="replace an existing file")
    o = parser.parse_args()
    try:
        if not os.path.isfile(o.model):
            raise Refused(f"{o.model}: no such file")
        if os.path.exists(o.out) and not o.force:
            raise Refused(f"{o.out}: the file exists; --force replaces it")
        convert(o.model, o.out, o.extended)
    except Refused as error:
        print(f"to_pytorch: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
