#!/usr/bin/env python3
"""Compares ct2ct's surfaces and reformats with numpy and nibabel, which share no code with it.

usage: look_check.py CT2CT

Surfaces: STL and PLY of a ball in a sheared scan are parsed by numpy; every edge must have two
triangles of opposite directions, and the volume must be the ball's. Reformats: every pixel of a
tilted scan's coronal and sagittal picture is computed again from nibabel's affine. Exit code 77
means skipped: a package is missing.
"""
import collections
import json
import os
import subprocess
import sys
import tempfile

try:
    import nibabel
    import numpy
    from PIL import Image
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

RADIUS = 14.0
LOW, HIGH = -200.0, 400.0
WINDOW = "100.5,601"  # PS3.3 C.11.2.1.2.1: black at c - 0.5 - (w - 1) / 2, white at c - 0.5 + (w - 1) / 2
TILTED = numpy.array([[-0.9, 0, 0, 31], [0, -0.8, 0.7, -12.5], [0, -0.1, 2.4, 77], [0, 0, 0, 1]])


def save(folder, name, values, affine):
    image = nibabel.Nifti1Image(values, None)
    image.set_sform(affine, code=1)
    image.header["pixdim"][1:4] = numpy.linalg.norm(affine[:3, :3], axis=0)
    path = os.path.join(folder, name)
    nibabel.save(image, path)
    return path


def world_of(shape, affine):
    grid = numpy.stack(numpy.meshgrid(*map(numpy.arange, shape), indexing="ij"), axis=-1)
    return grid @ affine[:3, :3].T + affine[:3, 3]


def read_stl(path):
    raw = open(path, "rb").read()
    assert b"RESEARCH" in raw[:80] and not raw.startswith(b"solid")
    count = int(numpy.frombuffer(raw, "<u4", 1, 80)[0])
    assert len(raw) == 84 + 50 * count, (len(raw), count)
    record = numpy.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("zero", "<u2")])
    records = numpy.frombuffer(raw, record, count, 84)
    points, index = numpy.unique(records["corners"].reshape(-1, 3), axis=0, return_inverse=True)
    triangles = index.reshape(-1, 3)
    a, b, c = (points[triangles[:, i]].astype(float) for i in range(3))
    normals = numpy.cross(b - a, c - a)
    normals /= numpy.linalg.norm(normals, axis=1, keepdims=True)
    assert numpy.abs(normals - records["normal"]).max() < 1e-2
    return points.astype(float), triangles


def read_ply(path):
    head, raw = open(path, "rb").read().split(b"end_header\n", 1)
    lines = head.decode("ascii").splitlines()
    assert lines[:2] == ["ply", "format binary_little_endian 1.0"] and "RESEARCH" in lines[2]
    counts = {words[1]: int(words[2]) for words in map(str.split, lines) if words[0] == "element"}
    names = [words[2] for words in map(str.split, lines) if words[:2] == ["property", "float"]]
    assert names == ["x", "y", "z", "nx", "ny", "nz"]
    vertices = numpy.frombuffer(raw, "<f4", 6 * counts["vertex"]).reshape(-1, 6)
    points, normals = vertices[:, :3], vertices[:, 3:]
    assert numpy.abs(numpy.linalg.norm(normals, axis=1) - 1).max() < 1e-5
    outwards = points - points.mean(axis=0)  # the surface is a ball's
    assert ((outwards * normals).sum(axis=1) / numpy.linalg.norm(outwards, axis=1)).min() > 0.9
    face = numpy.dtype([("n", "u1"), ("corners", "<i4", 3)])
    faces = numpy.frombuffer(raw, face, counts["face"], vertices.nbytes)
    assert len(raw) == vertices.nbytes + faces.nbytes and (faces["n"] == 3).all()
    return points.astype(float), faces["corners"]


def volume_of(points, triangles):
    edges = collections.Counter()
    for side in ((0, 1), (1, 2), (2, 0)):
        edges.update(map(tuple, triangles[:, side].tolist()))
    assert set(edges.values()) == {1}, "an edge runs twice in one direction"
    assert all((b, a) in edges for a, b in edges), "an edge without its partner"
    a, b, c = (points[triangles[:, i]] - points.mean(axis=0) for i in range(3))
    return (a * numpy.cross(b, c)).sum() / 6


def check_surfaces(program, folder):
    shape = (50, 60, 24)
    world = world_of(shape, TILTED)
    centre = world[24, 29, 11] + 0.17
    values = 300 + 40 * (RADIUS - numpy.linalg.norm(world - centre, axis=-1))
    scan = save(folder, "ball.nii", values.astype("float32"), TILTED)
    ball = 4 / 3 * numpy.pi * RADIUS**3
    for name, read in (("ball.stl", read_stl), ("ball.ply", read_ply)):
        path = os.path.join(folder, name)
        told = json.loads(subprocess.run([program, "mesh", scan, "--out", path, "--json", "--quiet"],
                                         check=True, capture_output=True).stdout)
        points, triangles = read(path)
        volume = volume_of(points, triangles)
        assert len(triangles) == told["triangles"] and len(points) == told["vertices"], name
        assert told["watertight"] and told["euler_characteristic"] == 2, told
        assert abs(volume / 1000 - told["volume_ml"]) < 1e-4 * told["volume_ml"], (volume, told)
        assert abs(volume / ball - 1) < 0.01, (name, volume, ball)
        middle = (points.min(axis=0) + points.max(axis=0)) / 2
        assert numpy.abs(middle - centre).max() < 0.2, (middle, centre)
    return volume / ball


