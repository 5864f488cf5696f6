#!/usr/bin/env python3
"""Compares data/meta and the TIFF reader with programs that share no code with them.

usage: meta_check.py CT2CT

Teem's own program (unu, package teem-apps) writes NRRD files of every type, encoding and byte order,
and reads ours. plastimatch, which reads and writes by ITK, turns NIfTI files into NRRD and MetaImage,
whose affines and values ct2ct must find, and reads what ct2ct writes. Pillow writes TIFF stacks with
each compression. Exit code 77 means skipped: none of the three is there.
"""
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile

try:
    import nibabel
    import numpy
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)
try:
    from PIL import Image
except ImportError:
    Image = None

UNU = shutil.which("teem-unu") or shutil.which("unu")
PLASTIMATCH = shutil.which("plastimatch")
TYPES = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "float", "double"]


class Desk:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, *command):
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        return done.stdout

    def ct2ct(self, *options):
        return self.run(self.program, "--quiet", "--threads", "1", *options)

    def info(self, name):
        return json.loads(self.ct2ct("info", name, "--json"))

    def doubled(self, name, out):
        self.ct2ct("interpolate", name, "--method", "nearest", "--any-scan", "--no-self-check", "--out",
                   out, "--force")

    def values(self, name):
        """What ct2ct reads, axis 0 first: real slices of an interpolated NIfTI file."""
        self.doubled(name, "read.nii")
        image = nibabel.load(self.path("read.nii"))
        axis = self.info(name)["slice_axis"]
        known = [slice(None)] * 3
        known[axis] = slice(None, None, 2)
        return image.get_fdata()[tuple(known)]


def voxels(dtype, seed=1):
    rng = numpy.random.default_rng(seed)
    low = 0 if dtype.startswith("u") else -100
    return rng.integers(low, 100, (4, 5, 6)).astype({"float": "f4", "double": "f8"}.get(dtype, dtype))


def check_nrrd(desk):
    count = 0
    for number, dtype in enumerate(TYPES):
        endian, encoding = ("little", "big")[number % 2], ("raw", "gzip")[number // 2 % 2]
        truth = voxels(dtype)
        truth.ravel(order="F").tofile(desk.path("plain.raw"))
        desk.run(UNU, "make", "-t", dtype, "-s", "4", "5", "6", "-i", "plain.raw", "-e",
                 "raw", "-en", "little", "-spc", "LPS", "-dirs", "(0.5,0,0) (0,0.5,0) (0,0.1,2)", "-orig",
                 "(1,2,3)", "-o", "made.nrrd")
        for out in ("theirs.nrrd", "theirs.nhdr"):
            desk.run(UNU, "save", "-f", "nrrd", "-e", encoding, "-en", endian, "-i", "made.nrrd", "-o", out)
            about = desk.info(out)
            assert about["affine"] == [[-0.5, 0, 0, -1], [0, -0.5, -0.1, -2], [0, 0, 2, 3],
                                       [0, 0, 0, 1]], about["affine"]
            assert numpy.array_equal(desk.values(out), truth), (dtype, endian, encoding, out)
            count += 1
        for out in ("ours.nrrd", "ours.nhdr"):
            desk.doubled("theirs.nrrd", out)
            desk.run(UNU, "save", "-f", "nrrd", "-e", "raw", "-en", "little", "-i", out, "-o", "back.nhdr")
            back = numpy.fromfile(desk.path("back.raw"), truth.dtype).reshape((4, 5, 11), order="F")
            assert numpy.array_equal(back[:, :, ::2], truth), (dtype, out)
            head = desk.run(UNU, "head", out)
            assert "space directions: (0.5,0,0) (0,0.5,0) (0,0.05,1)" in head, head
            count += 1
    print(f"{count} NRRD files agree with Teem")


def turned(number):
    """An affine: a permutation of axes with signs, a turn and spacings."""
    order = list(itertools.permutations(range(3)))[number % 6]
    c, s = numpy.cos(0.2), numpy.sin(0.2)
    turn = numpy.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    signs = [1 if number & bit else -1 for bit in (1, 2, 4)]
    affine = numpy.eye(4)
    affine[:3, :3] = (turn @ numpy.diag(signs) @ numpy.diag([0.5, 0.5, 2.0]))[:, order]
    affine[:3, 3] = [-10.5, 20.25, 30]
    return affine


def check_itk(desk):
    count = 0
    for number in range(8):
        truth, affine = voxels("int16", number), turned(number)
        image = nibabel.Nifti1Image(truth, affine)
        image.set_sform(affine, 1)
        image.set_qform(affine, 1)
        nibabel.save(image, desk.path("scan.nii"))
        for ending in (".mha", ".mhd", ".nrrd", ".nhdr"):
            theirs, ours = "theirs" + ending, "ours" + ending
            desk.run(PLASTIMATCH, "convert", "--input", "scan.nii", "--output-img", theirs)
            about = desk.info(theirs)
            assert numpy.allclose(about["affine"], affine, atol=1e-4), (number, theirs, about["affine"])
            assert numpy.array_equal(desk.values(theirs), truth), (number, theirs)
            desk.doubled("scan.nii", ours)
            desk.run(PLASTIMATCH, "convert", "--input", ours, "--output-img", "back.nii")
            back = nibabel.load(desk.path("back.nii"))
            axis = about["slice_axis"]
            finer = affine.copy()
            finer[:3, axis] /= 2
            assert numpy.allclose(back.affine, finer, atol=1e-4), (number, ours, back.affine, finer)
            known = [slice(None)] * 3
            known[axis] = slice(None, None, 2)
            assert numpy.array_equal(back.get_fdata()[tuple(known)], truth), (number, ours)
            count += 2
    print(f"{count} files agree with ITK")


def check_tiff(desk):
    count = 0
    kinds = {"uint8": "L", "uint16": "I;16", "float32": "F", "int32": "I"}
    for dtype, packed in itertools.product(kinds, (None, "tiff_lzw", "tiff_adobe_deflate", "packbits")):
        rng = numpy.random.default_rng(3)
        truth = rng.integers(0, 200, (7, 9, 11)).astype(dtype)
        pages = [Image.fromarray(page, kinds[dtype]) for page in truth]
        pages[0].save(desk.path("stack.tif"), save_all=True, append_images=pages[1:], compression=packed)
        values = desk.values("stack.tif").transpose(2, 1, 0)
        scale = 257 if dtype == "uint16" else 1
        assert numpy.allclose(values * scale, truth, atol=1e-3), (dtype, packed)
        count += 1
    print(f"{count} TIFF stacks agree with Pillow")


def main():
    checks = [(UNU, check_nrrd), (PLASTIMATCH, check_itk), (Image, check_tiff)]
    if not any(there for there, _ in checks):
        print("skipped: neither unu nor plastimatch nor Pillow")
        sys.exit(77)
    for there, check in checks:
        if there:
            with tempfile.TemporaryDirectory() as folder:
                check(Desk(os.path.abspath(sys.argv[1]), folder))
        else:
            print(f"skipped: {check.__name__}, its program is missing")


main()
