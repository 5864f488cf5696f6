"""Derived DICOM series as others see them: dciodvfy, dcentvfy and pydicom on what ct2ct writes.

    derived_check.py CT2CT [FOLDER [OPTION ...]]

Makes small series with pydicom that have what real ones have (tilt, uneven steps, rescales that
differ from slice to slice, padding, MONOCHROME1, missing identifiers, private groups), interpolates
them and checks the result attribute by attribute. With FOLDER, the same for a real series and the
options of `ct2ct interpolate` given. Exit code 77: a program or package is missing.
"""
import csv
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import pydicom
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.sequence import Sequence
    from pydicom.uid import ExplicitVRLittleEndian
except ImportError as e:
    print("skipped:", e)
    sys.exit(77)
for program in ("dciodvfy", "dcentvfy"):
    if shutil.which(program) is None:
        print("skipped: no", program)
        sys.exit(77)

CT2CT = sys.argv[1]
CT_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
ENHANCED_STORAGE = "1.2.840.10008.5.1.4.1.1.2.1"
SYNTHETIC_DATA = (0x0008, 0x001C)
# What Debian's dicom3tools of 2022 cannot know.
KNOWN = "0x0008,0x001c"


def slice_of(k, position, values, **changes):
    """One CT image with what scanners write, and more than a derived one may keep."""
    d = Dataset()
    d.file_meta = FileMetaDataset()
    d.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    d.file_meta.MediaStorageSOPClassUID = CT_STORAGE
    d.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.4.{k + 1}"
    d.is_little_endian, d.is_implicit_VR = True, False
    d.SpecificCharacterSet = "ISO_IR 100"
    d.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    d.SOPClassUID, d.SOPInstanceUID = CT_STORAGE, f"1.2.3.4.{k + 1}"
    d.StudyDate, d.StudyTime, d.AccessionNumber = "20200102", "101112", "A1"
    d.AcquisitionDate, d.AcquisitionTime = "20200102", f"1011{k + 10}"
    d.Modality, d.Manufacturer, d.SeriesDescription = "CT", "Maker", "Head"
    d.ReferringPhysicianName, d.StudyID = "", "7"
    d.PatientName, d.PatientID = "M\u00fcller^J\u00f6rg", "P1"
    d.PatientBirthDate, d.PatientSex = "", ""
    d.KVP, d.SliceThickness, d.ConvolutionKernel = "120", "4", "H30s"
    d.ExposureTime, d.XRayTubeCurrent, d.Exposure = "1000", "200", "200"
    d.add_new((0x0019, 0x0010), "LO", "MAKER PRIVATE")
    d.add_new((0x0019, 0x1001), "LO", "secret")
    d.add_new((0x6000, 0x0010), "US", 4)
    d.StudyInstanceUID, d.SeriesInstanceUID, d.FrameOfReferenceUID = "1.2.3.1", "1.2.3.2", "1.2.3.3"
    d.PositionReferenceIndicator, d.PatientPosition, d.Laterality = "", "HFS", ""
    d.SeriesNumber, d.AcquisitionNumber, d.InstanceNumber = 3, 1, 100 - k
    d.ImagePositionPatient = [f"{x:.6f}" for x in position]
    d.ImageOrientationPatient = ["1", "0", "0", "0", "0.96", "-0.28"]
    d.PixelSpacing, d.SliceLocation = ["0.5", "0.75"], f"{position[2]:.3f}"
    d.SamplesPerPixel, d.PhotometricInterpretation = 1, "MONOCHROME2"
    d.Rows, d.Columns = values.shape
    d.BitsAllocated, d.BitsStored, d.HighBit = 16, 12, 11
    d.PixelRepresentation = 1 if values.dtype == np.int16 else 0
    d.SmallestImagePixelValue, d.LargestImagePixelValue = 0, 4095
    d.WindowCenter, d.WindowWidth = "40", "80"
    d.RescaleIntercept, d.RescaleSlope = "-1024", "1"
    d.PixelData = values.tobytes()
    for name, value in changes.items():
        if value is None:
            delattr(d, name)
        else:
            setattr(d, name, value)
    return d


