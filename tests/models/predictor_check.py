"""Slices of a predictor that was written from the pages alone, beside those of the program.

    predictor_check.py CT2CT MODEL [CASE ...]

Each case makes a scan, has it interpolated by `ct2ct interpolate --no-self-check`, makes the same
slices by predictor_from_pages.py, and compares stored values. With CT2CT_REAL_DATA some slices of a
real head are made too. Exit code 77: a package is missing.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # a test leaves nothing in the source tree
try:
    import nibabel
    import numpy as np
    from predictor_from_pages import Model, Scan, predict, predict_in_passes
except ImportError as e:
    print("skipped:", e)
    sys.exit(77)

LARGEST = 1  # stored units
SHARE = 0.002  # of the pixels of a case


def compare(name, program, model, path, folder, factor, method="model", *options):
    """Whether all slices are alike; says how many pixels are not."""
    start = time.time()
    out = folder / "out.nii"
    subprocess.run([program, "interpolate", str(path), "--no-self-check", "--any-scan", "--fill-gaps",
                    "--factor", str(factor), "--method", method, "--out", str(out), "--force", "--quiet",
                    *options], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    axis = int(options[options.index("--axis") + 1]) if "--axis" in options else None
    scan = Scan(path, axis)
    written = Scan(out, scan.axis)
    passes = "--in-passes" in options
    made = predict_in_passes(scan, model, factor) if passes else predict(scan, model, factor, method)
    assert written.stored.dtype == scan.stored.dtype
    assert (written.slope, written.intercept) == (scan.slope, scan.intercept)
    assert written.slices == (scan.slices - 1) * factor + 1 == len(made) + scan.slices
    apart = np.stack([np.abs(mine.astype(float) - written.stored_slice(k)) for k, mine in made.items()])
    different, largest = np.count_nonzero(apart), apart.max()
    good = largest <= LARGEST and different <= SHARE * apart.size
    print(f"{name}: {len(made)} slices, {different} of {apart.size} pixels differ "
          f"({100 * different / apart.size:.4f} %), by at most {largest:g} stored units: "
          f"{'alike' if good else 'NOT alike'}; {time.time() - start:.1f} s", flush=True)
    return good


def made_up(program, folder, name, slices, size, crop, gap=None, slope=1.0, intercept=0.0):
    """Some slices from the middle of a made-up head, neither square nor even, padded in two corners."""
    whole = folder / "phantom.nii"
    subprocess.run([program, "phantom", str(whole), "--slices", str(slices), "--size", str(size),
                    "--force", "--quiet"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    image = nibabel.load(whole)
    hu, affine = image.get_fdata()[crop], image.affine.copy()
    hu[:9, :7] = -3024
    hu[-8:, -5:, ::2] = -2000
    hu[-8:, -5:, 1::2] = -3024
    if gap:
        affine[:, 2] *= gap / np.linalg.norm(affine[:3, 2])
    made = nibabel.Nifti1Image(np.rint((hu - intercept) / slope).astype(np.int16), affine)
    made.header.set_slope_inter(slope, intercept)
    path = folder / (name + ".nii")
    nibabel.save(made, path)
    return path


def with_movement(program, folder):
    """The file of a network that corrects movement, after steps long enough to move slices."""
    run = folder / "movement"
    subprocess.run([program, "train", "phantom:3:12:64", "--out", str(run), "--set", "generator.head=movement",
                    "--width", "4", "--levels", "3", "--steps", "30", "--learning-rate", "0.02", "--adversarial",
                    "0", "--quiet"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return run / "model.safetensors"


def real(folder, name, source, first, last, every):
    """Every second, third ... slice of a scan, as stored, with the distance that these have."""
    image = nibabel.load(source)
    stored = np.asarray(image.dataobj.get_unscaled())[:, :, first:last + 1:every]
    affine = image.affine.copy()
    affine[:3, 2] *= every
    made = nibabel.Nifti1Image(stored, affine)
    made.header.set_slope_inter(image.dataobj.slope, image.dataobj.inter)
    path = folder / (name + ".nii")
    nibabel.save(made, path)
    return path


def main():
    program, *chosen = sys.argv[1:]
    box = pathlib.Path(__file__).resolve().parents[2] / "models" / "default" / "model.safetensors"
    model = Model(box)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        near = made_up(program, folder, "near", 64, 120, np.s_[:, 10:113, 30:34])
        close = made_up(program, folder, "close", 64, 120, np.s_[5:110, :, 36:39], gap=1)
        far = made_up(program, folder, "far", 10, 120, np.s_[5:110, :, 4:7], slope=0.5, intercept=-1024)
        cases = {
            "made-up, nearest": (near, 3, "nearest"),
            "made-up, linear": (near, 3, "linear"),
            "made-up, cubic": (near, 3, "cubic"),
            "made-up, registered": (near, 3, "registered"),
            "made-up, in the middle": (near, 2),
            "made-up, at thirds": (near, 3),
            "made-up, closer than in training": (close, 2, "model", "--axis", "2"),
            "made-up, farther than in training, by waypoints": (far, 5),
            "made-up, in passes": (near, 5, "model", "--in-passes"),
        }
        data = os.environ.get("CT2CT_REAL_DATA")
        head = next(pathlib.Path(data, "nifti").glob("head_stanford_cthead_113*"), None) if data else None
        if head:
            cases["real, factor 2"] = real(folder, "two", head, 50, 57, 1), 2
            cases["real, factor 4"] = real(folder, "four", head, 20, 22, 1), 4
            cases["real, gaps of 10 mm, factor 5"] = real(folder, "wide", head, 40, 50, 5), 5
        results = [compare(name, program, model, path, folder, *how)
                   for name, (path, *how) in cases.items() if not chosen or name in chosen]
        name = "made-up, a head that corrects movement"
        if not chosen or name in chosen:
            file = with_movement(program, folder)
            results.append(compare(name, program, Model(file), near, folder, 3, "model", "--model", str(file)))
        # A check that can fail: twice the gain must be seen.
        model.gain *= 2
        results.append(not compare("another difference_gain, to be seen", program, model, near, folder, 2))
    sys.exit(0 if all(results) else 1)


main()
