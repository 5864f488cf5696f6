# What `ct2ct info --json` says of DICOM series, compared with pydicom and numpy: stored values by
# their SHA-256, rescale, positions and affine. Series made here by pydicom, and, where
# CT2CT_REAL_DATA names them, all real ones. JPEG and JPEG-LS are unpacked by DCMTK's own programs,
# JPEG 2000 by Pillow: without them the compressed series are compared with their twins only.
import hashlib
import io
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
    from pydicom.encaps import encapsulate
    from pydicom.pixel_data_handlers.util import apply_color_lut, convert_color_space
    from pydicom.uid import (ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian,
                             JPEG2000Lossless, JPEGBaseline8Bit, RLELossless, generate_uid)
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


def write(path, syntax, number, position, values, orientation, bits, signed,
          photometric="MONOCHROME2"):
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
    d.PhotometricInterpretation = photometric
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
                # MONOCHROME1 says how values are shown, and changes none.
                write(file, syntax, 9 - k, [1.5 + 0.1 * z, -7, z], values, oblique, bits, signed,
                      f"MONOCHROME{1 + cases % 2}")
                files.append(file)
            assert compare(name, files, folder), name
            packed = name + ".zip"
            with zipfile.ZipFile(packed, "w") as z:
                for file in files:
                    z.write(file, os.path.relpath(file, folder))
            assert compare(packed, files, folder), packed
            cases += 1
    return cases


def luma(rgb):
    """As of picture files: ITU-R BT.601, rounded."""
    rgb = rgb.astype(numpy.int64)
    return (299 * rgb[..., 0] + 587 * rgb[..., 1] + 114 * rgb[..., 2] + 500) // 1000