def make_series(folder, steps, dtype=np.uint16, change=lambda k: {}, pixels=None):
    """Tilted slices; names in no order of theirs."""
    folder.mkdir()
    rng = np.random.default_rng(1)
    at = np.array([-10.0, 20.0, -30.0])
    for k in range(len(steps) + 1):
        values = rng.integers(0, 3000, (24, 20)).astype(dtype) if pixels is None else pixels(k)
        d = slice_of(k, at, values, **change(k))
        name = f"IM{(7 * k + 3) % 100:02d}"
        if int(pydicom.__version__.split(".")[0]) >= 3:
            d.save_as(folder / name, enforce_file_format=True)
        else:
            d.save_as(folder / name, write_like_original=False)
        if k < len(steps):
            at = at + np.array([0.0, 0.3, 1.0]) * steps[k]
    return folder


def item(**values):
    d = Dataset()
    for name, value in values.items():
        setattr(d, name, value)
    return Sequence([d])


def make_enhanced(path, count):
    """One enhanced CT object, its frames in no order of their places, with what such an object has in
    functional groups. Returns its frames as single images, in order, and their numbers from 1."""
    rng = np.random.default_rng(5)
    singles = []
    for k in range(count):
        values = rng.integers(0, 3000, (24, 20)).astype(np.uint16)
        singles.append(slice_of(k, np.array([-10, 20, -30]) + 4 * k * np.array([0, 0.3, 1]), values))
    d = slice_of(0, np.zeros(3), values)
    order = [(3 * i) % count for i in range(count)]  # frame i is the slice order[i]
    assert sorted(order) == list(range(count))
    d.SOPClassUID = d.file_meta.MediaStorageSOPClassUID = ENHANCED_STORAGE
    d.ImageType, d.InstanceNumber = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"], 1
    d.AcquisitionDateTime = "20200102101112"
    for name in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceLocation",
                 "SliceThickness", "KVP", "ConvolutionKernel", "WindowCenter", "WindowWidth",
                 "RescaleIntercept", "RescaleSlope", "AcquisitionDate", "AcquisitionTime",
                 "AcquisitionNumber", "ExposureTime", "XRayTubeCurrent", "Exposure"):
        delattr(d, name)
    d.NumberOfFrames = count
    shared, own = Dataset(), []
    shared.PixelMeasuresSequence = item(PixelSpacing=["0.5", "0.75"], SliceThickness="4")
    shared.PlaneOrientationSequence = item(ImageOrientationPatient=singles[0].ImageOrientationPatient)
    shared.CTReconstructionSequence = item(ConvolutionKernel="H30s", ReconstructionDiameter="15")
    shared.CTXRayDetailsSequence = item(KVP="120", FilterType="NONE")
    shared.CTImageFrameTypeSequence = item(FrameType=["ORIGINAL", "PRIMARY", "VOLUME", "NONE"],
                                           PixelPresentation="MONOCHROME")
    shared.PixelValueTransformationSequence = item(RescaleIntercept="-1024", RescaleSlope="1",
                                                   RescaleType="HU")
    shared.CTExposureSequence = item(ExposureTimeInms=1000.0, XRayTubeCurrentInmA=200.0,
                                     CTDIvol=10.0)
    shared.FrameAnatomySequence = item(FrameLaterality="U")
    for i, k in enumerate(order):
        frame = Dataset()
        frame.PlanePositionSequence = item(ImagePositionPatient=singles[k].ImagePositionPatient)
        frame.FrameContentSequence = item(FrameAcquisitionNumber=1, StackID="1",
                                          InStackPositionNumber=k + 1,
                                          DimensionIndexValues=[1, k + 1])
        frame.FrameVOILUTSequence = item(WindowCenter="40", WindowWidth="80")
        own.append(frame)
    d.SharedFunctionalGroupsSequence = Sequence([shared])
    d.PerFrameFunctionalGroupsSequence = Sequence(own)
    d.PixelData = b"".join(singles[k].PixelData for k in order)
    path.mkdir()
    d.save_as(path / "enhanced", write_like_original=False)
    for single in singles:
        single.SOPInstanceUID = d.SOPInstanceUID
        del single.AcquisitionTime
    return singles, [order.index(k) + 1 for k in range(count)]


