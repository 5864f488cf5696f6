#!/usr/bin/python3
"""Draws the output of `ct2ct bench ops --json` as a roofline, an SVG picture.

  ct2ct bench ops --threads 1 --json | roofline.py > roofline.svg

Each kernel of a training step is a disc: across, the operations for each byte that must be moved;
up, what it reaches; its area, the time it takes in a step. The line is what the machine allows: the
copy bandwidth, then the peak of multiply-adds (S. Williams et al., "Roofline", CACM 52(4), 2009).
Operations are those of the convolution's formula, so that Winograd's discs may lie above the line.
"""
import json
import math
import sys
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 760, 460
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 40, 50
X = (0.1, 1000.0)    # FLOP per byte
COLOURS = {"direct": "#1f77b4", "winograd": "#d62728"}


def main():
    bench = json.load(sys.stdin)
    peak = bench["machine"]["peak_gflops"]
    copy = bench["machine"]["copy_gb_s"]
    y_range = (1.0, 4 * peak)

    def across(v):
        v = min(max(v, X[0]), X[1])
        return LEFT + (WIDTH - LEFT - RIGHT) * math.log(v / X[0]) / math.log(X[1] / X[0])

    def up(v):
        v = min(max(v, y_range[0]), y_range[1])
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * math.log(v / y_range[0]) / math.log(
            y_range[1] / y_range[0])

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
           'font-family="sans-serif" font-size="12">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>']

    def text(x, y, words, anchor="middle", more=""):
        out.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {more}>'
                   f'{escape(words)}</text>')

    def line(x0, y0, x1, y1, more):
        out.append(f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" {more}/>')

    for power in range(-1, 4):
        x = across(10.0**power)
        line(x, TOP, x, HEIGHT - BOTTOM, 'stroke="#ddd"')
        text(x, HEIGHT - BOTTOM + 16, f"{10.0**power:g}")
    v = 1
    while v <= y_range[1]:
        line(LEFT, up(v), WIDTH - RIGHT, up(v), 'stroke="#ddd"')
        text(LEFT - 6, up(v) + 4, f"{v:g}", "end")
        v *= 10
    ridge = peak / copy
    line(across(X[0]), up(X[0] * copy), across(ridge), up(peak), 'stroke="black" stroke-width="1.5"')
    line(across(ridge), up(peak), across(X[1]), up(peak), 'stroke="black" stroke-width="1.5"')
    text(across(ridge) - 4, up(peak) - 6, f"multiply-add peak {peak:.0f} GFLOP/s", "start")
    text(across(0.9), up(copy) - 8, f"copying {copy:.0f} GB/s", "end")

    whole = sum(op["ms"] for op in bench["ops"])
    for op in sorted(bench["ops"], key=lambda o: -o["ms"]):
        if op["gflop"] <= 0:
            continue
        x = across(op["gflop"] * 1000 / op["mb"])
        radius = max(2.0, 60 * math.sqrt(op["ms"] / whole))
        title = (f'{op["kernel"]} {op["shape"]}, {op["algorithm"]}: {op["ms"]} ms, '
                 f'{op["gflop_s"]} GFLOP/s')
        out.append(f'<circle cx="{x:.1f}" cy="{up(op["gflop_s"]):.1f}" r="{radius:.1f}" '
                   f'fill="{COLOURS[op["algorithm"]]}" fill-opacity="0.35" '
                   f'stroke="{COLOURS[op["algorithm"]]}"><title>{escape(title)}</title></circle>')

    machine = bench["machine"]
    text(LEFT, 22, f'Recipe {bench["recipe"]}, {bench["size"]}x{bench["size"]}, {machine["threads"]} '
         f'thread, {machine["isa"]}: {bench["step_ms"]:.0f} ms a step', "start",
         'font-weight="bold"')
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, "FLOP per byte (by the formula)")
    text(16, (TOP + HEIGHT - BOTTOM) / 2, "GFLOP/s",
         more=f'transform="rotate(-90 16 {(TOP + HEIGHT - BOTTOM) / 2})"')
    for i, (name, colour) in enumerate(COLOURS.items()):
        y = HEIGHT - BOTTOM - 40 + 18 * i
        out.append(f'<circle cx="{WIDTH - 120}" cy="{y}" r="6" fill="{colour}" fill-opacity="0.35" '
                   f'stroke="{colour}"/>')
        text(WIDTH - 108, y + 4, name, "start")
    out.append("</svg>")
    print("\n".join(out))


if __name__ == "__main__":
    main()
