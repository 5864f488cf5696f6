#!/usr/bin/python3
"""The same training step and prediction in PyTorch, as cheap as PyTorch can do them.

  peer.py [--recipe ct2ct|pix2pix|residual] [--size 256] [--width W] [--threads 2] [--steps 8]
          [--layout nchw|nhwc]

Finds a Python that has PyTorch (with_torch.py). Prints one JSON object with the fields of `ct2ct bench --json`.
Networks as in models/unet.h and models/patchgan.h; the step as in train/fit/pix2pix_step.cpp: both
networks are updated from one forward pass of the discriminator on the fake, and no gradient is
computed that nobody needs. Random images; medians after two steps that do not count.
"""
import argparse
import json
import resource
import time

import with_torch

torch = with_torch.ensure()
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

RECIPES = {  # generator: levels, width, norm; images: channels in, planes among them, batch, crop
    "ct2ct": dict(levels=8, width=64, norm="batch", inputs=1, batch=1, crop=None, d_width=64,
                  strides=(2, 2, 2, 2), l1=50.0, adversarial=1.0, loss="vanilla", slope=0.3,
                  betas=(0.5, 0.999), last_pad=(1, 2, 1, 2)),
    "pix2pix": dict(levels=8, width=64, norm="batch", inputs=1, batch=1, crop=None, d_width=64,
                    strides=(2, 2, 2, 1), l1=100.0, adversarial=1.0, loss="vanilla", slope=0.2,
                    betas=(0.5, 0.999), last_pad=(1, 1, 1, 1)),
    "residual": dict(levels=5, width=32, norm="batch", d_norm="instance", inputs=7, planes=2, batch=4, crop=128, d_width=24,
                     strides=(2, 2, 2, 1), l1=1.0, adversarial=5e-4, loss="squares", slope=0.2,
                     betas=(0.9, 0.999), last_pad=(1, 1, 1, 1)),
}


def normed(kind, channels):
    return nn.BatchNorm2d(channels) if kind == "batch" else nn.InstanceNorm2d(channels, affine=True)


def moved(image, by):
    """Read along `by`, in pixels; PyTorch's bicubic kernel is another one and costs the same."""
    n, _, h, w = image.shape
    rows, columns = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
    place = torch.stack([columns, rows], 2) + by.permute(0, 2, 3, 1)
    unit = 2 * place / torch.tensor([w - 1, h - 1]) - 1
    return F.grid_sample(image, unit, "bicubic", "border", align_corners=True)


class Generator(nn.Module):
    def __init__(self, r, width):
        super().__init__()
        self.residual, self.slope = r["crop"] is not None, r["slope"]
        widths = [width * min(2 ** i, 8) for i in range(r["levels"])]
        self.planes = r.get("planes", 0)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        self.down_planes, self.up_planes = nn.ModuleList(), nn.ModuleList()
        for i, cout in enumerate(widths):
            innermost = i == len(widths) - 1
            norm = i > 0 and not (innermost and self.residual)
            # Batch norm refuses one value per channel in training, so the innermost level goes
            # without where the map is 1x1; the cost is the same.
            norm = norm and not innermost
            layers = [nn.Conv2d(widths[i - 1] if i else r["inputs"], cout, 4, 2, 1, bias=not norm)]
            self.down.append(nn.Sequential(*layers, *([normed(r["norm"], cout)] if norm else [])))
            self.down_planes.append(self.point(cout) if norm else None)
        for i in reversed(range(1, len(widths))):
            cin = widths[i] * (1 if i == len(widths) - 1 else 2)
            layers = [nn.ConvTranspose2d(cin, widths[i - 1], 4, 2, 1, bias=False),
                      normed(r["norm"], widths[i - 1])]
            if not self.residual and len(widths) - 1 - i < 3:
                layers.append(nn.Dropout(0.5))
            self.up.append(nn.Sequential(*layers))
            self.up_planes.append(self.point(widths[i - 1]))
        self.last = nn.ConvTranspose2d(2 * width, 16 if self.residual else 1, 4, 2, 1)
        if self.residual:
            self.mix = nn.Conv2d(16 + r["inputs"], 16, 3, 1, 1)
            self.head = nn.Conv2d(16, 1, 3, 1, 1)
            # For A and C: a correction of the movement, and the weights of both moved slices.
            self.movement = nn.ModuleList(nn.Conv2d(16, 4, 3, 1, 1) for _ in range(2))

    def point(self, channels):
        """What a level adds of the planes, behind its norm."""
        return nn.Conv2d(self.planes, channels, 1, bias=False) if self.planes else None

    def with_planes(self, h, point, x):
        if point is None:
            return h
        step = x.shape[2] // h.shape[2]
        return h + point(x[:, -self.planes:, ::step, ::step])

    def forward(self, x, base):
        skips, h = [], x
        for level, point in zip(self.down, self.down_planes):
            h = F.leaky_relu(self.with_planes(level(h), point, x), self.slope, inplace=True)
            skips.append(h)
        for level, point, skip in zip(self.up, self.up_planes, reversed(skips[:-1])):
            h = torch.cat([F.relu(self.with_planes(level(h), point, x), inplace=True), skip], 1)
        h = self.last(h)
        if not self.residual:
            return torch.tanh(h)
        h = torch.cat([F.leaky_relu(h, self.slope, inplace=True), x], 1)
        h = F.leaky_relu(self.mix(h), self.slope, inplace=True)
        start = base[:, :1]
        answer = start + self.head(h)
        for k, layer in enumerate(self.movement):
            image, by = base[:, 1 + k:2 + k], base[:, 3 + 2 * k:5 + 2 * k]
            found = layer(h)
            answer = (answer + found[:, 2:3] * (moved(image, by + found[:, :2]) - start)
                      + found[:, 3:] * (moved(image, by) - start))
        return answer


