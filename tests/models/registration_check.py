#!/usr/bin/env python3
"""Registers a phantom's slices again, with numpy and scipy in double, which share no code with ct2ct.

usage: registration_check.py CT2CT

Every slice that `interpolate --method registered --factor 4` makes is made here from the formulas of
docs/learn/registration.md, and must be the same to one stored step. So must be what a network makes that
has learned nothing, whose quarters go by way of its own middles; one network for each of both rules. Exit
code 77 means skipped: a package is missing.
"""
import os
import subprocess
import sys
import tempfile

try:
    import nibabel
    import numpy as np
    from scipy.ndimage import gaussian_filter1d, map_coordinates
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

LOW, HIGH = -1024.0, 800.0  # HU
COARSEST = 32
DEMONS_ALONE, DEMONS_BESIDE, WINDOWS = (5, 10), (2, 10), (2, 3)  # steps at the finest level, at each other
FREE_RULE = 2  # of --method registered
SIGMA, REACH = 1.5, 5
LEAST_SLOPE, LEAST_DISTANCE, SMOOTHED_TIMES = 3e-4, 5e-3, 3
LEAST_WINDOW, OUTLIER = 3e-6, 600


def smooth(image):
    for axis in (0, 1):
        image = gaussian_filter1d(image, SIGMA, axis=axis, mode="nearest", truncate=REACH / SIGMA)
    return image


def grid(shape):
    return np.mgrid[0:shape[0], 0:shape[1]].astype(float)


def bilinear(image, y, x):
    return map_coordinates(image, [y, x], order=1, mode="nearest")


def taps(t):
    """Catmull-Rom from four Hermite conditions, solved anew."""
    slopes = np.array([[0, 1, 0, 0], [0, 0, 1, 0], [-.5, 0, .5, 0], [0, -.5, 0, .5]])
    hermite = np.array([2 * t**3 - 3 * t**2 + 1, -2 * t**3 + 3 * t**2, t**3 - 2 * t**2 + t, t**3 - t**2])
    return np.tensordot(hermite, slopes, axes=(0, 0))


def bicubic(image, y, x):
    h, w = image.shape
    y, x = np.clip(y, 0, h - 1), np.clip(x, 0, w - 1)
    top, left = np.floor(y).astype(int), np.floor(x).astype(int)
    down, along = taps(y - top), taps(x - left)
    out = np.zeros_like(y)
    for i in range(4):
        for j in range(4):
            rows, columns = np.clip(top + i - 1, 0, h - 1), np.clip(left + j - 1, 0, w - 1)
            out += down[..., i] * along[..., j] * image[rows, columns]
    return out


def scaled(image):
    return (np.clip(image, LOW, HIGH) - LOW) / (HIGH - LOW)