def check_enhanced(top):
    """Slices of an enhanced object become single images that refer to its frames."""
    real, frames = make_enhanced(top / "enhanced", 4)
    interpolate(top / "enhanced", top / "enhanced_x2")
    # Geometry, values, marks and dciodvfy, as of any other series.
    assert check_series(top / "enhanced", top / "enhanced_x2", real=real) == [2] * 3
    check_even(top / "enhanced_x2", 2 * np.hypot(0.3, 1))
    check_by_dcm2niix(top / "enhanced_x2", 7, 2 * np.dot([0, 0.3, 1], [0, 0.28, 0.96]))
    for k, image in enumerate(read_series(top / "enhanced_x2")):
        assert image.SOPClassUID == CT_STORAGE and "NumberOfFrames" not in image
        assert not any("FunctionalGroups" in e.keyword for e in image)
        refers = image.SourceImageSequence
        assert all(r.ReferencedSOPClassUID == ENHANCED_STORAGE for r in refers)
        expected = frames[k // 2:k // 2 + 2 if k % 2 else k // 2 + 1]
        assert [r.ReferencedFrameNumber for r in refers] == expected, (k, refers)
        assert (image.KVP, image.ConvolutionKernel, image.WindowCenter) == (120, "H30s", 40)
        assert (image.AcquisitionDateTime == "20200102101112") if k % 2 == 0 else (
            "AcquisitionDateTime" not in image)
        if k % 2:
            assert f"between frame {expected[0]} of instance 1 and frame {expected[1]} of" in (
                image.DerivationDescription), image.DerivationDescription


def read_series(folder):
    files = [f for f in pathlib.Path(folder).rglob("*") if f.is_file()]
    images = [pydicom.dcmread(f, force=True) for f in files]
    for image, file in zip(images, files):
        image.filename = str(file)
    rows, columns = np.array(images[0].ImageOrientationPatient, float).reshape(2, 3)
    normal = np.cross(rows, columns)
    images.sort(key=lambda i: float(np.dot(normal, np.array(i.ImagePositionPatient, float))))
    return images


def position(image):
    return np.array(image.ImagePositionPatient, float)


def hu(image):
    return image.pixel_array * float(image.RescaleSlope) + float(image.RescaleIntercept)


def run(*arguments, **environment):
    env = dict(os.environ, **environment)
    return subprocess.run([CT2CT, "--quiet", *map(str, arguments)], env=env, capture_output=True,
                          text=True)


def interpolate(source, out, *options, **environment):
    result = run("interpolate", source, "--method", "cubic", "--out", out, *options, **environment)
    assert result.returncode == 0, result.stderr


def is_error(line):
    """dciodvfy counts bytes of a text, PS3.5 (6.2) its characters; and it sums up at the end."""
    counts_bytes = "0x0008,0x103e" in line and "Length invalid for this VR" in line
    sums_up = line.endswith("contains invalid data values for Value Representations")
    return line.startswith("Error") and KNOWN not in line and not counts_bytes and not sums_up


def check_by_dicom3tools(folder):
    for file in sorted(pathlib.Path(folder).iterdir()):
        said = subprocess.run(["dciodvfy", str(file)], capture_output=True, text=True)
        errors = [line for line in (said.stdout + said.stderr).splitlines() if is_error(line)]
        assert not errors, (file, errors)
    files = sorted(map(str, pathlib.Path(folder).iterdir()))
    said = subprocess.run(["dcentvfy", *files], capture_output=True, text=True)
    assert not (said.stdout + said.stderr).strip(), (folder, said.stdout, said.stderr)


def check_marks(image):
    assert list(image.ImageType) == ["DERIVED", "SECONDARY", "AXIAL"]
    element = image[SYNTHETIC_DATA]
    assert element.VR == "CS" and element.value in ("YES", b"YES "), element
    assert "SYNTHETIC" in image.ImageComments and "no acquisition" in image.ImageComments
    assert "AcquisitionDate" not in image and "AcquisitionTime" not in image
    code = image.DerivationCodeSequence[0]
    assert (code.CodeValue, code.CodingSchemeDesignator) == ("113085", "DCM")
    equipment = image.ContributingEquipmentSequence[0]
    assert equipment.PurposeOfReferenceCodeSequence[0].CodeValue == "109100"


def check_series(source, out, only_new=False, real=None):
    """`out` holds the real slices of `source` in place, and marked ones between; returns the gaps'
    numbers of parts. `real`: the slices of a source that is no series of single images."""
    real = real or read_series(source)
    made = read_series(out)
    check_by_dicom3tools(out)
    assert [int(i.InstanceNumber) for i in made] == list(range(1, len(made) + 1))
    for name in ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID", "FrameOfReferenceUID"):
        values = [getattr(i, name) for i in made]
        assert all(v.startswith("2.25.") and len(v) <= 44 for v in values) or name[0] in "FS", name
        assert len(set(values)) == (len(made) if name == "SOPInstanceUID" else 1), name
    taken = {i.get("SOPInstanceUID") for i in real} | {real[0].get("SeriesInstanceUID")}
    assert not taken & {i.SOPInstanceUID for i in made} and made[0].SeriesInstanceUID not in taken
    for i in made:
        assert i.file_meta.MediaStorageSOPInstanceUID == i.SOPInstanceUID
        assert i.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
        assert i.ContentQualification == "RESEARCH" and i.RescaleType == "HU"
        assert "interpolated RESEARCH" in i.SeriesDescription and len(i.SeriesDescription) <= 64
        assert not any(e.tag.is_private or e.tag.group == 0x6000 for e in i)
        for name in ("ExposureTime", "XRayTubeCurrent", "Exposure", "CTDIvol", "IrradiationEventUID"):
            assert name not in i, name
        assert "SmallestImagePixelValue" not in i and "LargestImagePixelValue" not in i
        assert i.PixelSpacing == real[0].PixelSpacing
        assert np.allclose(np.array(i.ImageOrientationPatient, float),
                           np.array(real[0].ImageOrientationPatient, float), atol=1e-9)
        assert i.PatientName == real[0].PatientName and i.PatientID == real[0].PatientID
        assert i.get("Laterality", "") == real[0].get("Laterality", "")
    places = [position(i) for i in real]
    parts = [1] * (len(real) - 1)
    found = 0
    for image in made:
        same = [k for k, p in enumerate(places) if np.abs(p - position(image)).max() < 1e-6]
        if same:
            k = same[0]
            assert SYNTHETIC_DATA not in image
            assert found == k
            found += 1
            assert np.array_equal(image.pixel_array, real[k].pixel_array), k
            assert image.PhotometricInterpretation == real[k].PhotometricInterpretation
            assert float(image.RescaleSlope) == float(real[k].get("RescaleSlope", 1)), k
            assert float(image.RescaleIntercept) == float(real[k].get("RescaleIntercept", 0)), k
            assert list(image.ImageType) == ["DERIVED", *list(real[k].ImageType)[1:]]
            if real[k].get("SOPInstanceUID"):
                refers = image.SourceImageSequence
                assert [r.ReferencedSOPInstanceUID for r in refers] == [real[k].SOPInstanceUID]
            assert image.get("AcquisitionTime") == real[k].get("AcquisitionTime")
            assert image.SliceThickness == real[k].SliceThickness
            continue
        check_marks(image)
        # On the line between its neighbours, nowhere else.
        best = []
        for k in range(len(places) - 1):
            step = places[k + 1] - places[k]
            t = float(np.dot(position(image) - places[k], step) / np.dot(step, step))
            off = np.linalg.norm(position(image) - places[k] - t * step)
            best.append((off if 0 < t < 1 else np.inf, k, t))
        off, k, t = min(best)
        assert off < 1e-5, (off, k, t)
        parts[k] += 1
        # The slab that was averaged has not changed; between two kinds of slabs nobody knows.
        slabs = {real[k].SliceThickness, real[k + 1].SliceThickness}
        assert image.SliceThickness == (slabs.pop() if len(slabs) == 1 else None)
        uids = [real[k].get("SOPInstanceUID"), real[k + 1].get("SOPInstanceUID")]
        if all(uids):
            refers = image.SourceImageSequence
            assert [r.ReferencedSOPInstanceUID for r in refers] == uids
            assert all(r.PurposeOfReferenceCodeSequence[0].CodeValue == "121322" for r in refers)
        else:
            assert "SourceImageSequence" not in image
        # Between what the neighbours hold, with the overshoot of a cubic.
        low = np.minimum(hu(real[k]), hu(real[k + 1])).min() - 1000
        high = np.maximum(hu(real[k]), hu(real[k + 1])).max() + 1000
        assert hu(image).min() >= low and hu(image).max() <= high
    assert found == (0 if only_new else len(real))
    with open(str(out).rstrip("/") + "_dicom.slices.csv", newline="") as f:
        rows = list(csv.DictReader(f))
    assert len(rows) == len(made)
    for row, image in zip(rows, made):
        p = np.array([float(row[a]) for a in ("x_mm", "y_mm", "z_mm")]) * [-1, -1, 1]
        assert np.allclose(p, position(image), atol=1e-6)
        assert (row["kind"] == "synthetic") == (SYNTHETIC_DATA in image)
    return parts


def check_even(out, step):
    made = read_series(out)
    steps = [np.linalg.norm(position(b) - position(a)) for a, b in zip(made, made[1:])]
    assert np.allclose(steps, step, atol=1e-4)
    assert all(abs(float(i.SpacingBetweenSlices) - step) < 1e-4 for i in made)


def check_by_dcm2niix(out, slices, step):
    """One stack of all slices; along the normal, as dcm2niix counts, a step is shorter by the tilt."""
    if shutil.which("dcm2niix") is None:
        print("without dcm2niix")
        return
    with tempfile.TemporaryDirectory() as folder:
        said = subprocess.run(["dcm2niix", "-z", "n", "-f", "a", "-o", folder, str(out)],
                              capture_output=True, text=True)
        header = (pathlib.Path(folder) / "a.nii").read_bytes()[:348]
        dims = np.frombuffer(header, np.int16, 8, 40)
        spacing = np.frombuffer(header, np.float32, 8, 76)
        assert dims[3] == slices, (dims, said.stdout)
        assert abs(spacing[3] - step) < 1e-3, (spacing, said.stdout)


def main():
    top = pathlib.Path(tempfile.mkdtemp(prefix="ct2ct_derived_"))
    try:
        if len(sys.argv) > 2:
            interpolate(sys.argv[2], top / "real", *sys.argv[3:])
            parts = check_series(sys.argv[2], top / "real", "--only-new" in sys.argv)
            made = read_series(top / "real")
            if "SpacingBetweenSlices" in made[0]:
                rows, columns = np.array(made[0].ImageOrientationPatient, float).reshape(2, 3)
                step = np.dot(np.cross(rows, columns), position(made[1]) - position(made[0]))
                check_by_dcm2niix(top / "real", len(made), abs(step))
            print(len(read_series(top / "real")), "slices; parts of each gap:", parts)
            return

        even = make_series(top / "even", [4] * 5)
        interpolate(even, top / "even_x2")
        assert check_series(even, top / "even_x2") == [2] * 5
        step = 4 * np.hypot(0.3, 1)
        check_even(top / "even_x2", step / 2)
        check_by_dcm2niix(top / "even_x2", 11, 2 * np.dot([0, 0.3, 1], [0, 0.28, 0.96]))
        assert "x2 interpolated" in read_series(top / "even_x2")[0].SeriesDescription

        interpolate(even, top / "even_new", "--only-new", "--factor", "3")
        assert check_series(even, top / "even_new", only_new=True) == [3] * 5

        # A derived series is a source like any other, and what is synthetic stays so.
        interpolate(top / "even_x2", top / "even_x4", "--any-scan")
        again = read_series(top / "even_x4")
        assert sum(SYNTHETIC_DATA in i for i in again) == 15 and len(again) == 21
        check_by_dicom3tools(top / "even_x4")

        steps = [4, 4, 4, 1, 7, 7]
        padded = make_series(
            top / "uneven", steps, np.int16,
            lambda k: dict(BitsStored=16, HighBit=15, RescaleIntercept="0",
                           PixelPaddingValue=-1500))
        for image in read_series(padded):
            values = image.pixel_array.copy()
            values[:3] = -1500
            image.PixelData = values.tobytes()
            image.save_as(image.filename)
        interpolate(padded, top / "uneven_x2")
        assert check_series(padded, top / "uneven_x2") == [2, 2, 2, 2, 1, 1]
        interpolate(padded, top / "uneven_2mm", "--spacing", 2 * np.hypot(0.3, 1), "--fill-gaps")
        assert check_series(padded, top / "uneven_2mm") == [2, 2, 2, 1, 4, 4]
        for image in read_series(top / "uneven_2mm"):
            assert (image.pixel_array[:3] == -1500).all() and image.PixelPaddingValue == -1500
            assert "SpacingBetweenSlices" not in image
        assert run("interpolate", padded, "--method", "cubic", "--out", top / "no.nii").returncode == 2

        # A range of padding above what is clamped anyway: rows of noise that stay noise.
        rng = np.random.default_rng(4)

        def noisy(k):
            values = rng.integers(0, 2000, (24, 20)).astype(np.int16)
            values[:3] = rng.integers(-500, -449, (3, 20))
            return values
        ranged = make_series(
            top / "ranged", [4] * 3, np.int16, pixels=noisy,
            change=lambda k: dict(BitsStored=16, HighBit=15, RescaleIntercept="0",
                                  PixelPaddingValue=-500, PixelPaddingRangeLimit=-450))
        interpolate(ranged, top / "ranged_x2")
        assert check_series(ranged, top / "ranged_x2") == [2] * 3
        made = read_series(top / "ranged_x2")
        for a, between, c in zip(made[::2], made[1::2], made[2::2]):
            assert between.PixelPaddingRangeLimit == -450 and between.PixelPaddingValue == -500
            mean = (a.pixel_array[:3].astype(int) + c.pixel_array[:3]) / 2
            assert np.abs(between.pixel_array[:3] - mean).max() <= 0.5

        rescaled = make_series(
            top / "rescaled", [3] * 4, change=lambda k: dict(
                RescaleSlope=["1", "2", "0.5", "1.25", "1"][k],
                RescaleIntercept=["-1024", "-1000", "-512.5", "-1024", "0"][k]))
        interpolate(rescaled, top / "rescaled_x2")
        assert check_series(rescaled, top / "rescaled_x2") == [2] * 4

        inverted = make_series(top / "inverted", [3] * 4,
                               change=lambda k: dict(PhotometricInterpretation="MONOCHROME1"))
        interpolate(inverted, top / "inverted_x2")
        assert check_series(inverted, top / "inverted_x2") == [2] * 4

        nameless = make_series(
            top / "nameless", [3] * 4, change=lambda k: dict(
                SOPInstanceUID="", SeriesInstanceUID="", StudyInstanceUID="", PatientID="",
                FrameOfReferenceUID=None, SeriesNumber=None, SeriesDescription="d" * 64))
        interpolate(nameless, top / "nameless_x2")
        assert check_series(nameless, top / "nameless_x2") == [2] * 4

        lossy = make_series(
            top / "lossy", [3] * 2,
            change=lambda k: dict(LossyImageCompression="01", LossyImageCompressionRatio="10",
                                  LossyImageCompressionMethod="ISO_10918_1") if k == 1 else {})
        interpolate(lossy, top / "lossy_x2")
        flags = [i.get("LossyImageCompression") for i in read_series(top / "lossy_x2")]
        assert flags == [None, "01", "01", "01", None], flags

        # The same command gives the same bytes, another method other identifiers.
        for name in ("one", "two"):
            interpolate(even, top / name, SOURCE_DATE_EPOCH="1700000000")
        for file in sorted((top / "one").iterdir()):
            assert file.read_bytes() == (top / "two" / file.name).read_bytes(), file.name
        image = read_series(top / "one")[1]
        assert (image.ContentDate, image.ContentTime) == ("20231114", "221320")
        assert run("interpolate", even, "--method", "linear", "--out", top / "three").returncode == 0
        assert read_series(top / "three")[0].SOPInstanceUID != read_series(top / "one")[0].SOPInstanceUID

        check_enhanced(top)

        # Text keeps its bytes and its character set; what is added is ASCII.
        mark = " x2 interpolated RESEARCH"
        for number, (charset, text) in enumerate([
                ("ISO_IR 192", "Sch\u00e4del nativ 5.0"), ("ISO_IR 100", "Sch\u00e4del nativ"),
                (["", "ISO 2022 IR 87"], "\u982d\u90e8 CT"), (["", "ISO 2022 IR 87"], "CT \u982d\u90e8"),
                (["", "ISO 2022 IR 149"], "CT \uae40\ud76c"), ("GB18030", "\u9885\u8111\u5e73\u626b"),
                ("ISO_IR 192", "\u982d" * 60), ("GB18030", "\u9885" * 60),
                (["", "ISO 2022 IR 87"], "\u982d" * 60), ("ISO_IR 100", "\u00e4" * 64)]):
            source = make_series(top / f"text{number}", [3] * 2, change=lambda k: dict(
                SpecificCharacterSet=charset, SeriesDescription=text, PatientName="M^T"))
            interpolate(source, top / f"text{number}_x2")
            assert check_series(source, top / f"text{number}_x2") == [2] * 2
            for image in read_series(top / f"text{number}_x2"):
                image.decode()
                assert image.SpecificCharacterSet == charset, (number, image.SpecificCharacterSet)
                said = image.SeriesDescription
                assert said.endswith(mark) and len(said) <= 64, (number, said)
                assert text.startswith(said[:-len(mark)]), (number, said)
                assert len(text) >= 60 or said == text + mark, (number, said)
                assert len(text) < 60 or len(said) >= 58, (number, said)
            assert text in run("info", source).stdout, number

        # Without a DICOM source.
        assert run("phantom", top / "p.nii", "--slices", 5, "--size", 32).returncode == 0
        interpolate(top / "p.nii", str(top / "nifti_x2") + "/")
        check_by_dicom3tools(top / "nifti_x2")
        made = read_series(top / "nifti_x2")
        assert [SYNTHETIC_DATA in i for i in made] == [False, True] * 4 + [False]
        interpolate("phantom:1:5:32", str(top / "phantom_x2") + "/")
        check_by_dicom3tools(top / "phantom_x2")
        assert all(SYNTHETIC_DATA in i for i in read_series(top / "phantom_x2"))

        # A folder with anything else in it is not replaced.
        (top / "one" / "note.txt").write_text("mine")
        refused = run("interpolate", even, "--method", "cubic", "--out", top / "one", "--force")
        assert refused.returncode == 2 and "note.txt" in refused.stderr
    finally:
        shutil.rmtree(top)
    print("derived series: all as expected")


main()
