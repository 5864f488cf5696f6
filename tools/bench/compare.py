#!/usr/bin/python3
"""Runs ct2ct and the PyTorch peer by turns and prints how long ours takes as a part of the peer's.

  compare.py CT2CT [--recipes ct2ct pix2pix residual] [--sizes 256 512] [--threads 1 2]
             [--rounds 3] [--steps 8] [--json]

Every round runs ours, the peer with both layouts, and ours again; a ratio is the mean of ours on both
sides over the peer's better layout. Prints the median over rounds with minimum and maximum. Needs a
Python that has PyTorch, and finds it (with_torch.py; Debian: apt-get install python3-torch). The
default recipe (residual) trains on crops of 128, whatever the size. Machine and date go with the
numbers: a ratio holds for one machine and one PyTorch.

The peer gets its best chance: a PyTorch that multiplies by the reference BLAS takes several times
longer, so that is refused; an OpenBLAS older than the processor is told to use AVX-512; and since
its two pools of threads disturb each other when they wait by spinning, they are told to sleep.
"""
import argparse
import datetime
import json
import os
import platform
import subprocess
import sys

import with_torch

PEER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peer.py")
MEASURES = ("train_step_ms", "infer_ms", "peak_rss_mb")


def run(command, environment=None):
    done = subprocess.run(command, capture_output=True, text=True,
                          env={**os.environ, **(environment or {})})
    if done.returncode != 0:
        sys.exit(f"compare: {' '.join(command)}: {done.stderr.strip().splitlines()[-1:]}")
    return json.loads(done.stdout)


def processor():
    try:
        with open("/proc/cpuinfo") as f:
            return next(line.split(":")[1].strip() for line in f if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown"


def peer_environment(torch):
    """What makes the peer fastest; nothing where the user decides."""
    blas = os.path.realpath("/usr/lib/x86_64-linux-gnu/libblas.so.3")
    # Debian's PyTorch multiplies by the system's BLAS, others bring their own.
    if torch.__file__.startswith("/usr/lib/") and "/blas/libblas" in blas:
        sys.exit("compare: PyTorch would use the reference BLAS: apt-get install libopenblas0-pthread")
    best = {"OMP_WAIT_POLICY": "passive"}
    try:
        with open("/proc/cpuinfo") as f:
            if " avx512f " in f.read():
                best["OPENBLAS_CORETYPE"] = "SkylakeX"
    except OSError:
        pass
    return {name: value for name, value in best.items() if name not in os.environ}


def median(values):
    values = sorted(values)
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def main():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("ct2ct", metavar="CT2CT", help="the program")
    p.add_argument("--recipes", nargs="+", default=["ct2ct", "pix2pix", "residual"])
    p.add_argument("--sizes", nargs="+", type=int, default=[256, 512])
    p.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--steps", type=int, default=8)
    p.add_argument("--json", action="store_true")
    a = p.parse_args()

    environment = peer_environment(with_torch.ensure())
    rows = []
    for recipe in a.recipes:
        for size in [128] if recipe == "residual" else a.sizes:
            for threads in a.threads:
                common = ["--recipe", recipe, "--size", str(size), "--threads", str(threads),
                          "--steps", str(a.steps)]
                ours = lambda: run([a.ct2ct, "bench", *common, "--json"])
                peer = lambda layout: run([sys.executable, PEER, *common, "--layout", layout], environment)
                rounds = []
                for _ in range(a.rounds):
                    before, nchw, nhwc, after = ours(), peer("nchw"), peer("nhwc"), ours()
                    rounds.append({m: ((before[m] + after[m]) / 2, min(nchw[m], nhwc[m]))
                                   for m in MEASURES})
                for m in MEASURES:
                    ratios = [r[m][0] / r[m][1] for r in rounds]
                    rows.append({
                        "recipe": recipe, "size": size, "threads": threads, "measure": m,
                        "ours": round(median([r[m][0] for r in rounds]), 1),
                        "peer": round(median([r[m][1] for r in rounds]), 1),
                        "ratio": round(median(ratios), 3), "ratio_min": round(min(ratios), 3),
                        "ratio_max": round(max(ratios), 3)})
                    if not a.json:
                        row = rows[-1]
                        print(f"{recipe:9} {size:5} {threads:2} threads  {m:14} "
                              f"ours {row['ours']:9}  peer {row['peer']:9}  ratio {row['ratio']:.3f} "
                              f"[{row['ratio_min']:.3f}, {row['ratio_max']:.3f}]", flush=True)
    result = {"machine": processor(), "date": datetime.date.today().isoformat(),
              "rounds": a.rounds, "rows": rows}
    print(json.dumps(result) if a.json else f"{result['machine']}, {result['date']}, "
                                            f"{a.rounds} rounds")


main()
