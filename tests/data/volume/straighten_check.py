#!/usr/bin/env python3
"""Compares `ct2ct interpolate --straighten` with cubic convolution written anew in numpy.

usage: straighten_check.py CT2CT

A sheared scan is made, and real ones are taken where $CT2CT_REAL_DATA is set. Each is written twice,
sheared and straightened. Then each voxel of the second must be what Keys' kernel makes of the slice
of the first at the same place in millimetres, nothing of the first may be cut, and the bones must
have the same centre. Exit code 77 means skipped: no nibabel.
"""
import itertools
import os
import subprocess
import sys
import tempfile

try:
    import nibabel
    import numpy
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)


def keys(x):
    """R. G. Keys, 1981, equation 15: the kernel of cubic convolution, a = -1/2."""
    x = numpy.abs(x)
    near = 1.5 * x**3 - 2.5 * x**2 + 1
    far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return numpy.where(x <= 1, near, numpy.where(x < 2, far, 0))


def weights(places, n):
    """A matrix from n values to values at `places`; beyond the ends they are those at the ends."""
    out = numpy.zeros((len(places), n))
    for row, at in enumerate(places):
        for i in range(int(numpy.floor(at)) - 1, int(numpy.floor(at)) + 3):
            out[row, min(max(i, 0), n - 1)] += keys(at - i)
    return out


def seen(hu):
    return numpy.maximum(hu, -1024)


