"""What from_pytorch.py and to_pytorch.py share: the generator of the public PyTorch pix2pix
(pytorch-CycleGAN-and-pix2pix by Jun-Yan Zhu and Taesung Park), names of its weights and of ours, and
safetensors files. Needs numpy and torch.
"""
import json
import struct

import numpy as np
import torch
from torch import nn

DTYPES = {"F16": "<f2", "F32": "<f4", "F64": "<f8"}


class Refused(Exception):
    """A file that cannot be converted; the text is one line."""


class Block(nn.Module):
    """One level of the U-Net with all levels inside it. The order of the modules gives the names."""

    def __init__(self, outer, inner, channels_in=None, inside=None, outermost=False, norm=None,
                 bias=False):
        super().__init__()
        self.outermost = outermost
        down = nn.Conv2d(channels_in or outer, inner, 4, 2, 1, bias=bias)
        up_in = inner if inside is None else 2 * inner
        if outermost:
            parts = [down, inside, nn.ReLU(), nn.ConvTranspose2d(up_in, outer, 4, 2, 1), nn.Tanh()]
        else:
            up = nn.ConvTranspose2d(up_in, outer, 4, 2, 1, bias=bias)
            parts = [nn.LeakyReLU(0.2), down]
            parts += [] if inside is None else [norm(inner), inside]
            parts += [nn.ReLU(), up, norm(outer)]
        self.model = nn.Sequential(*parts)

    def forward(self, x):
        if self.outermost:
            return self.model(x)
        # The public code changes x in place by its LeakyReLU, so this is what the decoder is given;
        # the ReLU after it gives the same values for x and for the changed x.
        return torch.cat([x, self.model(x)], 1)


class UnetGenerator(nn.Module):
    """`norm`: "batch", "instance" or "none". `bias`, `affine`: as the public code has them unless
    said otherwise. x: (N, channels, H, W) in -1..1, H and W multiples of 2 ** levels."""

    def __init__(self, channels, levels, width=64, norm="batch", bias=None, affine=None):
        super().__init__()
        bias = norm == "instance" if bias is None else bias
        affine = norm == "batch" if affine is None else affine
        layer = {"batch": nn.BatchNorm2d,
                 "instance": lambda c: nn.InstanceNorm2d(c, affine=affine),
                 "none": lambda c: nn.Identity()}[norm]
        sizes = [width * min(2 ** i, 8) for i in range(levels)]
        block = None
        for i in reversed(range(1, levels)):
            block = Block(sizes[i - 1], sizes[i], inside=block, norm=layer, bias=bias)
        self.model = Block(channels, width, channels_in=channels, inside=block, outermost=True,
                           bias=bias)

    def forward(self, x):
        return self.model(x)


def names(levels):
    """Pairs (ours, theirs) of layers: convolutions and norms, without .weight and the like."""
    prefix = ["model.model."] + ["model.model.1.model." + "3.model." * d for d in range(levels - 1)]
    last = levels - 1
    pairs = [("down.0.conv", prefix[0] + "0"), ("last", prefix[0] + "3")]
    for d in range(1, levels):
        pairs.append((f"down.{d}.conv", prefix[d] + "1"))
        if d < last:
            pairs.append((f"down.{d}.norm", prefix[d] + "2"))
        up = f"up.{last - d}"
        pairs.append((up + ".conv", prefix[d] + ("3" if d == last else "5")))
        pairs.append((up + ".norm", prefix[d] + ("4" if d == last else "6")))
    return pairs


def joins(layer):
    """Whether a layer is given channels from below and a skip, which we order in this way and the
    public code the other way round."""
    return layer == "last" or (layer.startswith("up.") and layer.endswith(".conv")
                               and layer != "up.0.conv")


def exchanged(weight):
    """Both halves of the input channels of a transposed convolution (Cin, Cout, 4, 4)."""
    half = weight.shape[0] // 2
    return np.concatenate([weight[half:], weight[:half]])


def read_safetensors(path):
    """Metadata and arrays."""
    with open(path, "rb") as f:
        start = f.read(8)
        size, = struct.unpack("<Q", start) if len(start) == 8 else (1 << 63,)
        if size > 100_000_000:
            raise Refused(f"{path}: no safetensors file")
        try:
            header = json.loads(f.read(size))
        except ValueError:
            raise Refused(f"{path}: no safetensors file") from None
        data = f.read()
    metadata = header.pop("__metadata__", {})
    arrays = {}
    for name, entry in header.items():
        if entry["dtype"] not in DTYPES:
            raise Refused(f"{path}: {name} has type {entry['dtype']}, expected F16, F32 or F64")
        begin, end = entry["data_offsets"]
        values = np.frombuffer(data[begin:end], DTYPES[entry["dtype"]])
        arrays[name] = values.reshape(entry["shape"]).astype("<f4")
    return metadata, arrays


def write_safetensors(path, metadata, arrays):
    header, offset = {"__metadata__": metadata} if metadata else {}, 0
    for name, values in arrays.items():
        header[name] = {"dtype": "F32", "shape": list(values.shape),
                        "data_offsets": [offset, offset + 4 * values.size]}
        offset += 4 * values.size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for values in arrays.values():
            f.write(np.ascontiguousarray(values, "<f4").tobytes())


def answer(network, image):
    """What the network makes of (1, H, W, C), in the same order."""
    with torch.no_grad():
        x = torch.from_numpy(np.ascontiguousarray(np.transpose(image, (0, 3, 1, 2))))
        return np.transpose(network(x).numpy(), (0, 2, 3, 1))
