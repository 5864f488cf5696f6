#!/usr/bin/env python3
"""Converts generators of the public PyTorch pix2pix with random weights, and compares pictures.

usage: pytorch_check.py CT2CT FROM_PYTORCH TO_PYTORCH

The networks here are written as the public code has them: activations in place, dropout in the
middle levels, norms by name. from_pytorch.py makes a model file of each; `ct2ct translate` then
makes the picture that PyTorch makes, to half a grey level, and the stored answer agrees to 1e-5.
to_pytorch.py must give the same weights back. Exit code 77 means skipped: no PyTorch or Pillow.
"""
import functools
import os
import pickle
import re
import subprocess
import sys
import tempfile

try:
    import numpy
    import torch
    from PIL import Image
    from torch import nn
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)


class SkipBlock(nn.Module):
    def __init__(self, outer_nc, inner_nc, input_nc=None, submodule=None, outermost=False,
                 innermost=False, norm_layer=nn.BatchNorm2d, use_dropout=False):
        super().__init__()
        self.outermost = outermost
        inner = norm_layer.func if isinstance(norm_layer, functools.partial) else norm_layer
        use_bias = inner == nn.InstanceNorm2d
        downconv = nn.Conv2d(input_nc or outer_nc, inner_nc, kernel_size=4, stride=2, padding=1,
                             bias=use_bias)
        up = functools.partial(nn.ConvTranspose2d, out_channels=outer_nc, kernel_size=4, stride=2,
                               padding=1)
        if outermost:
            model = [downconv, submodule, nn.ReLU(True), up(2 * inner_nc), nn.Tanh()]
        elif innermost:
            model = [nn.LeakyReLU(0.2, True), downconv, nn.ReLU(True), up(inner_nc, bias=use_bias),
                     norm_layer(outer_nc)]
        else:
            model = [nn.LeakyReLU(0.2, True), downconv, norm_layer(inner_nc), submodule, nn.ReLU(True),
                     up(2 * inner_nc, bias=use_bias), norm_layer(outer_nc)]
            model += [nn.Dropout(0.5)] if use_dropout else []
        self.model = nn.Sequential(*model)

    def forward(self, x):
        return self.model(x) if self.outermost else torch.cat([x, self.model(x)], 1)


class PublicGenerator(nn.Module):
    def __init__(self, channels, num_downs, ngf, norm_layer, use_dropout):
        super().__init__()
        block = SkipBlock(ngf * 8, ngf * 8, innermost=True, norm_layer=norm_layer)
        for _ in range(num_downs - 5):
            block = SkipBlock(ngf * 8, ngf * 8, submodule=block, norm_layer=norm_layer,
                              use_dropout=use_dropout)
        for times in (4, 2, 1):
            block = SkipBlock(ngf * times, ngf * times * 2, submodule=block, norm_layer=norm_layer)
        self.model = SkipBlock(channels, ngf, input_nc=channels, submodule=block, outermost=True,
                               norm_layer=norm_layer)

    def forward(self, x):
        return self.model(x)


NORMS = {
    "batch": functools.partial(nn.BatchNorm2d, affine=True, track_running_stats=True),
    "instance": functools.partial(nn.InstanceNorm2d, affine=False, track_running_stats=False),
    "none": lambda channels: nn.Identity(),
}
# levels, width, channels, norm, dropout, statistics of the picture, ending
CASES = [(8, 8, 3, "batch", True, False, ".pth"), (7, 8, 3, "instance", False, False, ".pth"),
         (8, 4, 1, "batch", False, True, ".pth"), (7, 4, 1, "instance", True, False, ".safetensors"),
         (7, 4, 3, "none", False, False, ".pth")]


def run(*command):
    return subprocess.run([sys.executable if str(command[0]).endswith(".py") else command[0],
                           *(command if str(command[0]).endswith(".py") else command[1:])],
                          capture_output=True, text=True)


def randomised(network, seed):
    torch.manual_seed(seed)
    state = network.state_dict()
    for name, value in state.items():
        if name.endswith("num_batches_tracked"):
            continue
        if name.endswith("running_var"):
            state[name] = torch.rand_like(value) + 0.5
        elif value.ndim == 1:
            state[name] = torch.randn_like(value) * 0.2 + (1 if ".weight" in name else 0)
        else:
            state[name] = torch.randn_like(value) / (value.shape[0] * 8) ** 0.5
    network.load_state_dict(state)
    return network


def settled(network, channels, side):
    """With running statistics that fit, so that every layer has a part in the answer."""
    network.train()
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.reset_running_stats()
            part.momentum = None
    with torch.no_grad():
        for _ in range(2):
            network(torch.randn(1, channels, 2 * side, 2 * side))
    return network.eval()