def halved(image):
    image = np.pad(image, [(0, n % 2) for n in image.shape], mode="edge")
    return image.reshape(image.shape[0] // 2, 2, image.shape[1] // 2, 2).mean(axis=(1, 3))


def step_of_demons(d, slope):
    return -d * slope / ((slope**2).sum(axis=0) + d**2 + LEAST_SLOPE)


def step_of_windows(d, slope):
    """Weighted least squares in a Gaussian window, by numpy's own solver for 2 x 2 systems."""
    q = 1 / (1 + OUTLIER * d**2)
    matrix = np.array([[smooth(q * p * r) for r in slope] for p in slope]) + LEAST_WINDOW * np.eye(2)[..., None, None]
    right = np.array([smooth(q * p * d) for p in slope])
    v = -np.linalg.solve(np.moveaxis(matrix, (0, 1), (2, 3)), np.moveaxis(right, 0, 2)[..., None])[..., 0]
    return np.moveaxis(v / np.maximum(1, np.hypot(v[..., :1], v[..., 1:])), 2, 0)


def search(a, c, t, step, steps):
    levels = [(scaled(a), scaled(c))]
    while min(levels[-1][0].shape) >= 2 * COARSEST:
        levels.append(tuple(halved(image) for image in levels[-1]))
    u = None
    for number, (a, c) in reversed(list(enumerate(levels))):
        y, x = grid(a.shape)
        if u is None:
            u = np.zeros((2,) + a.shape)
        else:
            u = 2 * np.stack([bilinear(part, (y - .5) / 2, (x - .5) / 2) for part in u])
        for _ in range(steps[0] if number == 0 else steps[1]):
            from_a = bilinear(a, y - t * u[0], x - t * u[1])
            from_c = bilinear(c, y + (1 - t) * u[0], x + (1 - t) * u[1])
            d = from_c - from_a
            mean = np.pad((from_a + from_c) / 2, 1, mode="edge")
            slope = np.stack([mean[2:, 1:-1] - mean[:-2, 1:-1], mean[1:-1, 2:] - mean[1:-1, :-2]]) / 2
            u = u + step(d, slope)
            u = np.stack([smooth(part) for part in u])
    return -t * u, (1 - t) * u


def searched(a, c, t, rule):
    """(back, forth) of each search of the rule."""
    if rule == 1:
        return [search(a, c, t, step_of_demons, DEMONS_ALONE)]
    return [search(a, c, t, step_of_demons, DEMONS_BESIDE), search(a, c, t, step_of_windows, WINDOWS)]


def distance(a, c):
    d = np.abs(scaled(a) - scaled(c))
    for _ in range(SMOOTHED_TIMES):
        d = smooth(d)
    return d + LEAST_DISTANCE


def move(image, by):
    y, x = grid(image.shape)
    return bicubic(image, y + by[0], x + by[1])


def mixed(four, t, rule):
    cubic = sum(w * image for w, image in zip(taps(np.array(t)), four))
    if rule == 1:
        return cubic
    linear, most = (1 - t) * four[1] + t * four[2], 4 * t * (1 - t) * np.abs(four[1] - four[2])
    return linear + np.clip(cubic - linear, -most, most)


def made(known, t, ways, rule):
    moved = [sum(move(image, by) for by in shifts) / len(ways) for image, shifts in
             zip(known, zip(*[(2 * back - forth, back, forth, 2 * forth - back) for back, forth in ways]))]
    plain, along = mixed(known, t, rule), mixed(moved, t, rule)
    of_moved, as_it_is = distance(moved[1], moved[2])**-2, distance(known[1], known[2])**-2
    return (of_moved * along + as_it_is * plain) / (of_moved + as_it_is), plain


def joined(first, then):
    y, x = grid(first[0].shape)
    return first + np.stack([bilinear(part, y + first[0], x + first[1]) for part in then])


def movement(known, t, rule, middle=None):
    if t > 0.5:
        return [way[::-1] for way in movement(known[::-1], 1 - t, rule, middle)]
    outer0, a, c, outer1 = known
    if t == 0.5:
        return searched(a, c, 0.5, rule)
    if middle is not None:
        far = searched(middle, c, 0, rule)
    else:
        far = searched(a, c, 0.5, rule)
        middle = made(known, 0.5, far, rule)[0]
    return [(back, joined(to_middle, on)) for (back, to_middle), (_, on) in
            zip(searched(a, middle, 2 * t, rule), far)]


def registered(known, t, rule, middle=None):
    return made(known, t, movement(known, t, rule, middle), rule)


def check(slices, all_slices, rule, by_way):
    """Whether all_slices are what the formulas make of every fourth of them."""
    assert all_slices.shape[2] == 4 * len(slices) - 3, all_slices.shape
    moved_most = 0
    for k in range(len(slices) - 1):
        known = [slices[max(k - 1, 0)], slices[k], slices[k + 1], slices[min(k + 2, len(slices) - 1)]]
        for part in (1, 2, 3):
            middle = all_slices[:, :, 4 * k + 2] if by_way else None
            expected, plain = registered(known, part / 4, rule, middle)
            off = np.abs(all_slices[:, :, 4 * k + part] - expected)
            assert off.max() <= 1.0, (rule, by_way, k, part, off.max())
            assert (off > 0.51).mean() < 1e-3, (rule, by_way, k, part, (off > 0.51).mean())
            moved_most = max(moved_most, np.abs(expected - plain).max())
    assert moved_most > 300, f"nothing moved: {moved_most}"
    return moved_most


def main():
    ct2ct = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        def run(*command):
            subprocess.run([ct2ct, *command], check=True, capture_output=True)

        scan = os.path.join(folder, "scan.nii")
        run("phantom", scan, "--slices", "10", "--size", "136", "--seed", "5")
        methods = {"registered": ["--method", "registered"]}
        for rule, value in ((1, "true"), (2, "2")):
            run_folder = os.path.join(folder, f"run{rule}")
            run("train", scan, "--width", "4", "--levels", "2", "--adversarial", "0", "--steps", "1",
                "--learning-rate", "1e-12", "--set", f"registration={value}", "--out", run_folder, "--quiet")
            methods[rule] = ["--model", os.path.join(run_folder, "model.safetensors"),
                             "--no-self-check", "--any-scan", "--fill-gaps"]
        made_by = {}
        for name, options in methods.items():
            made = os.path.join(folder, f"{name}.nii")
            run("interpolate", scan, *options, "--factor", "4", "--out", made, "--quiet")
            made_by[name] = np.asarray(nibabel.load(made).dataobj, dtype=float)
        real = np.asarray(nibabel.load(scan).dataobj, dtype=float)
    slices = [np.clip(real[:, :, k], -1024, 3071) for k in range(real.shape[2])]
    moved_most = check(slices, made_by["registered"], FREE_RULE, by_way=False)
    for rule in (1, 2):
        check(slices, made_by[rule], rule, by_way=True)
    differ = np.abs(made_by["registered"] - made_by[FREE_RULE])
    assert (differ[:, :, 2::4] <= 1).all() and differ.max() > 100, differ.max()
    rules = np.abs(made_by[1] - made_by[2]).max()
    assert rules > 100, rules
    print(f"3 x {3 * (len(slices) - 1)} slices agree; movement changes pixels by up to "
          f"{moved_most:.0f} HU, the way that it is found by up to {differ.max():.0f}, the rule by up to {rules:.0f}")


if __name__ == "__main__":
    main()