def linear(values, row, column):
    """Slices of `values` (k, j, i) at fractional rows and columns, held constant at the border."""
    k, y, x = values[0], row, column
    stack = values[1]
    y = numpy.clip(y, 0, stack.shape[1] - 1)
    x = numpy.clip(x, 0, stack.shape[0] - 1)
    y0, x0 = y.astype(int), x.astype(int)
    y1 = numpy.minimum(y0 + 1, stack.shape[1] - 1)
    x1 = numpy.minimum(x0 + 1, stack.shape[0] - 1)
    v, u = y - y0, x - x0
    return ((1 - v) * ((1 - u) * stack[x0, y0, k] + u * stack[x1, y0, k]) +
            v * ((1 - u) * stack[x0, y1, k] + u * stack[x1, y1, k]))


def expected_picture(values, affine, right, down, toward, at, size):
    """Grey levels, and how far each pixel is from where the scan or a slice ends, in steps."""
    columns, rows, steps = affine[:3, :3].T
    normal = numpy.cross(columns, rows)
    normal /= numpy.linalg.norm(normal)
    step = steps @ normal
    if step < 0:
        normal, step = -normal, -step
    ends = [(i, j, k, s) for i in (-0.5, values.shape[0] - 0.5) for j in (-0.5, values.shape[1] - 0.5)
            for k in range(values.shape[2]) for s in (-0.5, 0.5)]
    corners = numpy.array([affine[:3, :3] @ e[:3] + affine[:3, 3] + e[3] * step * normal
                           for e in ends])
    low = numpy.array([(corners @ d).min() for d in (right, down)])
    high = numpy.array([(corners @ d).max() for d in (right, down)])
    pixel = (high - low).max() / size
    width, height = numpy.ceil((high - low) / pixel - 0.01).astype(int)
    across = low[0] + (numpy.arange(width) + 0.5) * pixel
    along = low[1] + (numpy.arange(height) + 0.5) * pixel
    p = (across[None, :, None] * right + along[:, None, None] * down + at * toward)
    away = (p - affine[:3, 3]) @ normal / step
    k = numpy.clip(numpy.rint(away).astype(int), 0, values.shape[2] - 1)
    on_slice = p - affine[:3, 3] - k[..., None] * steps
    plane = numpy.stack([columns, rows], axis=1)
    place = on_slice @ numpy.linalg.pinv(plane).T
    column, row = place[..., 0], place[..., 1]
    inside = ((away > -0.5) & (away < values.shape[2] - 0.5) & (column > -0.5) & (row > -0.5) &
              (column < values.shape[0] - 0.5) & (row < values.shape[1] - 0.5))
    hu = linear((k, values), row, column)
    grey = numpy.clip((hu - LOW) / (HIGH - LOW), 0, 1) * 255
    return numpy.where(inside, grey, 40)


def check_reformats(program, folder):
    shape = (40, 50, 18)
    world = world_of(shape, TILTED)
    waves = 100 + 250 * numpy.sin(world @ [0.21, 0.1, 0.05]) * numpy.cos(world @ [0.02, 0.17, 0.2])
    values = numpy.rint(waves).astype("int16")
    scan = save(folder, "waves.nii", values, TILTED)
    x, y, z = numpy.eye(3)
    middle = world.reshape(-1, 3).mean(axis=0)
    worst = 0
    for plane, right, down, toward in (("coronal", -x, -z, y), ("sagittal", -y, -z, x),
                                       ("axial", -x, -y, z)):
        at = round(float(middle @ toward) + 1.3, 2)
        path = os.path.join(folder, plane + ".png")
        subprocess.run([program, "reformat", scan, "--plane", plane, "--at", str(at), "--size",
                        "300", "--out", path, "--quiet", "--window", WINDOW], check=True)
        expected = expected_picture(values.astype(float), TILTED, right, down, toward, at, 300)
        picture = numpy.asarray(Image.open(path).convert("L")).astype(float)
        # Letters of 12 pixels: a gap, three lines and half a gap above; narrow panels are centred in
        # a column of 220.
        left = 12 + max(0, 220 - expected.shape[1]) // 2
        panel = picture[72:72 + expected.shape[0], left:left + expected.shape[1]]
        assert panel.shape == expected.shape, (plane, panel.shape, expected.shape)
        wrong = numpy.abs(panel - expected) > 1
        # Letters and the scale are drawn over the scan, and rounding decides where slices meet.
        assert wrong.mean() < 0.03, (plane, wrong.mean())
        quarter = wrong[30:120, 20:130]
        assert quarter.mean() < 0.005, (plane, quarter.mean())
        worst = max(worst, wrong.mean())
    return worst


def main():
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        ratio = check_surfaces(program, folder)
        worst = check_reformats(program, folder)
        print(f"ball: {ratio:.5f} of its volume; pictures: at most {worst:.2%} of pixels differ")


main()
