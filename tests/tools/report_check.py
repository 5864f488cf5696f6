#!/usr/bin/env python3
"""Checks the page that ct2ct evaluate writes, with tools that share no code with it.

usage: report_check.py CT2CT

HTML Tidy must find nothing to complain about, Python's parser no tag left open, no attribute that
loads anything, and a text for every picture; the pictures must be PNG that Pillow reads, and the
plots well-formed XML. The Wilcoxon test in metrics.json must be what scipy makes of slices.csv.
Exit code 77 means skipped: something is missing.
"""
import base64
import csv
import html.parser
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

try:
    import scipy.stats
    from PIL import Image
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
        self.images = []
        self.figures = 0

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        assert tag not in {"script", "link", "iframe", "object", "base"}, tag
        for name, value in attributes:
            assert not name.startswith("on"), name
            if name in {"src", "href", "data", "srcset"}:
                assert tag == "img" and value.startswith("data:image/png;base64,"), (tag, value[:40])
        if tag == "img":
            assert len(given["alt"]) > 20
            self.images.append(base64.b64decode(given["src"].split(",", 1)[1], validate=True))
        if tag == "svg":
            assert given["role"] == "img" and given["aria-label"]
            self.figures += 1
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        assert tag in VOID, tag

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag


def check_page(text, path):
    tidy = subprocess.run(["tidy", "-q", "-e", "-utf8", path], capture_output=True, text=True)
    assert tidy.returncode == 0, tidy.stderr
    page = Page()
    page.feed(text)
    page.close()
    assert page.open == [], page.open
    assert len(page.images) == 1 and page.figures == 5, (len(page.images), page.figures)
    for png in page.images:
        with Image.open(io.BytesIO(png)) as image:
            image.load()
            assert image.format == "PNG" and image.size[0] > 500
    start = 0
    for _ in range(page.figures):
        start = text.index("<svg", start)
        end = text.index("</svg>", start) + len("</svg>")
        xml.etree.ElementTree.fromstring(text[start:end])
        start = end


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
        assert folder not in text and os.path.basename(folder) not in text
        check_page(text, path)
        check_numbers(os.path.join(folder, "report"))
        xml.etree.ElementTree.parse(os.path.join(folder, "run", "losses.svg"))
    print("report.html, slices.csv, metrics.json: ok")


if __name__ == "__main__":
    main()