def grey_by_pydicom(d):
    """Levels of 0 to 255 of a picture as pydicom decodes it."""
    values = d.pixel_array
    if d.PhotometricInterpretation == "PALETTE COLOR":
        colours = apply_color_lut(values, d)
        return luma(colours >> 8 if colours.dtype == numpy.uint16 else colours)
    if d.PhotometricInterpretation.startswith("YBR_FULL"):
        return luma(convert_color_space(values, d.PhotometricInterpretation, "RGB"))
    if d.SamplesPerPixel == 3:
        return luma(values)
    most = (1 << d.BitsStored) - 1
    values = values.astype(numpy.int64)
    if d.PixelRepresentation == 1:
        values += 1 << (d.BitsStored - 1)
    if d.PhotometricInterpretation == "MONOCHROME1":
        values = most - values
    return (values * 255 + most // 2) // most


def picture(path, syntax, k, values, photometric="RGB", planar=0, stream=None, **changes):
    """A picture of the class CT. Samples are the last axis of `values`."""
    write(path, ExplicitVRLittleEndian, k, [0, 0, 2 * k], values.reshape(values.shape[0], -1),
          [1, 0, 0, 0, 1, 0], 8, False)
    d = pydicom.dcmread(path)
    del d.RescaleSlope, d.RescaleIntercept
    d.file_meta.TransferSyntaxUID = syntax
    d.is_little_endian = syntax != ExplicitVRBigEndian
    d.is_implicit_VR = syntax == ImplicitVRLittleEndian
    d.Rows, d.Columns = values.shape[:2]
    d.SamplesPerPixel = values.shape[2] if values.ndim == 3 else 1
    if photometric == "YBR_FULL_422":  # one Cb and one Cr for two pixels
        d.SamplesPerPixel = 3
    if d.SamplesPerPixel == 3:
        d.PlanarConfiguration = planar
    d.PhotometricInterpretation = photometric
    d.BitsAllocated, d.BitsStored, d.HighBit = 8, 8, 7
    for name, value in changes.items():
        setattr(d, name, value)
        if name.endswith("Descriptor"):
            d[name].VR = "US"
    data = (numpy.moveaxis(values, 2, 0) if planar else values).tobytes()
    if stream is not None:
        data = encapsulate([stream])
    elif len(data) % 2:
        data += b"\0"
    d.PixelData = data
    d["PixelData"].VR = "OW" if syntax == ImplicitVRLittleEndian else "OB"
    d["PixelData"].is_undefined_length = stream is not None
    if syntax == RLELossless:
        d.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        d.compress(RLELossless, values)
        d.PhotometricInterpretation = photometric
    d.save_as(path)


def compressed(values, kind):
    try:
        from PIL import Image
    except ImportError:
        return None
    stream = io.BytesIO()
    image = Image.fromarray(values)
    if kind == "JPEG":
        image.save(stream, "JPEG", quality=90, subsampling=2)
    else:
        image.save(stream, "JPEG2000", irreversible=False)
    return stream.getvalue()


def palette(bits):
    rng = numpy.random.default_rng(2)
    changes = {}
    for name in ("Red", "Green", "Blue"):
        table = rng.integers(0, 1 << bits, 256).astype("<u2" if bits == 16 else "u1")
        changes[name + "PaletteColorLookupTableDescriptor"] = [256, 0, bits]
        changes[name + "PaletteColorLookupTableData"] = table.tobytes()
    return changes


def picture_cases(rng):
    """Name, pixels of a slice, and what picture() makes of them."""
    rgb = lambda: rng.integers(0, 256, (6, 8, 3)).astype(numpy.uint8)
    grey = lambda: rng.integers(0, 256, (5, 7)).astype(numpy.uint8)
    smooth = lambda: numpy.stack(
        [numpy.add.outer(numpy.arange(32) * 3, numpy.arange(48) * (c + 1)) % 256 for c in range(3)],
        axis=2).astype(numpy.uint8)
    for syntax in (ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian, RLELossless):
        name = syntax.name
        yield name + " grey", grey, dict(syntax=syntax, photometric="MONOCHROME2")
        yield name + " MONOCHROME1", grey, dict(syntax=syntax, photometric="MONOCHROME1")
        yield name + " RGB", rgb, dict(syntax=syntax)
        yield name + " YBR_FULL", rgb, dict(syntax=syntax, photometric="YBR_FULL")
        # This pydicom takes the tables of big-endian files for little-endian.
        for bits in () if syntax == ExplicitVRBigEndian else (8, 16):
            yield f"{name} palette {bits}", grey, dict(syntax=syntax, photometric="PALETTE COLOR",
                                                       **palette(bits))
        if syntax != RLELossless:
            yield name + " RGB by plane", rgb, dict(syntax=syntax, planar=1)
            yield (name + " YBR_FULL_422", lambda: rng.integers(0, 256, (6, 8, 2)).astype("u1"),
                   dict(syntax=syntax, photometric="YBR_FULL_422"))
    yield name + " 4 bits", lambda: grey() & 15, dict(
        syntax=ExplicitVRLittleEndian, photometric="MONOCHROME2", BitsStored=4, HighBit=3)
    yield "signed", grey, dict(syntax=ExplicitVRLittleEndian, photometric="MONOCHROME2",
                               PixelRepresentation=1)
    if compressed(smooth(), "JPEG") is None:
        return
    yield "JPEG grey", lambda: smooth()[..., 0].copy(), dict(
        syntax=JPEGBaseline8Bit, photometric="MONOCHROME2", kind="JPEG")
    yield "JPEG YBR_FULL_422", smooth, dict(
        syntax=JPEGBaseline8Bit, photometric="YBR_FULL_422", kind="JPEG")
    yield "JPEG 2000 RGB", rgb, dict(syntax=JPEG2000Lossless, photometric="YBR_RCT", kind="J2K")
    yield "JPEG 2000 grey", grey, dict(syntax=JPEG2000Lossless, photometric="MONOCHROME2",
                                       kind="J2K")


def read_levels(folder, path):
    """What is read, by way of PNG, whose real slices are every second one."""
    from PIL import Image
    out = os.path.join(folder, "png")
    shutil.rmtree(out, ignore_errors=True)
    subprocess.run([BINARY, "--quiet", "interpolate", path, "--method", "nearest", "--out", out],
                   check=True, capture_output=True)
    for beside in ("_png.slices.csv", "_png.record.json"):
        os.remove(out + beside)
    names = sorted(os.listdir(out))[::2]
    return numpy.stack([numpy.array(Image.open(os.path.join(out, n))) for n in names])


def pictures(folder):
    rng = numpy.random.default_rng(3)
    lossy = {}
    count = 0
    for count, (name, pixels, how) in enumerate(picture_cases(rng), 1):
        path = os.path.join(folder, f"pictures{count}")
        os.mkdir(path)
        kind = how.pop("kind", None)
        images = []
        for k in range(3):
            values = pixels()
            stream = compressed(values, kind) if kind else None
            file = os.path.join(path, str((k * 2) % 3))
            picture(file, k=k, values=values, stream=stream, **how)
            images.append(grey_by_pydicom(pydicom.dcmread(file)))
        expected = numpy.stack(images).astype(numpy.uint8)
        got = info(path)
        assert got["unit"].startswith("grey") and got["stored_as"] == "uint8", name
        assert got["spacing_mm"] == [0.75, 0.5, 2], (name, got["spacing_mm"])
        assert got["dims"] == [*expected.shape[:0:-1], 3], (name, got["dims"])
        if kind == "JPEG":  # two decoders of one code, but DCT and upsampling may round otherwise
            lossy[name] = int(numpy.abs(read_levels(folder, path).astype(int) - expected).max())
            assert lossy[name] <= 2, (name, lossy)
        else:
            assert got["stored_sha256"] == hashlib.sha256(expected.tobytes()).hexdigest(), name
    bytes_in_words(folder, rng)
    by_dcmtk = recompressed(folder, rng)
    print(f"{count} picture series agree with pydicom, JPEG within {lossy} levels; "
          f"by DCMTK's coders: {by_dcmtk}")


def bytes_in_words(folder, rng):
    """8 bits as OW, which big-endian files swap (PS3.5, 8.1.1) and this pydicom does not."""
    values = rng.integers(0, 256, (4, 8)).astype(numpy.uint8)
    path = os.path.join(folder, "words")
    picture(path, ExplicitVRBigEndian, 0, values, photometric="MONOCHROME2")
    d = pydicom.dcmread(path)
    d.PixelData = numpy.frombuffer(values.tobytes(), "<u2").astype(">u2").tobytes()
    d["PixelData"].VR = "OW"
    d.save_as(path)
    assert info(path)["stored_sha256"] == hashlib.sha256(values.tobytes()).hexdigest()


def recompressed(folder, rng):
    """Colours in either order of planes through DCMTK's coders, which pydicom cannot decode."""
    done = []
    for tool, options in (("dcmcjpls", []), ("dcmcjpeg", ["+e1"]), ("dcmcrle", [])):
        if shutil.which(tool) is None:
            continue
        for planar in (0, 1):
            paths = [os.path.join(folder, f"{tool}{planar}{end}") for end in ("", "packed")]
            values = rng.integers(0, 256, (6, 8, 3)).astype(numpy.uint8)
            picture(paths[0], ExplicitVRLittleEndian, 0, values, planar=planar)
            subprocess.run([tool, *options, *paths], check=True, capture_output=True)
            got = info(paths[1])["stored_sha256"]
            expected = hashlib.sha256(luma(values).astype(numpy.uint8).tobytes()).hexdigest()
            assert got == expected, (tool, planar)
            done.append(f"{tool} by {'plane' if planar else 'pixel'}")
    return done


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
        pictures(folder)
        data = os.environ.get("CT2CT_REAL_DATA")
        if data:
            real(folder, os.path.join(data, "dicom"))


if __name__ == "__main__":
    main()
