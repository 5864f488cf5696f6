#!/usr/bin/env python3
"""Turns a generator of the public PyTorch pix2pix into a model file for `ct2ct translate`.

usage: from_pytorch.py latest_net_G.pth --out model.safetensors

The generator is a U-Net 128 or 256 (any depth from 2 to 12) with batch norm, instance norm or none,
with dropout or not, of 1 or 3 channels, the same number in and out. The file is a state dict that
torch.save() wrote, which is read without running any code in it (weights_only), or a safetensors
file. docs/use/pytorch.md says what else is refused. The answer of PyTorch is stored in the file as
its self-test and compared with ct2ct's own answer to 1e-5.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import torch

from pix2pix_torch import (Refused, UnetGenerator, answer, exchanged, joins, names,
                           read_safetensors, write_safetensors)

TOLERANCE = 1e-5


def read_state(path):
    """Name -> float32 array. Runs no code of the file."""
    if path.endswith(".safetensors"):
        return read_safetensors(path)[1]
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # of many kinds, all about the file
        raise Refused(f"{path}: not a state dict of weights alone ({type(error).__name__}); expected "
                      "what torch.save(net.state_dict(), path) writes") from None
    if not isinstance(state, dict) or not all(torch.is_tensor(v) for v in state.values()):
        raise Refused(f"{path}: not a state dict: save net.state_dict() alone")
    return {k: v.float().numpy() for k, v in state.items()}


def cleaned(state):
    """Without the prefix of DataParallel, and without counters."""
    return {k[7:] if k.startswith("module.") else k: v for k, v in state.items()
            if not k.endswith("num_batches_tracked")}


def understood(state, path):
    """Levels, width, channels and norm of a generator, or Refused."""
    first, last = state.get("model.model.0.weight"), state.get("model.model.3.weight")
    if first is None or last is None or first.ndim != 4 or last.ndim != 4:
        raise Refused(f"{path}: no U-Net generator (no model.model.0.weight and model.model.3.weight "
                      "of four dimensions); ResNet generators cannot be converted")
    levels = 2
    while any(k.startswith("model.model.1.model." + "3.model." * (levels - 1)) for k in state):
        levels += 1
    if first.shape[2:] != (4, 4):
        raise Refused(f"{path}: kernels of {first.shape[2:]}, expected (4, 4)")
    if first.shape[1] != last.shape[1] or first.shape[1] not in (1, 3):
        raise Refused(f"{path}: {first.shape[1]} channels in and {last.shape[1]} out, expected 1 and 1, "
                      "or 3 and 3")
    inner = "model.model.1.model."
    norm = "instance" if inner + "1.bias" in state else "none"
    innermost_up = dict(names(levels))["up.0.norm"]
    if innermost_up + ".weight" in state:
        norm = "batch"
    return {"levels": levels, "width": int(first.shape[0]), "channels": int(first.shape[1]),
            "norm": norm}


def network_of(state, about, path):
    """The public network with these weights."""
    network = UnetGenerator(about["channels"], about["levels"], about["width"], about["norm"])
    expected = {k: v.shape for k, v in network.state_dict().items()
                if not k.endswith("num_batches_tracked")}
    # Older files keep running statistics of instance norms, which the network never uses.
    unused = [k for k in state if k not in expected and ".running_" in k and about["norm"] != "batch"]
    given = {k: v for k, v in state.items() if k not in unused}
    for name in sorted(set(expected) ^ set(given)):
        kind = "lacks" if name in expected else "has"
        raise Refused(f"{path}: {kind} {name}, unlike a U-Net of {about['levels']} levels with norm "
                      f"{about['norm']} of the public code")
    for name, shape in expected.items():
        if given[name].shape != tuple(shape):
            raise Refused(f"{path}: {name} has shape {given[name].shape}, expected {tuple(shape)}")
        if not np.isfinite(given[name]).all():
            raise Refused(f"{path}: {name} holds a value that is no finite number")
    network.load_state_dict({k: torch.from_numpy(v) for k, v in given.items()}, strict=False)
    return network


def our_arrays(state, about):
    """The weights under our names. Biases that the public network lacks are 0; those before an
    instance norm, which subtracts them again, are left out."""
    arrays, norm = {}, about["norm"]
    for ours, theirs in names(about["levels"]):
        if ours.endswith(".norm"):
            if norm == "none":
                continue
            channels = arrays[ours[:-5] + ".conv.weight"].shape[0 if ours.startswith("down") else 1]
            for part, fill in (("weight", 1), ("bias", 0), ("running_mean", 0), ("running_var", 1)):
                if part.startswith("running") and norm != "batch":
                    continue
                value = state.get(f"{theirs}.{part}") if norm == "batch" else None
                arrays[f"{ours}.{part}"] = np.full(channels, fill, "<f4") if value is None else value
            continue
        weight = state[theirs + ".weight"]
        arrays[ours + ".weight"] = exchanged(weight) if joins(ours) else weight
        innermost = ours == f"down.{about['levels'] - 1}.conv"
        if ours in ("down.0.conv", "last") or innermost or norm == "none":
            cout = weight.shape[0 if ours.startswith("down") else 1]
            arrays[ours + ".bias"] = state.get(theirs + ".bias", np.zeros(cout, "<f4"))
    return arrays


def recipe_of(about, batch_statistics):
    """The recipe pix2pix with this generator (docs/use/settings.md)."""
    channels = about["channels"]
    norm = {"kind": about["norm"], "eps": 1e-5, "momentum": 0.9}
    return {
        "name": "pix2pix", "input": "picture", "difference_gain": 0.0, "registration": False,
        "anywhere": 0.0,
        "generator": {"in_channels": channels, "planes": 0, "out_channels": channels,
                      "levels": about["levels"], "width": about["width"], "norm": norm,
                      "norm_innermost": False, "leaky_slope": 0.2, "dropout": 0.5,
                      "dropout_levels": 3, "head": "tanh", "head_channels": 16,
                      "relu_skips": True},
        "discriminator": {"in_channels": 2 * channels, "width": 64, "stride2_levels": 3,
                          "stride1_levels": 1, "norm": {"kind": "batch", "eps": 1e-5, "momentum": 0.9},
                          "leaky_slope": 0.2, "last_stddev": 0.02,
                          "last_padding": {"left": 1, "right": 1, "top": 1, "bottom": 1}},
        "adam": {"beta1": 0.5, "beta2": 0.999, "epsilon": 1e-8}, "schedule": "linear_decay",
        "learning_rate": 2e-4, "pixel_loss": "l1", "l1_weight": 100.0, "bone_shift_weight": 0.0,
        "adversarial_weight": 1.0, "adversarial_start": 0.0, "judged_gain": 0.0,
        "discriminator_weight": 0.5, "loss": "vanilla", "batch": 1, "crop": 0,
        "size": 2 ** about["levels"], "enlarge": 30, "mirror": True, "swap": False, "shrink": 1.0,
        "window_low": 0.0, "window_high": 255.0, "grey128": False,
        "predict_mode": "batch" if batch_statistics else "running", "epochs": 200.0,
        "protocol": "unseen"}


def find_program(given):
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "build", "release",
                          "ct2ct")
    for path in [given] if given else [shutil.which("ct2ct"), beside]:
        if path and os.access(path, os.X_OK):
            return path
    raise Refused(f"{given or 'ct2ct'}: no such program; name it with --ct2ct")


def convert(path, out, program, batch_statistics, force):
    state = cleaned(read_state(path))
    about = understood(state, path)
    network = network_of(state, about, path).train(batch_statistics)
    for part in network.modules():  # the answers must not change them
        if isinstance(part, torch.nn.BatchNorm2d):
            part.momentum = 0.0
    rng = np.random.default_rng(1)
    side = 2 ** about["levels"]
    image = rng.uniform(-1, 1, (1, side, side, about["channels"])).astype("<f4")
    metadata = {"format": "ct2ct model 1",
                "recipe": json.dumps(recipe_of(about, batch_statistics)),
                "training": json.dumps({"sources": [], "seed": 0, "split_seed": 0, "steps": 0,
                                        "total_steps": 0, "least_squares": [0.0, 0.5, 0.5, 0.0]}),
                "intended_use": "research; translates pictures; not for diagnosis"}
    arrays = {"g." + k: v for k, v in our_arrays(state, about).items()}
    arrays["selftest.input"], arrays["selftest.output"] = image, answer(network, image)
    with tempfile.TemporaryDirectory() as folder:
        unsealed = os.path.join(folder, "unsealed.safetensors")
        write_safetensors(unsealed, metadata, arrays)
        # Compares PyTorch's answer with its own, and writes the file with a seal.
        command = [program, "--quiet", *(["--force"] if force else []), "seal", unsealed, "--out", out]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Refused(done.stderr.strip().split("\n")[-1])
    # The sealed file holds ct2ct's own answer to a larger picture.
    stored = read_safetensors(out)[1]
    expected = stored["selftest.output"]
    off = np.abs(answer(network, stored["selftest.input"]) - expected).max() / np.abs(expected).max()
    if not off <= TOLERANCE:
        os.remove(out)
        raise Refused(f"{path}: ct2ct and PyTorch differ by {off:.1e} of the largest value, expected at "
                      f"most {TOLERANCE:.0e}; nothing was written")
    print(f"U-Net of {about['levels']} levels, width {about['width']}, {about['channels']} channel(s), "
          f"norm {about['norm']}; PyTorch's answer differs by {off:.1e}\nwritten: {out}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("weights", help="state dict (.pth) or .safetensors")
    parser.add_argument("--out", required=True, help="the model file, .safetensors")
    parser.add_argument("--ct2ct", help="the program [the one on the path, else of the build folder]")
    parser.add_argument("--batch-statistics", action="store_true",
                        help="norms use the statistics of each picture, as test.py without --eval")
    parser.add_argument("--force", action="store_true", help="replace an existing file")
    o = parser.parse_args()
    try:
        if not os.path.isfile(o.weights):
            raise Refused(f"{o.weights}: no such file")
        convert(o.weights, o.out, find_program(o.ct2ct), o.batch_statistics, o.force)
    except Refused as error:
        print(f"from_pytorch: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
