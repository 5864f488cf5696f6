#!/usr/bin/env python3
"""Compares data/nifti with nibabel, which shares no code with it.

usage: nibabel_check.py TEST_BINARY

Writes scans of every datatype, byte order, axis order and kind of affine, of NIfTI-1 and NIfTI-2,
with and without scaling, with nibabel, lets the test binary read them (tests/data/nifti/nibabel_test.cpp)
and write them interpolated, and reads those with nibabel. Exit code 77 means skipped: no nibabel.
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

FACTOR = 3


TYPES = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64", "int64", "uint64"]
KINDS = ["sform", "qform", "both", "differ", "neither", "shear", "shear_both"]
ORDERS = list(itertools.permutations(range(3)))


def cases():
    """Every datatype x byte order x kind of affine; the rest by turns, so that it meets all of them."""
    number = 0
    for dtype, order, kind in itertools.product(TYPES, "<>", KINDS):
        number += 1
        yield {"name": f"{dtype}_{'little' if order == '<' else 'big'}_{kind}", "dtype": dtype,
               "order": order, "kind": kind, "axes": ORDERS[number % 6],
               "mirrored": number % 4 < 2, "version": 2 if number % 5 == 0 else 1,
               "packed": number % 7 < 3, "slope": (None, (0.5, -100), (-2, 3.25))[number % 3]}


def voxels_of(case, rng):
    low, high = (0, 200) if case["dtype"].startswith("u") else (-100, 100)
    values = rng.integers(low, high, (3, 4, 5)).astype(case["dtype"])
    if case["dtype"] == "int64":
        values[0, 0, :2] = -2**31, 2**31 - 1
    return values.transpose(case["axes"])


def affine(case):
    # Far from half turns: there the quaternion's first part, which no file stores, is all rounding.
    (c1, s1), (c2, s2) = [(numpy.cos(a), numpy.sin(a)) for a in numpy.deg2rad([17, 11])]
    turn = numpy.array([[c1, -s1, 0], [s1, c1, 0], [0, 0, 1]]) @ numpy.array(
        [[1, 0, 0], [0, c2, -s2], [0, s2, c2]])
    turn = turn @ numpy.diag([1, 1, -1 if case["mirrored"] else 1])
    out = numpy.eye(4)
    out[:3, :3] = turn @ numpy.diag([0.5, 0.75, 2.0])[:, list(case["axes"])]
    out[:3, 3] = [-10.5, 20.25, 30]
    return out


def write_case(folder, case, rng):
    voxels, world, kind = voxels_of(case, rng), affine(case), case["kind"]
    two = case["version"] == 2
    header = (nibabel.Nifti2Header if two else nibabel.Nifti1Header)(endianness=case["order"])
    header.set_data_dtype(voxels.dtype.newbyteorder(case["order"]))
    image = (nibabel.Nifti2Image if two else nibabel.Nifti1Image)(voxels, None, header)
    with_sform = kind not in ("qform", "neither")
    with_qform = kind in ("qform", "both", "differ", "shear_both")
    sform = world.copy()
    if kind.startswith("shear"):  # a gantry tilt of 16 degrees, which no quaternion can say
        axis = int(numpy.argmax(numpy.linalg.norm(world[:3, :3], axis=0)))
        sform[:3, axis] += numpy.tan(numpy.deg2rad(16)) * world[:3, (axis + 1) % 3]
    qform = world.copy()
    if kind == "differ":
        qform[:3, 3] += [5, 6, 7]
    image.header["pixdim"][1:4] = numpy.linalg.norm(sform[:3, :3], axis=0)
    image.set_qform(qform if with_qform else None, code=1 if with_qform else 0)
    image.set_sform(sform if with_sform else None, code=2 if with_sform else 0)
    image.header["pixdim"][1:4] = numpy.linalg.norm(sform[:3, :3], axis=0)
    if case["slope"] and voxels.dtype.kind != "f":
        image.header.set_slope_inter(*case["slope"])
    case["file"] = case["name"] + (".nii.gz" if case["packed"] else ".nii")
    path = os.path.join(folder, case["file"])
    nibabel.save(image, path)

    back = nibabel.load(path)
    zooms = back.header.get_zooms()
    # Without codes nibabel makes an origin up, and we do not.
    expected = numpy.diag([*zooms, 1]) if kind == "neither" else back.affine
    with open(os.path.join(folder, case["name"] + ".txt"), "w", encoding="ascii") as out:
        print(case["file"], *back.shape, *zooms, file=out)
        print(*expected[:3].ravel(), file=out)
        print(*back.get_fdata().ravel(order="F"), file=out)
        print("end", file=out)


def same_place(name, before, after, shape, axis):
    """Voxel k * FACTOR lies where voxel k was."""
    for corner in itertools.product(*[(0, n - 1) for n in shape]):
        finer = list(corner)
        finer[axis] *= FACTOR
        here, there = after @ [*finer, 1], before @ [*corner, 1]
        assert numpy.allclose(here, there, atol=1e-4), (name, corner, here, there)


def check_case(folder, case):
    name, file = case["name"], case["file"]
    before = nibabel.load(os.path.join(folder, file))
    after = nibabel.load(os.path.join(folder, "x3_" + name + file[len(name):]))
    zooms = numpy.array(before.header.get_zooms())
    axis = int(numpy.argmax(zooms))
    shape = list(before.shape)
    shape[axis] = (shape[axis] - 1) * FACTOR + 1
    assert list(after.shape) == shape, (name, after.shape)
    stored = "int32" if case["dtype"] in ("int64", "uint64") else case["dtype"]
    assert after.get_data_dtype() == numpy.dtype(stored), name
    known = [slice(None)] * 3
    known[axis] = slice(None, None, FACTOR)
    known = tuple(known)
    assert numpy.array_equal(after.dataobj.get_unscaled()[known], before.dataobj.get_unscaled()), name
    assert numpy.allclose(after.get_fdata()[known], before.get_fdata(), rtol=1e-7, atol=0), name
    if before.header["sform_code"]:
        same_place(name, before.get_sform(), after.get_sform(), before.shape, axis)
    assert after.header["qform_code"] == (0 if case["kind"] == "shear_both" else before.header["qform_code"])
    if before.header["qform_code"]:
        same_place(name, before.get_qform(), after.get_qform(), before.shape, axis)
    if case["kind"] != "neither":
        same_place(name, before.affine, after.affine, before.shape, axis)
        assert numpy.linalg.det(before.affine) * numpy.linalg.det(after.affine) > 0, name
    zooms[axis] /= FACTOR
    assert numpy.allclose(after.header.get_zooms(), zooms, rtol=1e-6), name
    for key in ("sform_code", "qoffset_x", "qoffset_y", "qoffset_z", "quatern_b",
                "quatern_c", "quatern_d", "scl_slope", "scl_inter"):
        same = numpy.allclose(after.header[key], before.header[key], rtol=1e-6, equal_nan=True)
        assert same, (name, key)
    assert after.header["descrip"].item() == b"x3 interpolated RESEARCH", name
    check_map(folder, name, file, axis, after)


def check_map(folder, name, file, axis, scan):
    """On the scan's grid, in units of its own: slice 1 is 7.25, the others are 0."""
    image = nibabel.load(os.path.join(folder, "map_" + name + file[len(name):]))
    assert image.shape == scan.shape and numpy.array_equal(image.affine, scan.affine), name
    assert image.get_data_dtype() == numpy.dtype("int16"), name
    assert (image.dataobj.slope, image.dataobj.inter) == (0.125, 0), name
    assert image.header.get_intent() == ("estimate", (), "expected error"), image.header.get_intent()
    assert image.header["descrip"].item() == b"in HU", name
    values = numpy.moveaxis(image.get_fdata(), axis, 0)
    assert (values[1] == 7.25).all() and (numpy.delete(values, 1, 0) == 0).all(), name


def main():
    binary = os.path.abspath(sys.argv[1])
    rng = numpy.random.default_rng(7)
    all_cases = list(cases())
    with tempfile.TemporaryDirectory() as folder:
        for case in all_cases:
            write_case(folder, case, rng)
        environment = dict(os.environ, CT2CT_NIBABEL_DIR=folder)
        subprocess.run([binary, "[nibabel]"], env=environment, check=True)
        for case in all_cases:
            check_case(folder, case)
        print(f"{len(all_cases)} files agree with nibabel {nibabel.__version__}")


main()
