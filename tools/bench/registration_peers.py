#!/usr/bin/python3
"""What a user has without any network, beside what `ct2ct evaluate` has measured on the same slices.

  ct2ct evaluate SCAN.nii.gz --size 256 --out report
  registration_peers.py SCAN.nii.gz --report report [--json]

Factor 2: every second slice is known, the others are the truth. Needs OpenCV, NumPy and NiBabel
(Debian: apt-get install python3-opencv python3-nibabel) and a NIfTI file with its slices along the
third axis; ct2ct reformat turns a DICOM series into one. The peers find the movement between A and C

  DIS      by OpenCV's dense inverse search (Kroeger and others 2016, preset medium), in both
           directions
  demons   by symmetric demons in OpenCV, as docs/learn/registration.md describes the first search

and blend the four slices that they have moved with cubic interpolation, as that page's first rule
does. "mean" is the mean of both slices. Cubic interpolation is computed here, too, and must agree
with the report's to 0.01 dB on every slice: only then are the same slices compared. Prints dB over
cubic in the full and in the soft window, and how far the model is ahead of each method, with a 95 %
bootstrap interval over slices.
"""
import argparse
import csv
import json
import os
import sys

import cv2
import nibabel
import numpy as np

FULL, SOFT = (-1024, 2048), (-100, 200)
cv2.setNumThreads(1)
SEARCH = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)


def load(path, size):
    scan = np.asarray(nibabel.load(path).dataobj).astype(np.float32).transpose(2, 1, 0)
    scan = np.clip(scan, -1024, 3071)
    times = scan.shape[1] // size
    if scan.shape[1:] != (times * size, times * size):
        sys.exit(f"registration_peers: {path}: {scan.shape[1]} x {scan.shape[2]} pixels, expected a "
                 f"whole multiple of {size} (--size)")
    return scan.reshape(len(scan), size, times, size, times).mean((2, 4))


def psnr(x, y, window):
    low, high = window
    error = np.mean((np.clip(x, low, high) - np.clip(y, low, high)) ** 2, dtype=np.float64)
    return min(100.0, 10 * np.log10((high - low) ** 2 / max(error, 1e-30)))


def neighbours(v, k):
    """The outer slice, A, C and the outer slice; where there is none, its neighbour again."""
    return v[k - 3 if k >= 3 else k - 1], v[k - 1], v[k + 1], v[k + 3 if k + 3 < len(v) else k + 1]


def cubic(v, k):
    o, a, c, p = neighbours(v, k)
    return (-o + 9 * a + 9 * c - p) / 16


def unit(x):
    return np.clip((x + 1024) / 1824, 0, 1).astype(np.float32)


def grid(x):
    rows, columns = np.mgrid[0:x.shape[0], 0:x.shape[1]].astype(np.float32)
    return columns, rows


def moved(x, u, how=cv2.INTER_CUBIC):
    columns, rows = grid(x)
    return cv2.remap(x, columns + u[..., 0], rows + u[..., 1], how, borderMode=cv2.BORDER_REPLICATE)


def smooth(u):
    return cv2.GaussianBlur(u, (0, 0), 1.5, borderType=cv2.BORDER_REPLICATE)


def by_dis(a, c):
    a, c = ((unit(x) * 255).astype(np.uint8) for x in (a, c))
    return (SEARCH.calc(a, c, None) - SEARCH.calc(c, a, None)) / 2