class Discriminator(nn.Module):
    def __init__(self, r, width):
        super().__init__()
        layers, cin = [], r["inputs"] + 1
        for i, stride in enumerate(r["strides"]):
            cout = width * 2 ** i
            layers.append(nn.Conv2d(cin, cout, 4, stride, 1, bias=i == 0))
            if i > 0:
                layers.append(normed(r.get("d_norm", r["norm"]), cout))
            layers.append(nn.LeakyReLU(r["slope"], True))
            cin = cout
        self.net = nn.Sequential(*layers, nn.ZeroPad2d(r["last_pad"]), nn.Conv2d(cin, 1, 4, 1, 0))

    def forward(self, image, condition):
        return self.net(torch.cat([image, condition], 1))


def timed(work, repeats):
    work()
    work()
    ms = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        ms.append((time.perf_counter() - start) * 1e3)
    return round(sorted(ms)[len(ms) // 2], 1), round(min(ms), 1)


def main():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--recipe", choices=sorted(RECIPES), default="ct2ct")
    p.add_argument("--size", type=int, default=256)
    p.add_argument("--width", type=int, default=0)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--steps", type=int, default=8)
    p.add_argument("--layout", choices=["nchw", "nhwc"], default="nchw")
    a = p.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(a.threads)
    r = RECIPES[a.recipe]

    g = Generator(r, a.width or r["width"])
    d = Discriminator(r, a.width or r["d_width"])
    layout = torch.channels_last if a.layout == "nhwc" else torch.contiguous_format
    g, d = g.to(memory_format=layout), d.to(memory_format=layout)
    gp, dp = list(g.parameters()), list(d.parameters())
    adam_g = torch.optim.Adam(gp, 2e-4, r["betas"])
    adam_d = torch.optim.Adam(dp, 2e-4, r["betas"])
    noise = lambda n, c: torch.randn(n, c, a.size, a.size).contiguous(memory_format=layout)
    x, y, base = noise(r["batch"], r["inputs"]), noise(r["batch"], 1), noise(r["batch"], 7)
    if r["loss"] == "vanilla":
        judge = lambda logits, label: F.binary_cross_entropy_with_logits(
            logits, torch.full_like(logits, label))
    else:
        judge = lambda logits, label: F.mse_loss(logits, torch.full_like(logits, label))

    def step():
        fake = g(x, base)
        on_fake, on_real = d(fake, x), d(y, x)
        loss_d = judge(on_real, 1.0) + judge(on_fake, 0.0)
        loss_g = r["adversarial"] * judge(on_fake, 1.0) + r["l1"] * F.l1_loss(fake, y)
        grads_d = torch.autograd.grad(loss_d, dp, retain_graph=True)
        grads_g = torch.autograd.grad(loss_g, gp)
        for parameters, grads in ((gp, grads_g), (dp, grads_d)):
            for parameter, grad in zip(parameters, grads):
                parameter.grad = grad
        adam_g.step()
        adam_d.step()

    train = timed(step, a.steps)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    g.eval()
    with torch.inference_mode():
        infer = timed(lambda: g(x[:1], base[:1]), 2 * a.steps)
    print(json.dumps({
        "peer": "pytorch " + torch.__version__, "recipe": a.recipe, "size": a.size,
        "batch": r["batch"], "threads": a.threads, "layout": a.layout,
        "generator_params": sum(q.numel() for q in gp),
        "discriminator_params": sum(q.numel() for q in dp),
        "train_step_ms": train[0], "train_step_min_ms": train[1],
        "infer_ms": infer[0], "infer_min_ms": infer[1], "peak_rss_mb": peak}))


main()
