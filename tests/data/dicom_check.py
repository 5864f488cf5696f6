# What `ct2ct info --json` says of DICOM series, compared with pydicom and numpy: stored values by
# their SHA-256, rescale, positions and affine. Series made here by pydicom, and, where
# CT2CT_REAL_DATA names them, all real ones. JPEG and JPEG-LS are unpacked by DCMTK's own programs,
# JPEG 2000 by Pillow: without them the compressed series are compared with their twins only.
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
import zipfile

try:
    import numpy
    import pydicom
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import (ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian,
                             generate_uid)
except ImportError as e:
    print(f"skipped: {e}")
    sys.exit(77)

warnings.filterwarnings("ignore")
BINARY = os.path.abspath(sys.argv[1])
CT = "1.2.840.10008.5.1.4.1.1.2"


def info(path, *options):
    run = subprocess.run([BINARY, "info", path, "--json", *options], capture_output=True, text=True)
    assert run.returncode == 0, (path, run.stderr)
    return json.loads(run.stdout)


def stored(file, folder):
    """Stored values of a file by pydicom, masked to BitsStored by hand."""
    d = pydicom.dcmread(file)
    name = d.file_meta.TransferSyntaxUID.name
    if "JPEG-LS" in name or "JPEG Lossless" in name:
        tool = "dcmdjpls" if "JPEG-LS" in name else "dcmdjpeg"
        if shutil.which(tool) is None:
            return d, None
        plain = os.path.join(folder, "plain.dcm")
        subprocess.run([tool, file, plain], check=True)
        return d, pydicom.dcmread(plain).pixel_array
    if "JPEG 2000" in name:
        try:
            return d, d.pixel_array
        except (NotImplementedError, RuntimeError):
            return d, None
    values = d.pixel_array.astype(numpy.int64) & ((1 << d.BitsStored) - 1)
    if d.PixelRepresentation == 1:
        values -= (values >> (d.BitsStored - 1)) << d.BitsStored
    return d, values


def expected(files, folder):
    """The series as numpy sees it, slices along the normal, the first of each UID only."""
    images, seen = [], set()
    for file in files:
        d, values = stored(file, folder)
        if d.SOPInstanceUID and d.SOPInstanceUID in seen:
            continue
        seen.add(d.SOPInstanceUID)
        images.append((d, values))
    o = numpy.array(images[0][0].ImageOrientationPatient, float)
    normal = numpy.cross(o[:3], o[3:])
    images.sort(key=lambda i: numpy.dot(numpy.array(i[0].ImagePositionPatient, float), normal))
    return images