def by_demons(a, c):
    levels = [(unit(a), unit(c))]
    while min(levels[-1][0].shape) // 2 >= 32:
        levels.append(tuple(cv2.resize(x, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
                            for x in levels[-1]))
    u = None
    for number, (a, c) in reversed(list(enumerate(levels))):
        height, width = a.shape
        u = (np.zeros((height, width, 2), np.float32) if u is None
             else cv2.resize(u, (width, height)) * 2)
        for _ in range(5 if number == 0 else 10):
            from_a = moved(a, -u / 2, cv2.INTER_LINEAR)
            from_c = moved(c, u / 2, cv2.INTER_LINEAR)
            difference = from_c - from_a
            down, right = np.gradient((from_a + from_c) / 2)
            below = right * right + down * down + difference * difference + 3e-4
            u = smooth(u - np.dstack([difference * right / below,
                                      difference * down / below]).astype(np.float32))
    return u


def blended(v, k, u):
    o, a, c, p = neighbours(v, k)
    from_a, from_c = moved(a, -u / 2), moved(c, u / 2)
    along = (-moved(o, -1.5 * u) + 9 * from_a + 9 * from_c - moved(p, 1.5 * u)) / 16

    def trust(x, y):
        error = np.abs(unit(x) - unit(y))
        for _ in range(3):
            error = smooth(error)
        return 1 / (error + 0.005) ** 2

    on, off = trust(from_a, from_c), trust(a, c)
    return (on * along + off * cubic(v, k)) / (on + off)


def peers(v, k):
    dis = blended(v, k, by_dis(v[k - 1], v[k + 1]))
    demons = blended(v, k, by_demons(v[k - 1], v[k + 1]))
    return {"cubic": cubic(v, k), "DIS": dis, "demons": demons, "mean": (dis + demons) / 2}


def report_of(folder, methods):
    """{method: {slice: (full, soft)}} of slices.csv."""
    found = {}
    with open(os.path.join(folder, "slices.csv"), newline="", encoding="utf-8") as f:
        for row in csv.DictReader(f):
            if row["method"] in methods:
                found.setdefault(row["method"], {})[int(row["slice"])] = (
                    float(row["psnr_full_db"]), float(row["psnr_soft_db"]))
    return found


def interval(values):
    """Mean and 95 % interval, whole slices drawn with replacement."""
    draws = np.random.default_rng(1).integers(0, len(values), (2000, len(values)))
    low, high = np.percentile(values[draws].mean(1), (2.5, 97.5))
    return float(values.mean()), float(low), float(high)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scan")
    parser.add_argument("--report", required=True, help="the folder of ct2ct evaluate")
    parser.add_argument("--size", type=int, default=256, help="as told to ct2ct evaluate [256]")
    parser.add_argument("--json", action="store_true")
    o = parser.parse_args()

    scan = load(o.scan, o.size)
    values = report_of(o.report, ("model", "registered", "cubic"))
    slices = sorted(values["cubic"])
    ours = values["cubic"]
    for k in slices:
        for name, slice_ in peers(scan, k).items():
            values.setdefault("cubic here" if name == "cubic" else name, {})[k] = tuple(
                psnr(slice_, scan[k], window) for window in (FULL, SOFT))
    here = values.pop("cubic here")
    apart = max(abs(ours[k][0] - here[k][0]) for k in slices)
    if apart > 0.01:
        sys.exit(f"registration_peers: cubic differs from {o.report} by {apart:.3f} dB, expected at "
                 "most 0.01: is it a report of this scan, of this --size, at factor 2?")

    table = {name: np.array([of[k] for k in slices]) for name, of in values.items()}
    result = {"scan": os.path.basename(o.scan), "size": o.size, "slices": len(slices), "methods": {}}
    for name in ("DIS", "demons", "mean", "registered", "model"):
        over = (table[name] - table["cubic"]).mean(0)
        ahead = table["model"] - table[name]
        result["methods"][name] = {
            "full_over_cubic_db": float(over[0]), "soft_over_cubic_db": float(over[1]),
            "model_ahead_full_db": interval(ahead[:, 0]), "model_ahead_soft_db": interval(ahead[:, 1]),
            "model_ahead_on": int((ahead[:, 0] > 0).sum())}
    if o.json:
        print(json.dumps(result, indent=1))
        return
    print(f"{result['scan']}: {len(slices)} slices, factor 2, {o.size} x {o.size}; cubic agrees to "
          f"{apart:.4f} dB\n"
          "method      over cubic, dB     model ahead by, dB                          on slices\n"
          "            full     soft      full                  soft")
    for name, m in result["methods"].items():
        ahead = ["{:+.2f} [{:+.2f}, {:+.2f}]".format(*m[f"model_ahead_{w}_db"]) for w in ("full", "soft")]
        print(f"{name:11} {m['full_over_cubic_db']:+.2f}    {m['soft_over_cubic_db']:+.2f}     "
              + ("" if name == "model" else f"{ahead[0]:21} {ahead[1]:21} {m['model_ahead_on']}"))


if __name__ == "__main__":
    main()
