#!/usr/bin/env python3
"""Writes metrics_golden.h: an artificial CT slice, a wrong prediction of it, and what the formulas
of docs/audit/metrics.md give for them, in numpy and by definition: no separable filter, no shared code.

    python3 tests/golden/make_metrics.py > tests/golden/metrics_golden.h
"""

import numpy as np

H, W = 18, 22
WINDOWS = [(-1024, 2048), (-100, 200), (200, 1500)]


def slices():
    rng = np.random.RandomState(20240607)
    y, x = np.mgrid[0:H, 0:W]
    truth = np.full((H, W), -1000)
    truth[((y - 8) / 6.5) ** 2 + ((x - 10) / 8.5) ** 2 <= 1] = 40
    truth[((y - 8) / 3.0) ** 2 + ((x - 6) / 2.5) ** 2 <= 1] = -850  # lung
    truth[8, 6] = 30  # vessel in it
    truth[6:10, 13:16] = 700  # bone
    truth[4, 9:12] = -110  # fat: in no class
    truth[16, 4:19] = 150  # table
    truth = truth + rng.randint(-25, 26, (H, W))
    truth[:2, :2] = -3024  # padding of the scanner
    truth[7, 14] = 3500  # metal, above the clamp
    prediction = truth + rng.randint(-60, 81, (H, W))
    prediction[:2, :2] = -1000
    return truth, prediction


def psnr(t, p, lo, hi):
    t, p = np.clip(t, lo, hi), np.clip(p, lo, hi)
    return 10 * np.log10((hi - lo) ** 2 / np.mean((t - p) ** 2))


def ssim(t, p, lo, hi):
    """Every 11 x 11 neighbourhood by itself, variances as weighted squares around the mean."""
    t, p = np.clip(t, lo, hi) - lo, np.clip(p, lo, hi) - lo
    d = np.arange(11) - 5
    g = np.exp(-(d[:, None] ** 2 + d[None, :] ** 2) / (2 * 1.5**2))
    g /= g.sum()
    c1, c2 = (0.01 * (hi - lo)) ** 2, (0.03 * (hi - lo)) ** 2
    values = []
    for r in range(H - 10):
        for c in range(W - 10):
            a, b = t[r : r + 11, c : c + 11], p[r : r + 11, c : c + 11]
            ma, mb = (g * a).sum(), (g * b).sum()
            va, vb = (g * (a - ma) ** 2).sum(), (g * (b - mb) ** 2).sum()
            cov = (g * (a - ma) * (b - mb)).sum()
            values.append(
                (2 * ma * mb + c1) * (2 * cov + c2) / ((ma**2 + mb**2 + c1) * (va + vb + c2))
            )
    return np.mean(values)


def grown(seed, allowed):
    """Grows `seed` inside `allowed` until nothing changes."""
    while True:
        padded = np.pad(seed, 1)
        new = seed.copy()
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                if dy == 0 or dx == 0:
                    new |= padded[1 + dy : 1 + dy + H, 1 + dx : 1 + dx + W]
        new &= allowed
        if (new == seed).all():
            return seed
        seed = new


def body(truth):
    left = truth > -500
    best = np.zeros((H, W), bool)
    while left.any():
        seed = np.zeros((H, W), bool)
        seed[tuple(np.argwhere(left)[0])] = True
        region = grown(seed, left)
        left &= ~region
        if region.sum() > best.sum():
            best = region
    frame = np.ones((H, W), bool)
    frame[1:-1, 1:-1] = False
    return ~grown(frame & ~best, ~best)


def philox_below(n, seed, purpose, count):
    """Numbers of nn::Rng(seed, purpose).below(n): Philox4x32-10, Lemire's reduction."""
    mask = 0xFFFFFFFF

    def block(i):
        c, k = [i & mask, 0, 0, purpose], [seed & mask, seed >> 32]
        for _ in range(10):
            p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
            c = [(p1 >> 32) ^ c[1] ^ k[0], p1 & mask, (p0 >> 32) ^ c[3] ^ k[1], p0 & mask]
            k = [(k[0] + 0x9E3779B9) & mask, (k[1] + 0xBB67AE85) & mask]
        return c

    position, buffer, out = 0, [], []
    while len(out) < count:
        if not buffer:
            buffer = block(position)
            position += 1
        product = buffer.pop(0) * n
        if product & mask >= (2**32 - n) % n:
            out.append(product >> 32)
    return out


def bootstrap(values, seed):
    picks = np.array(philox_below(len(values), seed, 6, 2000 * len(values))).reshape(2000, -1)
    means = np.array(values)[picks].mean(axis=1)
    return np.mean(values), np.percentile(means, 2.5), np.percentile(means, 97.5)


def array(name, kind, values):
    text = ", ".join(values)
    lines, line = [], "    "
    for word in text.split(" "):
        if len(line) + len(word) > 99:
            lines.append(line.rstrip())
            line = "    "
        line += word + " "
    lines.append(line.rstrip())
    print(f"inline constexpr std::array<{kind}, {len(values)}> {name}{{")
    print("\n".join(lines) + "};\n")


def main():
    truth, prediction = slices()
    t, p = (np.clip(v, -1024, 3071).astype(float) for v in (truth, prediction))
    mask = body(t)
    error = p - t
    tissue = [t < -300, (t >= -100) & (t <= 200), t > 200]
    number = lambda v: repr(float(v))

    print("// Written by tests/golden/make_metrics.py; do not edit.")
    print("#pragma once\n\n#include <array>\n\nnamespace metrics_golden {\n\n// clang-format off")
    print(f"inline constexpr int kHeight = {H};\ninline constexpr int kWidth = {W};\n")
    array("kTruth", "int", [str(v) for v in truth.ravel()])
    array("kPrediction", "int", [str(v) for v in prediction.ravel()])
    array("kBody", "int", [str(int(v)) for v in mask.ravel()])
    array("kPsnr", "double", [number(psnr(t, p, *w)) for w in WINDOWS])
    array("kSsim", "double", [number(ssim(t, p, *w)) for w in WINDOWS])
    print(f"inline constexpr double kMaeBody = {number(np.abs(error)[mask].mean())};\n")
    array("kTissuePixels", "int", [str((mask & s).sum()) for s in tissue])
    array("kTissueError", "double", [number(error[mask & s].mean()) for s in tissue])
    values = [1.5, 2.25, -0.75, 4.0, 2.5, 3.125, 0.5, 2.0, 1.0, 6.0, 2.75]
    seed = 0x123456789
    print(f"inline constexpr unsigned long long kBootstrapSeed = {seed};\n")
    array("kBootstrapValues", "double", [number(v) for v in values])
    array("kBootstrap", "double", [number(v) for v in bootstrap(values, seed)])
    print("// clang-format on\n\n}  // namespace metrics_golden")


main()