def compare(path, files, folder, *options):
    images = expected(files, folder)
    got = info(path, *options)
    first = images[0][0]
    assert got["dims"] == [first.Columns, first.Rows, len(images)], (path, got["dims"])
    positions = numpy.array([i[0].ImagePositionPatient for i in images], float) * [-1, -1, 1]
    o = numpy.array(first.ImageOrientationPatient, float)
    affine = numpy.eye(4)
    affine[:3, 0] = o[:3] * float(first.PixelSpacing[1]) * [-1, -1, 1]
    affine[:3, 1] = o[3:] * float(first.PixelSpacing[0]) * [-1, -1, 1]
    affine[:3, 3] = positions[0]
    if len(images) > 1:
        affine[:3, 2] = (positions[-1] - positions[0]) / (len(images) - 1)
        steps = numpy.linalg.norm(numpy.diff(positions, axis=0), axis=1)
        median = sorted(steps)[(len(steps) - 1) // 2]
        assert abs(got["spacing_mm"][2] - median) < 0.01, (path, median)
        assert numpy.allclose(got["positions_mm"], positions, atol=1e-9), path
    else:
        affine[:3, 2] = numpy.cross(affine[:3, 0], affine[:3, 1])
        affine[:3, 2] *= got["spacing_mm"][2] / numpy.linalg.norm(affine[:3, 2])
    assert numpy.allclose(numpy.array(got["affine"])[:3], affine[:3], atol=1e-6), (path, affine)
    assert numpy.linalg.det(affine[:3, :3]) > 0, path
    assert got["slope"] == float(first.RescaleSlope), path
    assert got["intercept"] == float(first.RescaleIntercept), path
    if any(values is None for _, values in images):
        return False
    kind = "<i2" if first.PixelRepresentation == 1 else "<u2"
    assert got["stored_as"] == ("int16" if kind == "<i2" else "uint16"), path
    voxels = numpy.stack([values for _, values in images]).astype(kind)
    assert got["stored_sha256"] == hashlib.sha256(voxels.tobytes()).hexdigest(), path
    hu = voxels * float(first.RescaleSlope) + float(first.RescaleIntercept)
    assert got["range"] == [hu.min(), hu.max()], (path, got["range"], hu.min(), hu.max())
    return True


def is_ct(file):
    d = pydicom.dcmread(file, force=True, stop_before_pixels=True)
    kind = d.get("SOPClassUID") or d.file_meta.get("MediaStorageSOPClassUID")
    return kind == CT and d.ImageType[2].strip() != "LOCALIZER"


def write(path, syntax, number, position, values, orientation, bits, signed):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CT
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = syntax
    d = FileDataset(path, {}, file_meta=meta, preamble=b"\0" * 128)
    d.is_little_endian = syntax != ExplicitVRBigEndian
    d.is_implicit_VR = syntax == ImplicitVRLittleEndian
    d.SOPClassUID = CT
    d.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    d.SeriesInstanceUID = "1.2.3"
    d.Modality = "CT"
    d.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    d.InstanceNumber = number
    d.ImagePositionPatient = [f"{x:.10g}" for x in position]
    d.ImageOrientationPatient = [f"{x:.10g}" for x in orientation]
    d.PixelSpacing = [0.5, 0.75]  # between rows, between columns
    d.Rows, d.Columns = values.shape
    d.SamplesPerPixel = 1
    d.PhotometricInterpretation = "MONOCHROME2"
    d.BitsAllocated, d.BitsStored, d.HighBit = 16, bits, bits - 1
    d.PixelRepresentation = int(signed)
    d.RescaleSlope, d.RescaleIntercept = 2, -1024
    # Rubbish above BitsStored, where overlays used to be kept.
    words = (values & ((1 << bits) - 1)) | (0x5000 if bits == 12 else 0)
    order = ">u2" if syntax == ExplicitVRBigEndian else "<u2"
    d.PixelData = words.astype(order).tobytes()
    d["PixelData"].VR = "OW"
    d.save_as(path)


def synthetic(folder):
    rng = numpy.random.default_rng(1)
    oblique = [0.96, 0.28, 0, -0.28 * 0.8, 0.96 * 0.8, -0.6]
    cases = 0
    for syntax in (ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian):
        for bits, signed in ((12, False), (12, True), (16, False), (16, True)):
            name = os.path.join(folder, f"case{cases}")
            os.makedirs(os.path.join(name, "below"))
            files = []
            for k, z in enumerate([0, 3, 6.5, 9.5, 17]):  # uneven on purpose
                low = -(1 << (bits - 1)) if signed else 0
                values = rng.integers(low, low + (1 << bits), (5, 7))
                # Names and numbers in another order than the places; steps that are tilted.
                file = os.path.join(name, "below" if k % 2 else "", f"{(k * 3) % 5}")
                write(file, syntax, 9 - k, [1.5 + 0.1 * z, -7, z], values, oblique, bits, signed)
                files.append(file)
            assert compare(name, files, folder), name
            packed = name + ".zip"
            with zipfile.ZipFile(packed, "w") as z:
                for file in files:
                    z.write(file, os.path.relpath(file, folder))
            assert compare(packed, files, folder), packed
            cases += 1
    return cases


def real(folder, data):
    done, without_pixels = 0, []
    for name in sorted(os.listdir(data)):
        with zipfile.ZipFile(os.path.join(data, name)) as z:
            z.extractall(os.path.join(folder, name))
        files = []
        for root, _, names in sorted(os.walk(os.path.join(folder, name))):
            files += [os.path.join(root, n) for n in sorted(names)]
        files = [f for f in files if is_ct(f)]
        if "singles" in name:
            sets = [(f, [f]) for f in files]
        elif "transcoded" in name:
            sets = [(os.path.dirname(f), None) for f in files]
            sets = [(d, [f for f in files if os.path.dirname(f) == d])
                    for d in sorted({d for d, _ in sets})]
        else:
            sets = [(os.path.join(data, name), files)]
            if "mixed" in name:  # folders in a folder
                sets.append((os.path.join(folder, name), files))
        for path, members in sets:
            if not compare(path, members, folder):
                without_pixels.append(os.path.basename(path))
            done += 1
    print(f"{done} real series agree in geometry; not compared in values: {without_pixels}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        print(f"{synthetic(folder)} series agree with pydicom {pydicom.__version__}")
        data = os.environ.get("CT2CT_REAL_DATA")
        if data:
            real(folder, os.path.join(data, "dicom"))


main()
