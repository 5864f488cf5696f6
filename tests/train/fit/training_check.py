#!/usr/bin/env python3
"""Ten steps of the default recipe, with its discriminator and its weight for bone, on two made-up
heads: ct2ct beside PyTorch (tests/golden/peer_losses.py).

  training_check.py CT2CT

PyTorch's networks here have no planes and, with batch 4, no batch norm to compare statistics of, so
the examples are middles and the norm is instance norm. At a rate of 1e-6 nothing drifts, and all
losses of all steps are held to 1e-4. Exit code 77 where PyTorch is missing.
"""
import os
import subprocess
import sys
import tempfile

try:
    import torch  # noqa: F401
except ImportError:
    print("skipped: no PyTorch")
    sys.exit(77)

PEER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "golden", "peer_losses.py")
RECIPE = {"adversarial_start": 0, "generator.norm.kind": "instance", "generator.norm.momentum": 0,
          "discriminator.width": 8, "learning_rate": 1e-6, "schedule": "constant",
          "bone_shift_weight": 0.75}


def main():
    ct2ct = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        start, run = os.path.join(folder, "start"), os.path.join(folder, "run")
        train = [ct2ct, "train", "phantom:1:24:128", "phantom:2:24:128", "--width", "8",
                 "--levels", "4", "--anywhere", "0", "--steps", "10", "--dump-batches", "10", "--quiet",
                 "--threads", "1"]
        for entry, value in RECIPE.items():
            train += ["--set", f"{entry}={value}"]
        subprocess.run(train + ["--stop-at", "0", "--out", start], check=True)
        subprocess.run(train + ["--out", run], check=True)
        peer = [sys.executable, PEER, run, "--start", start, "--l1-weight", "1",
                "--adversarial-weight", "5e-4", "--loss", "least_squares", "--rate", "1e-6",
                "--beta1", "0.9", "--adam-eps", "1e-8", "--norm-eps", "1e-5", "--slope", "0.2",
                "--stride1-levels", "1", "--last-padding", "1", "1", "--limit", "1e-4", "--threads", "1"]
        same = subprocess.run(peer + ["--bone-shift-weight", "0.75"]).returncode
        # And it would find a term that is left out.
        without = subprocess.run(peer + ["--steps", "1"], stdout=subprocess.DEVNULL).returncode
        print(f"without the weight for bone: {'found' if without == 1 else 'NOT found'}")
        sys.exit(0 if same == 0 and without == 1 else 1)


if __name__ == "__main__":
    main()
