#!/usr/bin/env python3
"""Writes tiny_batch.safetensors and tiny_instance.safetensors: what two tiny pairs of networks give
in PyTorch, in float64, from fixed weights. golden_test.cpp asks the C++ for the same.

    python3 make_golden.py [FOLDER]     (default: beside this script)

In each file, images NHWC, weights in PyTorch's layout:
    input, base, target          the batch; no base for the tanh head
    g.*, d.*                     weights and running statistics before the first step
    running                      the generator's output with its running statistics, before
    fake, on_fake, on_real       the first step's image and logits
    dfake, grad.g.*, grad.d.*    gradients of the first step
    one.g.*, one.d.*             running statistics after the first step
    ten.g.*, ten.d.*             weights and running statistics after ten steps
    losses                       10 x (generator, l1, adversarial, real, fake)
"""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tools/bench"))
import with_torch  # noqa: E402

torch = with_torch.ensure()
import numpy as np  # noqa: E402
from networks import (Discriminator, Generator, Trainer, gradients, named,  # noqa: E402
                      to_nchw, to_nhwc, write_safetensors)

STEPS = 10
SIZE = (2, 16, 24)  # N, H, W


def single(a):
    """Rounded to what float holds, so that a float and a double program start from one point."""
    return a.astype(np.float32).astype(np.float64)


def fill(network, rng):
    """Nothing starts at a neutral value: an ignored bias, gain or statistic has to show."""
    for name, p in network.state_dict().items():
        noise = rng.standard_normal(tuple(p.shape))
        if name.endswith("running_var"):
            value = 0.05 + 0.05 * np.abs(noise)
        elif name.endswith("norm.weight"):
            value = 1 + 0.2 * noise
        elif p.dim() == 4:
            value = 0.1 * noise
        elif name.endswith("num_batches_tracked"):
            continue
        else:  # biases, shifts, running means
            value = 0.1 * noise
        p.copy_(torch.from_numpy(single(value)))


def dump(path, seed, channels, residual, g, d, **settings):
    g, d = g.double(), d.double()
    rng = np.random.RandomState(seed)  # its stream is frozen by numpy
    with torch.no_grad():
        fill(g, rng)
        fill(d, rng)
    image = lambda c: to_nchw(single(rng.uniform(-0.9, 0.9, SIZE + (c,))))
    x, truth, base = image(channels), image(1), image(1) if residual else None

    out = {"input": to_nhwc(x), "target": to_nhwc(truth)}
    if residual:
        out["base"] = to_nhwc(base)
    put = lambda prefix, values: out.update({prefix + k: np.array(v) for k, v in values.items()})
    put("g.", named(g))
    put("d.", named(d))
    with torch.no_grad():
        out["running"] = to_nhwc(g.eval()(x, base))
    g.train()

    trainer = Trainer(g, d, **settings)
    losses = [trainer.step(x, base, truth)]
    out.update({k: to_nhwc(v) for k, v in trainer.seen.items()})
    for name, network in (("g.", g), ("d.", d)):
        put("grad." + name, gradients(network))
        put("one." + name, {k: v for k, v in named(network).items() if "running" in k})
    losses += [trainer.step(x, base, truth) for _ in range(STEPS - 1)]
    put("ten.g.", named(g))
    put("ten.d.", named(d))
    out["losses"] = np.array(losses)
    assert all(np.isfinite(a).all() for a in out.values())
    maker = "tests/golden/make_golden.py, PyTorch " + torch.__version__
    write_safetensors(path, {"made_by": maker}, out)
    print(path, os.path.getsize(path), "bytes; losses of the first and last step:")
    print("  ", losses[0], "\n  ", losses[-1])


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    torch.set_num_threads(1)
    adam = {"rates": (1e-3, 5e-4), "betas": (0.5, 0.999), "eps": 1e-7}
    dump(os.path.join(folder, "tiny_batch.safetensors"), seed=1, channels=1, residual=False,
         g=Generator(levels=3, width=4, cin=1, norm="batch", eps=1e-3, slope=0.3,
                     norm_innermost=True),
         d=Discriminator(cin=2, width=4, stride2=2, stride1=0, norm="batch", eps=1e-3, slope=0.3,
                         last_padding=(1, 2, 1, 2)),
         loss="vanilla", l1_weight=50, adversarial_weight=1, discriminator_weight=1, **adam)
    dump(os.path.join(folder, "tiny_instance.safetensors"), seed=2, channels=4, residual=True,
         g=Generator(levels=3, width=3, cin=4, norm="instance", eps=1e-5, slope=0.2,
                     norm_innermost=False, head_channels=5),
         d=Discriminator(cin=5, width=3, stride2=2, stride1=1, norm="instance", eps=1e-5, slope=0.2,
                         last_padding=(1, 1, 1, 1)),
         loss="least_squares", l1_weight=100, adversarial_weight=0.5, discriminator_weight=0.5,
         **adam)


if __name__ == "__main__":
    main()