def compare(name, sheared, straight):
    a, b = sheared.get_fdata(), straight.get_fdata()
    A, B = sheared.affine, straight.affine
    assert a.shape[2] == b.shape[2], name
    columns = B[:3, :3]
    gram = columns.T @ columns
    assert numpy.allclose(gram, numpy.diag(numpy.diag(gram)), atol=1e-4), (name, gram)
    assert straight.header["qform_code"] > 0 and sheared.header["qform_code"] == 0, name
    corners = numpy.array([[*c, 1] for c in itertools.product(*[(0, n - 1) for n in b.shape])]).T
    apart = numpy.linalg.norm((straight.get_sform() - straight.get_qform()) @ corners, axis=0).max()
    assert apart < 0.01, (name, apart)
    zooms = straight.header.get_zooms()
    assert numpy.allclose(zooms, numpy.sqrt(numpy.diag(gram)), rtol=1e-5), (name, zooms)
    back = numpy.linalg.inv(A) @ B  # voxels of the straightened scan to those of the sheared one
    worst = 0
    step = max(1, a.shape[2] // 12)
    for k in range(0, a.shape[2], step):
        # In-plane axes are parallel in both: x depends on the first index alone, y on the second.
        x = back[0, 0] * numpy.arange(b.shape[0]) + back[0, 2] * k + back[0, 3]
        y = back[1, 1] * numpy.arange(b.shape[1]) + back[1, 2] * k + back[1, 3]
        cubic = weights(x, a.shape[0]) @ seen(a[:, :, k]) @ weights(y, a.shape[1]).T
        ix, iy = numpy.floor(x + 0.5).astype(int), numpy.floor(y + 0.5).astype(int)
        inside = numpy.outer((ix >= 0) & (ix < a.shape[0]), (iy >= 0) & (iy < a.shape[1]))
        assert inside.sum() == a.shape[0] * a.shape[1], (name, k, "cut")
        nearest = a[numpy.ix_(ix.clip(0, a.shape[0] - 1), iy.clip(0, a.shape[1] - 1), [k])][:, :, 0]
        expected = numpy.where(nearest < -1024, nearest, seen(cubic))
        # A place half way between two pixels, or nearly, may be rounded to either.
        sure = numpy.outer(numpy.abs(x % 1 - 0.5) > 1e-3, numpy.abs(y % 1 - 0.5) > 1e-3)
        off = numpy.abs(numpy.where(inside & sure, b[:, :, k] - expected, 0))
        worst = max(worst, off.max())
    # The stored values are whole numbers, and the places in the header are rounded to float.
    assert worst <= 1.5, (name, worst)

    def centre(values, affine):
        # Soft weights: a threshold would itself depend on how pixels are sampled.
        weight = numpy.clip(values, 200, 1200) - 200
        total = weight.sum()
        mean = [(weight.sum(axis=tuple({0, 1, 2} - {d})) * numpy.arange(values.shape[d])).sum() / total
                for d in range(3)]
        return affine[:3] @ [*mean, 1]

    moved = numpy.linalg.norm(centre(a, A) - centre(b, B))
    assert moved < 0.1, (name, moved)
    print(f"{name}: {a.shape} became {b.shape}; values within {worst:.2f} HU of numpy's, bones moved "
          f"by {moved:.4f} mm")


def run(binary, *arguments):
    return subprocess.run([binary, "interpolate", *arguments], capture_output=True, text=True)


def write_both(binary, scan, folder, *options):
    """The scan interpolated, sheared and straightened."""
    images = []
    for name, more in (("sheared", []), ("straight", ["--straighten"])):
        out = os.path.join(folder, name + ".nii")
        done = run(binary, scan, "--method", "linear", "--out", out, "--force", *options, *more)
        assert done.returncode == 0, done.stderr
        images.append(nibabel.load(out))
    assert b"straightened: all slices resampled" in images[1].header["descrip"].item()
    with open(os.path.join(folder, "straight.slices.csv"), encoding="ascii") as table:
        kinds = {line.split(",")[4] for line in list(table)[1:]}
    assert kinds == {"real resampled", "synthetic resampled"}, kinds
    return images


def made_up(folder):
    """Blobs in a head of water, with padding around it; turned and sheared in both directions."""
    rng = numpy.random.default_rng(3)
    x, y, z = numpy.meshgrid(numpy.arange(48), numpy.arange(40), numpy.arange(9), indexing="ij")
    values = numpy.where((x - 24) ** 2 + (y - 20) ** 2 < 350, 30.0, -1000.0)
    for _ in range(40):
        at = rng.uniform((8, 8, 0), (40, 32, 9))
        values += rng.uniform(-300, 900) * numpy.exp(
            -((x - at[0]) ** 2 + (y - at[1]) ** 2 + 4 * (z - at[2]) ** 2) / 9)
    values[:3] = -3024
    turn = numpy.array([[0.96, -0.28, 0], [0.28, 0.96, 0], [0, 0, 1]])
    affine = numpy.eye(4)
    affine[:3, :3] = turn @ numpy.array([[-0.8, 0, 0.61], [0, -0.8, -1.13], [0, 0, 3.0]])
    affine[:3, 3] = [31, -12.5, 7]
    image = nibabel.Nifti1Image(values.round().astype(numpy.int16), affine)
    image.set_qform(affine, 1)  # dcm2niix and others write one all the same
    image.set_sform(affine, 1)
    image.header["pixdim"][1:4] = numpy.linalg.norm(affine[:3, :3], axis=0)
    path = os.path.join(folder, "made.nii.gz")
    nibabel.save(image, path)
    return path


def main():
    binary = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        compare("made up", *write_both(binary, made_up(folder), folder))
        real = os.environ.get("CT2CT_REAL_DATA")
        if not real:
            print("without real scans: CT2CT_REAL_DATA is not set")
            return
        compare("Philips phantom", *write_both(
            binary, os.path.join(real, "nifti/headphantom_philips_tilt16_2.5.nii.gz"), folder))
        dicom = os.path.join(real, "dicom")
        scan = os.path.join(dicom, "head_cq500_5_tilt7.zip")
        done = run(binary, scan, "--method", "linear", "--out", os.path.join(folder, "x/"),
                   "--straighten")
        if "which this build cannot read" in done.stderr:
            print("without DICOM")
            return
        assert done.returncode == 2 and "--straighten" in done.stderr, done.stderr
        compare("CQ500", *write_both(binary, scan, folder))
        uneven = run(binary, os.path.join(dicom, "head_ge_hispeed_varspacing_tilt18.zip"), "--method",
                     "linear", "--out", os.path.join(folder, "u.nii"), "--straighten")
        assert uneven.returncode == 2 and "not evenly spaced" in uneven.stderr, uneven.stderr


main()
