#!/usr/bin/env python3
"""Trains ten steps in PyTorch from the weights and on the pictures of a run of ct2ct, and compares
the five losses of every step. Full-size networks; no code shared with ct2ct.

How to use it, from the repository's root:

    ct2ct train ... --dropout 0 --stop-at 0 --dump-batches 10 -o RUN0    before the first step
    ct2ct train ... --dropout 0 -o RUN                                   ten steps or more
    python3 tests/golden/peer_losses.py RUN --start RUN0

or, where RUN itself still holds the weights of step 0, without --start. It reads

    START/checkpoint.safetensors   "g.*" and "d.*": weights of both networks before the first step
    RUN/batches.safetensors        "input.K", "target.K" for K = 0..9 (and "base.K" for a head that
                                   corrects, "bone.K" where a shift in bone is weighed), images
                                   (N,C,H,W); looked for in START if not in RUN
    RUN/losses.csv                 columns generator, l1, adversarial, real, fake; one row a step

Sizes come from the arrays. Rates, slopes and weights are the original recipe's; see the options.
Prints one row a step; exit code 1 if a loss is off by more than allowed, 2 if a file is unfit.

What is allowed. Adam's first steps move every weight by the whole rate in the direction of its
gradient's sign, so a weight whose gradient is rounding noise goes either way, and two correct
float32 programs drift apart: PyTorch on one thread and PyTorch on two differ by 1e-7 in the first
step and by some 1e-2 in the tenth. So PyTorch trains twice here: in float64, which is the truth,
and in float32, which shows how far rounding leads astray. A loss of ct2ct may be off the truth by
the limit, or by ten times what the same loss of PyTorch's float32 has been off by up to that step,
whichever is more. The last column is the largest part of what was allowed.

The sharp version: with a small rate (1e-6, in ct2ct and in --rate) nothing drifts, and all ten
steps can be held to --limit 1e-4.
"""

import argparse
import csv
import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tools/bench"))
import with_torch  # noqa: E402

torch = with_torch.ensure()
from networks import Discriminator, Generator, Trainer, read_safetensors  # noqa: E402

LOSSES = ("generator", "l1", "adversarial", "real", "fake")
DRIFT_FACTOR = 10


def arguments():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("run", metavar="RUN", help="folder of the run that is checked")
    p.add_argument("--start", metavar="START", help="folder of the weights of step 0; default RUN")
    p.add_argument("--steps", type=int, default=10, help="default 10")
    p.add_argument("--limit", type=float, default=1e-3, help="relative; default 1e-3; see above")
    p.add_argument("--l1-weight", type=float, default=50)
    p.add_argument("--bone-shift-weight", type=float, default=0)
    p.add_argument("--adversarial-weight", type=float, default=1)
    p.add_argument("--discriminator-weight", type=float, default=1)
    p.add_argument("--loss", choices=["vanilla", "least_squares"], default="vanilla")
    p.add_argument("--rate", type=float, default=2e-4, help="of both networks; default 2e-4")
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
                          innermost, head, movement="head.a.movement.weight" in g)
    first = d["level.0.conv.weight"]
    before, after = a.last_padding
    discriminator = Discriminator(first.shape[1], first.shape[0],
                                  levels_in(d, "level") - a.stride1_levels, a.stride1_levels,
                                  norm_in(d), a.norm_eps, a.slope, (before, after, before, after))
    return load(generator, g), load(discriminator, d)


def train(a, checkpoint, images, precision):
    """Losses of every step."""
    g, d = build(a, read_safetensors(checkpoint, "g."), read_safetensors(checkpoint, "d."))
    trainer = Trainer(g.to(precision), d.to(precision), a.loss, a.l1_weight, a.adversarial_weight,
                      a.discriminator_weight, (a.rate, a.rate), (a.beta1, a.beta2), a.adam_eps,
                      a.bone_shift_weight)
    image = lambda name: torch.from_numpy(images[name]).to(precision) if name in images else None
    return [trainer.step(image(f"input.{k}"), image(f"base.{k}"), image(f"target.{k}"),
                         image(f"bone.{k}"))
            for k in range(a.steps)]


def relative(x, truth):
    return abs(x - truth) / max(abs(truth), 1e-12)


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

    images = read_safetensors(batches)
    truth = train(a, checkpoint, images, torch.float64)
    rounded = train(a, checkpoint, images, torch.float32)
    print("step " + "".join(f"{name:>13} {'off by':>8}" for name in LOSSES) + "  of allowed")
    drift = [0.0] * len(LOSSES)
    worst = 0.0
    for k, row in enumerate(rows):
        line, share = f"{k:4d} ", 0.0
        for i, name in enumerate(LOSSES):
            right = truth[k][i]
            off = relative(float(row[name]), right)
            drift[i] = max(drift[i], relative(rounded[k][i], right))
            part = off / max(a.limit, DRIFT_FACTOR * drift[i])
            share = max(share, part if part == part else float("inf"))  # NaN fails
            line += f"{right:13.6f} {off:8.1e}"
        worst = max(worst, share)
        print(f"{line}  {100 * share:8.1f} %")
    print("equal within rounding" if worst <= 1 else "DIFFERENT")
    sys.exit(0 if worst <= 1 else 1)


if __name__ == "__main__":
    main()
