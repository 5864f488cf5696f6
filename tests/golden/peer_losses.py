#!/usr/bin/env python3
"""Trains ten steps in PyTorch from the weights and on the pictures of a run of ct2ct, and compares
the five losses of every step. Full-size networks, float32, no code shared with ct2ct.

How to use it, from the repository's root:

    ct2ct train ... --dropout 0 --stop-at 0 --dump-batches 10 -o RUN0    weights before the first step
    ct2ct train ... --dropout 0 -o RUN                                   the same for ten steps or more
    python3 tests/golden/peer_losses.py RUN --start RUN0

or, where RUN itself still holds the weights of step 0, without --start. It reads

    START/checkpoint.safetensors   "g.*" and "d.*": weights of both networks before the first step
    RUN/batches.safetensors        "input.K", "target.K" for K = 0..9 (and "base.K" for a residual
                                   head), images (N,H,W,C); looked for in START if not in RUN
    RUN/losses.csv                 columns generator, l1, adversarial, real, fake; one row a step

Sizes come from the arrays. Rates, slopes and weights are the original recipe's; see the options.
Prints one row a step; exit code 1 if a loss differs by more than the limit, 2 if a file is missing.
Why there is a limit at all: both sides compute in float32 and add in different orders, and Adam's
first steps move every weight by the whole rate in the direction of its gradient's sign, so a weight
whose gradient is rounding noise may go either way.
"""

import argparse
import csv
import os
import sys

import torch

from networks import Discriminator, Generator, Trainer, read_safetensors, to_nchw

LOSSES = ("generator", "l1", "adversarial", "real", "fake")


def arguments():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("run", metavar="RUN", help="folder of the run that is checked")
    p.add_argument("--start", metavar="START", help="folder with the weights of step 0 (default: RUN)")
    p.add_argument("--steps", type=int, default=10, help="default 10")
    p.add_argument("--limit", type=float, default=1e-3, help="relative; default 1e-3")
    p.add_argument("--l1-weight", type=float, default=50)
    p.add_argument("--adversarial-weight", type=float, default=1)
    p.add_argument("--discriminator-weight", type=float, default=1)
    p.add_argument("--loss", choices=["vanilla", "least_squares"], default="vanilla")
    p.add_argument("--rate", type=float, default=2e-4, help="Adam's, of both networks; default 2e-4")
    p.add_argument("--beta1", type=float, default=0.5)
    p.add_argument("--beta2", type=float, default=0.999)
    p.add_argument("--adam-eps", type=float, default=1e-7)
    p.add_argument("--norm-eps", type=float, default=1e-3)
    p.add_argument("--slope", type=float, default=0.3, help="of the leaky ReLUs; default 0.3")
    p.add_argument("--stride1-levels", type=int, default=0, help="of the discriminator; default 0")
    p.add_argument("--last-padding", type=int, nargs=2, default=(1, 2), metavar=("BEFORE", "AFTER"),
                   help="of the discriminator's last layer; default 1 2")
    p.add_argument("--threads", type=int, default=torch.get_num_threads())
    return p.parse_args()


def find(name, *folders):
    for folder in folders:
        path = os.path.join(folder, name)
        if os.path.exists(path):
            return path
    print(f"peer_losses: {name} is not in {' or '.join(folders)}", file=sys.stderr)
    sys.exit(2)


def levels_in(weights, kind):
    return 1 + max(int(name.split(".")[1]) for name in weights if name.startswith(kind + "."))


def norm_in(weights):
    names = list(weights)
    if any(n.endswith("norm.running_mean") for n in names):
        return "batch"
    return "instance" if any(".norm." in n for n in names) else None


def load(network, weights):
    state = {k: torch.from_numpy(v) for k, v in weights.items()}
    wanted = {k for k in network.state_dict() if not k.endswith("num_batches_tracked")}
    if wanted != set(state):
        odd = ", ".join(sorted(wanted ^ set(state))[:4])
        print(f"peer_losses: weights of another architecture: {odd}", file=sys.stderr)
        sys.exit(2)
    network.load_state_dict(state, strict=False)
    return network.train()


def build(a, g, d):
    levels = levels_in(g, "down")
    first = g["down.0.conv.weight"]
    head = g["head.mix.weight"].shape[0] if "head.mix.weight" in g else 0
    innermost = f"down.{levels - 1}.norm.weight" in g
    generator = Generator(levels, first.shape[0], first.shape[1], norm_in(g), a.norm_eps, a.slope,
                          innermost, head)
    first = d["level.0.conv.weight"]
    before, after = a.last_padding
    discriminator = Discriminator(first.shape[1], first.shape[0],
                                  levels_in(d, "level") - a.stride1_levels, a.stride1_levels,
                                  norm_in(d), a.norm_eps, a.slope, (before, after, before, after))
    return load(generator, g), load(discriminator, d)


def main():
    a = arguments()
    torch.set_num_threads(a.threads)
    start = a.start or a.run
    checkpoint = find("checkpoint.safetensors", start)
    batches = find("batches.safetensors", a.run, start)
    with open(find("losses.csv", a.run), newline="") as f:
        rows = list(csv.DictReader(f))[:a.steps]
    if len(rows) < a.steps:
        print(f"peer_losses: {len(rows)} steps in losses.csv, expected {a.steps}", file=sys.stderr)
        sys.exit(2)

    g, d = build(a, read_safetensors(checkpoint, "g."), read_safetensors(checkpoint, "d."))
    images = read_safetensors(batches)
    trainer = Trainer(g, d, a.loss, a.l1_weight, a.adversarial_weight, a.discriminator_weight,
                      (a.rate, a.rate), (a.beta1, a.beta2), a.adam_eps)
    print("step " + "".join(f"{name:>13} {'off by':>8}" for name in LOSSES))
    worst = 0.0
    for k, row in enumerate(rows):
        base = to_nchw(images[f"base.{k}"]) if f"base.{k}" in images else None
        peer = trainer.step(to_nchw(images[f"input.{k}"]), base, to_nchw(images[f"target.{k}"]))
        line = f"{k:4d} "
        for name, value in zip(LOSSES, peer):
            off = abs(float(row[name]) - value) / max(abs(value), 1e-12)
            worst = max(worst, off if off == off else float("inf"))
            line += f"{value:13.6f} {off:8.1e}"
        print(line, flush=True)
    verdict = "equal" if worst <= a.limit else "DIFFERENT"
    print(f"largest difference {worst:.1e}, limit {a.limit:.1e}: {verdict}")
    sys.exit(0 if worst <= a.limit else 1)


if __name__ == "__main__":
    main()
