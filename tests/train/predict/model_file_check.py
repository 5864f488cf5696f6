#!/usr/bin/env python3
"""Opens model files without ct2ct: the header by hand, the network in PyTorch, and packed ones with
numpy's own rounding to 16 bits.

usage: model_file_check.py CT2CT

Trains three small models for two steps, checks the layout of the files byte by byte against
docs/audit/model-format.md, loads the weights into the networks of tests/golden/networks.py, and compares
their answer to the stored input with the stored output. Shares no code with ct2ct. Opens the files
with the package safetensors, too, where Python has it. Exit code 77 means skipped: no PyTorch.
"""
import hashlib
import json
import os
import struct
import subprocess
import sys
import tempfile

try:
    import numpy
    import torch
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "golden"))
from networks import Generator, to_nchw, to_nhwc  # noqa: E402

SMALL = ["--levels", "3", "--width", "4"]
TRAININGS = [
    ("residual", [*SMALL, "--learning-rate", "0.03"]),
    ("residual", [*SMALL, "--learning-rate", "0.03", "--set", "generator.norm.kind=instance"]),
    ("ct2ct", [*SMALL, "--size", "32"]),
]


def read(path):
    """Metadata and arrays; asserts what docs/audit/model-format.md says of the layout."""
    with open(path, "rb") as f:
        length, = struct.unpack("<Q", f.read(8))
        assert length % 8 == 0, length
        header = json.loads(f.read(length))
        data = f.read()
    meta = header.pop("__metadata__")
    end, arrays = 0, {}
    for name, t in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, stop = t["data_offsets"]
        assert begin == end, f"a hole or an overlap before {name}"
        kind = {"F32": "<f4", "F16": "<f2"}[t["dtype"]]
        values = numpy.frombuffer(data[begin:stop], kind)
        assert values.size == numpy.prod(t["shape"]), name
        arrays[name] = values.reshape(t["shape"])
        end = stop
    assert end == len(data), "values after the last tensor"
    return meta, arrays


def check_seal(path, seal):
    """SHA-256 of the file with the seal's own digits as 0."""
    with open(path, "rb") as f:
        data = f.read()
    entry = b'"sha256":"' + seal.encode() + b'"'
    assert data.count(entry) == 1
    blank = data.replace(entry, entry.replace(seal.encode(), b"0" * 64))
    assert hashlib.sha256(blank).hexdigest() == seal


def check_packed(path, whole_path):
    """Half of the file is rounded as numpy rounds it, and PyTorch computes the same from it."""
    whole = read(whole_path)[1]
    for name, values in read(path)[1].items():
        if name == "selftest.output":
            continue
        if values.dtype == numpy.float16:
            assert numpy.array_equal(values, whole[name].astype(numpy.float16)), name
        else:
            assert "running_" in name or name.startswith("selftest"), name
            assert numpy.array_equal(values, whole[name]), name


def check(path, recipe):
    meta, arrays = read(path)
    arrays = {n: a.astype("<f4") for n, a in arrays.items()}
    assert meta["format"] == "ct2ct model 2", meta["format"]
    check_seal(path, meta["sha256"])
    sums = json.loads(meta["weight_sums"])
    assert sorted("g." + name for name in sums) == sorted(n for n in arrays if n.startswith("g."))
    for name, expected in sums.items():
        values = arrays["g." + name].astype("<f8").ravel()
        factors = 1 + (40503 * numpy.arange(values.size, dtype="<u8") % 65536) / 65536
        assert numpy.cumsum(values * factors)[-1] == expected, name
    assert "research" in meta["intended_use"], meta["intended_use"]
    training = json.loads(meta["training"])
    assert training["steps"] == 2 and len(training["sources"]) == 1, training
    assert len(training["sources"][0]["sha256"]) == 64, training
    about = json.loads(meta["recipe"])
    assert about["name"] == recipe, about
    for key in ("generator", "window_low", "window_high", "grey128"):
        assert key in about, f"no {key} in {sorted(about)}"

    weights = {n[2:]: torch.tensor(a) for n, a in arrays.items() if n.startswith("g.")}
    first = weights["down.0.conv.weight"]
    head = weights["head.mix.weight"].shape[0] if "head.mix.weight" in weights else 0
    original = recipe == "ct2ct"
    norm = about["generator"]["norm"]["kind"]
    network = Generator(3, first.shape[0], first.shape[1], norm, 1e-3 if original else 1e-5,
                        0.3 if original else 0.2, original, head,
                        planes=about["generator"]["planes"],
                        movement=about["generator"]["head"] == "movement")
    odd = set(weights) ^ {k for k in network.state_dict() if not k.endswith("num_batches_tracked")}
    assert not odd, f"names unlike PyTorch's: {sorted(odd)}"
    network.load_state_dict(weights, strict=False)
    network.eval()

    if recipe == "residual":
        assert about["generator"]["planes"] == 2
        # After two steps they have moved off zero, so a path left out would be noticed below.
        assert all(weights[f"{part}.planes.weight"].abs().max() > 1e-5
                   for part in ("down.1", "up.0", "up.1"))

    image = lambda name: to_nchw(arrays[name]) if name in arrays else None
    with torch.no_grad():
        output = to_nhwc(network(image("selftest.input"), image("selftest.base")))
    stored = arrays["selftest.output"]
    off = numpy.abs(numpy.asarray(output) - stored).max() / numpy.abs(stored).max()
    print(f"{recipe}, {norm}: {len(arrays)} tensors, PyTorch's output off by {off:.1e}")
    assert off < 1e-5, off

    try:
        from safetensors.numpy import load_file
    except ImportError:
        return
    theirs = load_file(path)
    assert set(theirs) == set(arrays)
    assert all(numpy.array_equal(theirs[n], arrays[n]) for n in arrays)


def main():
    with tempfile.TemporaryDirectory() as folder:
        for number, (recipe, options) in enumerate(TRAININGS):
            run = os.path.join(folder, str(number))
            subprocess.run([sys.argv[1], "train", "phantom:3", "--recipe", recipe, *options,
                            "--steps", "2", "--out", run, "--quiet"], check=True)
            model = os.path.join(run, "model.safetensors")
            check(model, recipe)
            packed = os.path.join(run, "packed.safetensors")
            subprocess.run([sys.argv[1], "pack", model, "--out", packed, "--quiet"], check=True)
            check(packed, recipe)
            check_packed(packed, model)


main()