def check(program, from_pytorch, to_pytorch, folder, number, case):
    levels, width, channels, norm, dropout, of_picture, ending = case
    network = randomised(PublicGenerator(channels, levels, width, NORMS[norm], dropout), number)
    settled(network, channels, 2 ** levels)
    state = {name: value.clone() for name, value in network.state_dict().items()}
    weights = os.path.join(folder, f"net{number}{ending}")
    model = os.path.join(folder, f"net{number}_model.safetensors")
    if ending == ".pth":
        named = {f"module.{k}" if number == 0 else k: v for k, v in state.items()}
        torch.save(named, weights)
    else:
        sys.path.insert(0, os.path.dirname(from_pytorch))
        from pix2pix_torch import write_safetensors
        write_safetensors(weights, {}, {k: v.numpy() for k, v in state.items() if v.ndim > 0})
    more = ["--batch-statistics"] if of_picture else []
    done = run(from_pytorch, weights, "--out", model, "--ct2ct", program, *more)
    assert done.returncode == 0, done.stderr
    off = float(re.search(r"differs by (\S+)", done.stdout).group(1))
    assert off <= 1e-5, done.stdout

    side = 2 ** levels
    rng = numpy.random.default_rng(number)
    picture = rng.integers(0, 256, (side, side, channels)).astype("u1")
    Image.fromarray(picture[..., 0] if channels == 1 else picture).save(os.path.join(folder, "in.png"))
    done = run(program, "--quiet", "--force", "translate", os.path.join(folder, "in.png"), "--model", model,
               "--out", os.path.join(folder, "out"))
    assert done.returncode == 0, done.stderr
    made = numpy.asarray(Image.open(os.path.join(folder, "out", "in.png"))).astype("f8")
    network.train(of_picture)
    for part in network.modules():
        if isinstance(part, nn.Dropout):
            part.eval()
    with torch.no_grad():
        x = torch.from_numpy(picture.astype("f4") / 127.5 - 1).permute(2, 0, 1)[None]
        expected = (network(x)[0].permute(1, 2, 0).numpy().astype("f8") + 1) * 127.5
    worst = numpy.abs(made.reshape(expected.shape) - expected).max()
    assert worst <= 0.51, (case, worst)
    assert made.std() > 1, "a picture of one grey level shows nothing"

    back = os.path.join(folder, "back.pth")
    done = run(to_pytorch, model, "--out", back, "--force")
    assert done.returncode == 0, done.stderr
    again = torch.load(back, weights_only=True)
    assert set(again) == set(state), set(again) ^ set(state)
    for name, value in state.items():
        # Biases before an instance norm are subtracted by it, and not kept.
        lost = norm == "instance" and name.endswith(".bias") and torch.count_nonzero(again[name]) == 0
        assert lost or name.endswith("num_batches_tracked") or torch.equal(again[name], value), name
    fresh = PublicGenerator(channels, levels, width, NORMS[norm], dropout)
    fresh.load_state_dict(again)
    print(f"U-Net {side}, norm {norm}: answers differ by {off:.0e}, pictures by {worst:.3f} grey levels")


def refused(from_pytorch, program, path, *texts):
    done = run(from_pytorch, path, "--out", path + ".out.safetensors", "--ct2ct", program)
    assert done.returncode == 2 and done.stderr.count("\n") == 1, (done.stdout, done.stderr)
    assert all(text in done.stderr for text in texts), done.stderr
    assert not os.path.exists(path + ".out.safetensors")


class Harm:
    def __reduce__(self):
        return (os.system, ("touch harmed",))


def check_refusals(program, from_pytorch, folder):
    path = os.path.join(folder, "bad.pth")
    torch.save({"model.1.weight": torch.zeros(2, 2)}, path)
    refused(from_pytorch, program, path, "no U-Net generator", "ResNet")
    with open(path, "wb") as f:
        pickle.dump(Harm(), f)
    refused(from_pytorch, program, path, "not a state dict")
    assert not os.path.exists("harmed") and not os.path.exists(os.path.join(folder, "harmed"))
    state = randomised(PublicGenerator(2, 7, 4, NORMS["batch"], False), 1).state_dict()
    torch.save(state, path)
    refused(from_pytorch, program, path, "2 channels in")
    state = randomised(PublicGenerator(3, 7, 4, NORMS["batch"], False), 1).state_dict()
    del state["model.model.1.model.2.running_var"]
    torch.save(state, path)
    refused(from_pytorch, program, path, "lacks model.model.1.model.2.running_var")
    refused(from_pytorch, program, os.path.join(folder, "gone.pth"), "no such file")


def main():
    program, from_pytorch, to_pytorch = (os.path.abspath(path) for path in sys.argv[1:4])
    with tempfile.TemporaryDirectory() as folder:
        for number, case in enumerate(CASES):
            check(program, from_pytorch, to_pytorch, folder, number, case)
        check_refusals(program, from_pytorch, folder)
        print("other files are refused in one line")


main()
