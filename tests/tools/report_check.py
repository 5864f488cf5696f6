#!/usr/bin/env python3
"""Checks the page that ct2ct evaluate writes, with tools that share no code with it.

usage: report_check.py CT2CT

HTML Tidy must find nothing to complain about, Python's parser no tag left open and no attribute that
loads anything; of the scripts one alone runs, and its hash is in the page's policy. The page holds
metrics.json, and its pictures are slices of the scan as nibabel reads it. The Wilcoxon test in metrics.json must be what scipy makes of slices.csv.
Exit code 77 means skipped: something is missing.
"""
import base64
import csv
import gzip
import hashlib
import html.parser
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

try:
    import nibabel
    import numpy
    import scipy.stats
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)
if shutil.which("tidy") is None:
    print("skipped: no tidy")
    sys.exit(77)

VOID = {"meta", "img", "br", "hr", "link", "rect", "line", "circle", "polyline"}


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open = []
        self.scripts = {}  # by id, the one that runs without

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        assert tag not in {"iframe", "object", "base", "img"}, tag
        for name, value in attributes:
            assert not name.startswith("on"), name
            if name in {"src", "href", "data", "srcset"}:
                assert tag == "link" and value == "data:,", (tag, value[:40])
        if tag == "script":
            assert ("id" in given) == ("type" in given), given
            self.id = given.get("id")
            self.scripts[self.id] = ""
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        assert tag in VOID, tag

    def handle_data(self, text):
        if self.open[-1:] == ["script"]:
            self.scripts[self.id] += text

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag


def check_page(text, path, scan):
    tidy = subprocess.run(["tidy", "-q", "-e", "-utf8", path], capture_output=True, text=True)
    assert tidy.returncode == 0, tidy.stderr
    page = Page()
    page.feed(text)
    page.close()
    assert page.open == [], page.open
    digest = base64.b64encode(hashlib.sha256(page.scripts[None].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in text
    with open(os.path.join(os.path.dirname(path), "metrics.json")) as f:
        assert json.loads(page.scripts["ct2ct-report"]) == json.load(f)
    about = json.loads(page.scripts["ct2ct-page"])["scans"][0]
    check_pictures(page.scripts[about["pictures"]["id"]].split(), about, scan)


def check_pictures(lines, about, scan):
    pictures = about["pictures"]
    n = pictures["width"] * pictures["height"]
    assert pictures["reduction"] == 1 and len(lines) == len(about["slices"]["slice"]) == 15
    voxels = nibabel.load(scan).get_fdata()
    for line, k in zip(lines, about["slices"]["slice"]):
        data = numpy.frombuffer(gzip.decompress(base64.b64decode(line, validate=True)), "u1")
        steps = data[:3 * n].astype("u2") + 256 * data[3 * n:].astype("u2")
        truth, model, free = numpy.cumsum(steps.reshape(3, n), axis=1, dtype="u2").astype("i2")
        expected = numpy.clip(voxels[:, :, k].T.ravel(), -1024, 3071)
        assert numpy.array_equal(truth, numpy.rint(expected)), k
        for error in (model, free):
            assert 0 < numpy.abs(error).mean() < 500, k


def check_numbers(folder):
    with open(os.path.join(folder, "slices.csv"), newline="") as f:
        rows = list(csv.DictReader(f))
    psnr = {}
    for row in rows:
        psnr.setdefault(row["method"], []).append(float(row["psnr_full_db"]))
    with open(os.path.join(folder, "metrics.json")) as f:
        methods = json.load(f)["scans"][0]["methods"]
    for name, values in psnr.items():
        if name == "cubic":
            continue
        difference = [a - b for a, b in zip(values, psnr["cubic"])]
        ours = methods[name]["wilcoxon_psnr_full_over_cubic"]
        if not any(difference):  # the self-check fell back to cubic; scipy refuses to judge
            assert name == "model_checked" and ours["n"] == 0 and ours["p"] == 1, (name, ours)
            continue
        sizes = [abs(d) for d in difference]
        exact = len(sizes) <= 25 and len(set(sizes)) == len(sizes) and 0 not in sizes
        theirs = scipy.stats.wilcoxon(difference, mode="exact" if exact else "approx")
        assert ours["exact"] == exact
        assert min(ours["w_plus"], ours["w_minus"]) == theirs.statistic, (name, ours, theirs)
        assert abs(ours["p"] - theirs.pvalue) <= 0.005 * theirs.pvalue, (name, ours, theirs)


def main():
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        run = lambda *words: subprocess.run([program, *words], cwd=folder, check=True,
                                            stdout=subprocess.DEVNULL)
        name = "<i>&amp; \"\u00e9\".nii"
        run("phantom", name, "--slices", "31", "--size", "48", "--seed", "2")
        run("train", "phantom:1:12:48", "--out", "run", "--steps", "3", "--width", "4", "--levels",
            "3", "--quiet")
        run("evaluate", name, "--model", "run/model.safetensors", "--out", "report", "--quiet")
        path = os.path.join(folder, "report", "report.html")
        with open(path, encoding="utf-8") as f:
            text = f.read()
        assert "&lt;i&gt;&amp;amp; &quot;\u00e9&quot;.nii" in text
        assert re.search(r'"scan":"\\u003ci\\u003e\\u0026amp; \\"\\u00e9\\".nii"', text)
        assert folder not in text and os.path.basename(folder) not in text
        check_page(text, path, os.path.join(folder, name))
        check_numbers(os.path.join(folder, "report"))
        xml.etree.ElementTree.parse(os.path.join(folder, "run", "losses.svg"))
    print("report.html, slices.csv, metrics.json: ok")


if __name__ == "__main__":
    main()
