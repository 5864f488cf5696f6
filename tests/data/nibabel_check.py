#!/usr/bin/env python3
"""Compares data/nifti with nibabel, which shares no code with it.

usage: nibabel_check.py TEST_BINARY

Writes scans of every datatype, byte order, axis order and kind of affine with nibabel, lets the test
binary read them (tests/data/nibabel_test.cpp) and write them interpolated, and reads those with
nibabel. Exit code 77 means skipped: no nibabel.
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


def cases():
    rng = numpy.random.default_rng(7)
    types = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"]
    for number, name in enumerate(types):
        low, high = (0, 200) if name.startswith("u") else (-100, 100)
        yield name, rng.integers(low, high, (3, 4, 5)).astype(name), number
    scan = rng.integers(-1024, 3000, (3, 4, 5)).astype("int16")
    for axes in itertools.permutations(range(3)):
        yield "axes" + "".join(map(str, axes)), scan.transpose(axes), 20 + axes[0]


def affine(number):
    tilt = numpy.deg2rad(3 * number)
    turn = numpy.array([[numpy.cos(tilt), -numpy.sin(tilt), 0],
                        [numpy.sin(tilt), numpy.cos(tilt), 0],
                        [0, 0, 1 if number % 2 else -1]])
    out = numpy.eye(4)
    out[:3, :3] = turn @ numpy.diag(numpy.roll([0.5, 0.75, 2.0], number))
    out[:3, 3] = [-10.5, 20.25, 30]
    return out


def write_case(folder, name, voxels, number):
    world = affine(number)
    order = ">" if number % 3 == 2 else "<"
    header = nibabel.Nifti1Header(endianness=order)
    header.set_data_dtype(voxels.dtype.newbyteorder(order))
    image = nibabel.Nifti1Image(voxels, None, header)
    # By turns sform only, qform only, and both.
    image.set_sform(world if number % 3 != 1 else None, code=1 if number % 3 != 1 else 0)
    image.set_qform(world if number % 3 != 0 else None, code=1 if number % 3 != 0 else 0)
    if number % 3 == 0:
        image.header["pixdim"][1:4] = numpy.linalg.norm(world[:3, :3], axis=0)
    if number % 2 == 0 and voxels.dtype.kind != "f":
        image.header.set_slope_inter(0.5, -100)
    file = name + (".nii.gz" if number % 2 else ".nii")
    nibabel.save(image, os.path.join(folder, file))

    back = nibabel.load(os.path.join(folder, file))
    with open(os.path.join(folder, name + ".txt"), "w", encoding="ascii") as out:
        print(file, *back.shape, *back.header.get_zooms(), file=out)
        print(*back.affine[:3].ravel(), file=out)
        print(*back.get_fdata().ravel(order="F"), file=out)
        print("end", file=out)
    return file


def check_case(folder, name, file):
    before = nibabel.load(os.path.join(folder, file))
    after = nibabel.load(os.path.join(folder, "x3_" + name + file[len(name):]))
    zooms = numpy.array(before.header.get_zooms())
    axis = int(numpy.argmax(zooms))
    shape = list(before.shape)
    shape[axis] = (shape[axis] - 1) * FACTOR + 1
    assert list(after.shape) == shape, (name, after.shape)
    assert after.get_data_dtype() == before.get_data_dtype().newbyteorder("="), name
    known = [slice(None)] * 3
    known[axis] = slice(None, None, FACTOR)
    assert numpy.array_equal(after.get_fdata()[tuple(known)], before.get_fdata()), name
    for corner in itertools.product(*[(0, n - 1) for n in before.shape]):
        finer = list(corner)
        finer[axis] *= FACTOR
        here = after.affine @ [*finer, 1]
        there = before.affine @ [*corner, 1]
        assert numpy.allclose(here, there, atol=1e-4), (name, corner, here, there)
    zooms[axis] /= FACTOR
    assert numpy.allclose(after.header.get_zooms(), zooms, rtol=1e-6), name
    for key in ("qform_code", "sform_code", "qoffset_x", "qoffset_y", "qoffset_z", "quatern_b",
                "quatern_c", "quatern_d", "scl_slope", "scl_inter"):
        same = numpy.array_equal(after.header[key], before.header[key], equal_nan=True)
        assert same, (name, key)
    assert after.header["descrip"].item() == b"x3 interpolated RESEARCH", name


def main():
    binary = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        files = {name: write_case(folder, name, voxels, number)
                 for name, voxels, number in cases()}
        environment = dict(os.environ, CT2CT_NIBABEL_DIR=folder)
        subprocess.run([binary, "[nibabel]"], env=environment, check=True)
        for name, file in files.items():
            check_case(folder, name, file)
        print(f"{len(files)} files agree with nibabel {nibabel.__version__}")


main()
