"""Odd inputs of real life, each with what is right: values, places, and what is said.

    odd_inputs_check.py CT2CT [CASE ...]

Every case makes its input anew and runs the program on it as a user would. `CASE` is the name of a
function below without `case_`; `list` prints all names. Exit code 77: a package is missing.
"""
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

try:
    import nibabel as nib
    import numpy as np
    import pydicom
    from PIL import Image
    from pydicom.encaps import encapsulate
    from pydicom.pixel_data_handlers.rle_handler import rle_encode_frame
    from pydicom.uid import DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEG2000Lossless, RLELossless
except ImportError as e:
    print("skipped:", e)
    sys.exit(77)

from made_up_ct import CT_STORAGE, ROOT, ct_slice, grey, head, other_syntax, save, series

CT2CT = os.path.abspath(sys.argv[1])
failures = []


def expect(right, what):
    if not right:
        failures.append(what)
        print("  WRONG:", what)


def run(*words, cwd=None):
    """Exit code, standard output and standard error of the program."""
    done = subprocess.run([CT2CT, *map(str, words)], cwd=cwd, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def run_ok(*words, cwd=None):
    code, out, err = run(*words, cwd=cwd)
    expect(code == 0, f"ct2ct {' '.join(map(str, words))}: exit code {code}: {err.strip()[-300:]}")
    return out, err


def refused(*words, says, never=(), cwd=None):
    """Exit code 2 and one line that holds every text of `says` and none of `never`."""
    code, _, err = run(*words, cwd=cwd)
    expect(code == 2, f"ct2ct {' '.join(map(str, words))}: exit code {code}, expected 2")
    error = err.strip().splitlines()[-1] if err.strip() else ""
    for text in says:
        expect(text.lower() in error.lower(), f"the error names no '{text}': {error}")
    for text in never:
        expect(text.lower() not in error.lower(), f"the error names '{text}': {error}")
    return error


def info(scan, *options):
    out, _ = run_ok("info", scan, *options, "--json")
    return json.loads(out) if out else {}


def real_slices(scan, folder, *options):
    """HU of the slices that were read, slice by slice, through an interpolated NIfTI file."""
    out = folder / "values.nii.gz"
    run_ok("interpolate", scan, "--method", "cubic", "--out", out, "--force", *options)
    return np.moveaxis(np.asarray(nib.load(out).dataobj), -1, 0).transpose(0, 2, 1)[::2]


def doubled(scan, out, count, *options):
    """Doubles a scan without a network; `count` slices must come out. Standard error."""
    said, err = run_ok("interpolate", scan, "--method", "cubic", "--out", out, "--force", "--json", *options)
    slices = json.loads(said)["slices"] if said else None
    expect(slices == count, f"{pathlib.Path(scan).name}: {slices} slices came out, expected {count}")
    return err


def options_named(error):
    return re.findall(r"--[a-z][a-z-]+", error)


def same(a, b, what):
    expect(np.shape(a) == np.shape(b) and np.array_equal(a, b), what)


def case_fragments(here):
    """One RLE frame in two fragments (PS3.5, A.4) holds the same pixels as the plain file."""
    noise = np.rint(np.random.default_rng(1).normal(0, 12, (64, 64)))
    hu = [np.clip(head(k) + noise, -1024, 3000) for k in range(4)]
    for k in range(4):
        d = ct_slice(k, hu[k])
        frame = rle_encode_frame(np.frombuffer(d.PixelData, "<u2").reshape(64, 64))
        frame += b"\0" * (-len(frame) % 4)
        d.PixelData = encapsulate([frame], fragments_per_frame=2, has_bot=True)
        d["PixelData"].VR, d["PixelData"].is_undefined_length = "OB", True
        save(d, here / f"scan/{k}.dcm", RLELossless)
        save(ct_slice(k, hu[k]), here / f"plain/{k}.dcm")
    expect(info(here / "scan")["stored_sha256"] == info(here / "plain")["stored_sha256"], "other stored values")
    same(real_slices(here / "scan", here), np.array(hu), "other HU")


def case_one_odd_file(here):
    """A file of another series, or of none, never stops a study."""
    def beside(name, odd):
        series(here / name)
        odd(here / name / "ODD.dcm")
        listed = info(here / name)
        expect(listed.get("slices") == 12, f"{name}: info reads no 12 slices")
        expect("ODD.dcm" in json.dumps(listed), f"{name}: info does not name the file left out")
        doubled(here / name, here / "out/", 23)
        doubled(here / name, here / "out/", 23, "--series", ROOT + "1.1")

    def structured_report(path):
        d = pydicom.Dataset()
        d.SOPClassUID, d.SOPInstanceUID, d.Modality = "1.2.840.10008.5.1.4.1.1.88.67", ROOT + "7.7", "SR"
        d.StudyInstanceUID, d.SeriesInstanceUID, d.PatientName = ROOT + "1", ROOT + "1.77", "Nobody^Test"
        save(d, path, DeflatedExplicitVRLittleEndian)

    def other(**changes):
        return lambda path: save(ct_slice(0, SeriesInstanceUID=ROOT + "1.9", SOPInstanceUID=ROOT + "9.1", **changes), path)

    def cut_off_localizer(path):
        other(ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])(path)
        path.write_bytes(path.read_bytes()[:path.stat().st_size // 2])

    def table_of_values(path):
        item = pydicom.Dataset()
        item.LUTDescriptor, item.ModalityLUTType, item.LUTData = [256, 0, 16], "HU", b"\0" * 512
        other(ModalityLUTSequence=[item], RescaleSlope=None, RescaleIntercept=None)(path)

    beside("deflated_report", structured_report)
    beside("cut_off_localizer", cut_off_localizer)
    beside("table_of_values", table_of_values)
    beside("two_frames", lambda path: other(NumberOfFrames=2, PixelData=ct_slice(0).PixelData * 2)(path))
    beside("no_direction", other(ImageOrientationPatient=[0] * 6))
    # But a slice of the series itself is missed.
    series(here / "own_slice")
    cut = here / "own_slice/IM0005.dcm"
    cut.write_bytes(cut.read_bytes()[:2000])
    refused("interpolate", here / "own_slice", "--method", "cubic", "--out", here / "no/", says=["IM0005.dcm"])


def case_slice_axis(here):
    """Slices thinner than pixels: the same scan as DICOM and as NIfTI is cut the same way."""
    volume = np.stack([head(k) for k in range(40)], -1).transpose(1, 0, 2).astype(np.int16)
    affine = np.diag([-0.977, -0.977, 0.625, 1])
    for name, said in (("said", True), ("unsaid", False)):
        image = nib.Nifti1Image(volume, affine)
        if said:
            image.header.set_dim_info(freq=0, phase=1, slice=2)
        nib.save(image, here / f"{name}.nii.gz")
        doubled(here / f"{name}.nii.gz", here / "x2.nii.gz", 79)
        expect(nib.load(here / "x2.nii.gz").shape == (64, 64, 79), f"{name}: another axis was doubled")
    series(here / "dicom", 40, step=0.625, PixelSpacing=["0.977", "0.977"])
    doubled(here / "dicom", here / "x2/", 79)
    run_ok("train", here / "unsaid.nii.gz", "--out", here / "run", "--steps", 1, "--size", 64, "--width", 8, "--quiet")
    config = (here / "run/config.json").read_text()
    expect('"slice_spacing": 0.625' in config, "training cuts the scan another way")


def case_rounded_positions(here):
    """Positions rounded to 0.01 and 0.1 mm are one regular grid, and every header says its step."""
    for digits, count, within in ((2, 100, 1e-4), (1, 40, 1e-3)):
        scan = here / f"digits_{digits}"
        place = lambda k: {"ImagePositionPatient": ["-4", "-4", f"{0.625 * k:.{digits}f}"]}
        series(scan, count, place, step=0.625, hu=lambda k: head(k, 32, 32))
        doubled(scan, here / "x2.nii.gz", 2 * count - 1)
        image = nib.load(here / "x2.nii.gz")
        steps = [image.header.get_zooms()[2], image.get_sform()[2, 2], image.get_qform()[2, 2]]
        doubled(scan, here / "x2/", 2 * count - 1)
        steps += [float(pydicom.dcmread(here / f"x2/slice_{k:04}.dcm").SpacingBetweenSlices) for k in (0, 1, 2)]
        expect(max(steps) - min(steps) < 1e-6, f"{digits} digits: different steps {steps}")
        expect(abs(steps[0] - 0.3125) < within, f"{digits} digits: a step of {steps[0]}, expected 0.3125")


def shear(image):
    """Largest distance in mm between what sform and qform say of a corner."""
    corners = [np.array([i, j, k, 1.0]) for i in (0, image.shape[0]) for j in (0, image.shape[1]) for k in (0, image.shape[2])]
    return max(np.linalg.norm((image.get_sform() - image.get_qform()) @ c) for c in corners)


def case_tilt(here):
    """A sheared volume has no qform, which cannot shear; --straighten makes a rectangular one."""
    t = np.deg2rad(16)
    across = ["1", "0", "0", "0", f"{np.cos(t):.6f}", f"{-np.sin(t):.6f}"]
    series(here / "scan", 16, ImageOrientationPatient=across, GantryDetectorTilt="16")
    doubled(here / "scan", here / "x2.nii.gz", 31)
    image = nib.load(here / "x2.nii.gz")
    expect(int(image.header["qform_code"]) == 0 and int(image.header["sform_code"]) > 0, "a sheared volume says a qform")
    doubled(here / "scan", here / "straight.nii.gz", 31, "--straighten")
    image = nib.load(here / "straight.nii.gz")
    columns = image.get_sform()[:3, :3]
    columns = columns / np.linalg.norm(columns, axis=0)
    expect(np.abs(columns.T @ columns - np.eye(3)).max() < 1e-4, "--straighten leaves a shear")
    expect(int(image.header["qform_code"]) > 0 and shear(image) < 0.05, "the straightened volume has no fitting qform")
    expect("resampled" in bytes(image.header["descrip"]).decode().lower(), "descrip does not say that it was resampled")


def case_monochrome1(here):
    """MONOCHROME1 says how grey is shown (PS3.3, C.7.6.3.1.2); HU are not inverted."""
    series(here / "scan", PhotometricInterpretation="MONOCHROME1")
    expect(info(here / "scan")["range"] == [-1000.0, 900.0], "info: another range of HU")
    same(real_slices(here / "scan", here), np.array([head(k) for k in range(12)]), "NIfTI: other HU")
    doubled(here / "scan", here / "x2/", 23)
    for k in range(12):
        before, after = (pydicom.dcmread(here / p) for p in (f"scan/IM{k + 1:04}.dcm", f"x2/slice_{2 * k:04}.dcm"))
        hu = [d.pixel_array * float(d.RescaleSlope) + float(d.RescaleIntercept) for d in (before, after)]
        same(*hu, f"DICOM: other HU in slice {k}")


def case_padding(here):
    """Bytes after the pixels and zeros after the data set (PS3.5, 8.1.1) are accepted, with a note."""
    series(here / "plain")
    right = info(here / "plain")["stored_sha256"]
    for count in (2, 128):
        padded = lambda k: {"PixelData": ct_slice(k).PixelData + b"\0" * count}
        series(here / f"padded_{count}", change=padded)
    series(here / "after_the_end")
    for path in (here / "after_the_end").iterdir():
        path.write_bytes(path.read_bytes() + b"\0" * 200)
    for name in ("padded_2", "padded_128", "after_the_end"):
        listed = info(here / name)
        expect(listed.get("stored_sha256") == right, f"{name}: other values")
        expect(listed.get("warnings"), f"{name}: no note")
    series(here / "short", change=lambda k: {"PixelData": ct_slice(k).PixelData[:-2]} if k == 4 else {})
    refused("info", here / "short", says=["IM0005.dcm"])


def case_stripped(here):
    """Without spacing, orientation or positions: the error names an option that works."""
    cases = {"no_pixel_spacing": {"PixelSpacing": None},
             "detector_spacing": {"PixelSpacing": None, "ImagerPixelSpacing": ["3.5", "3.5"]},
             "no_orientation": {"ImageOrientationPatient": None},
             "no_position": {"ImagePositionPatient": None},
             "one_position": {"ImagePositionPatient": ["-112", "-112", "0"]}}
    for name, changes in cases.items():
        series(here / name, change=lambda k: {**changes})
        code, _, err = run("interpolate", here / name, "--method", "cubic", "--out", here / f"{name}_x2.nii.gz")
        if code == 0:
            continue  # read as it is: nothing has to be said
        expect(code == 2, f"{name}: exit code {code}")
        named = [o for o in options_named(err) if o != "--series"]
        expect(named, f"{name}: the error names no option: {err.strip()}")
        options = {"--spacing-xyz": ["3.5,3.5,3"], "--by-instance-number": []}
        words = [w for o in dict.fromkeys(named) for w in [o, *options.get(o, [])]]
        doubled(here / name, here / f"{name}_x2.nii.gz", 23, *words)


def case_uid_per_slice(here):
    """An anonymiser gave every slice a frame of reference, or a series, of its own."""
    series(here / "frame", change=lambda k: {"FrameOfReferenceUID": f"{ROOT}77.{k}"})
    expect(info(here / "frame").get("slices") == 12, "frames of reference: no volume of 12 slices")
    series(here / "uid", change=lambda k: {"SeriesInstanceUID": f"{ROOT}78.{k}"})
    refused("interpolate", here / "uid", "--method", "cubic", "--out", here / "x2/", says=["--merge-series"], never=["--axis"])
    doubled(here / "uid", here / "x2/", 23, "--merge-series")


def case_two_stacks(here):
    """Two stacks of pictures in one place are listed and never joined; a folder reads as its zip does."""
    mask = lambda k: (grey(k) > 100).astype(np.uint8) * 255
    (here / "prefixes").mkdir()
    for k in range(12):
        Image.fromarray(grey(k)).save(here / f"prefixes/ct_{k + 1}.png")
        Image.fromarray(mask(k)).save(here / f"prefixes/mask_{k + 1}.png")
    for stack, picture in (("scan", grey), ("masks", mask)):
        (here / f"folders/study/{stack}").mkdir(parents=True)
        for k in range(12):
            Image.fromarray(picture(k)).save(here / f"folders/study/{stack}/{k + 1}.png")
    with zipfile.ZipFile(here / "folders.zip", "w") as z:
        for path in sorted((here / "folders").rglob("*.png")):
            z.write(path, path.relative_to(here / "folders"))
    for name in ("prefixes", "folders", "folders.zip"):
        refused("interpolate", here / name, "--method", "cubic", "--format", "png", "--out", here / "no", says=["--series"])
        listed = "".join(run("info", here / name)[1:])
        expect("ct_" in listed or "scan" in listed, f"{name}: info does not list the stacks")
        sizes = set()
        for number in (1, 2):
            doubled(here / name, here / f"{name}_{number}", 23, "--format", "png", "--series", number)
            sizes.add(info(here / name, "--series", number)["stored_sha256"])
        expect(len(sizes) == 2, f"{name}: both numbers read one stack")
    (here / "nested/study1").mkdir(parents=True)
    for k in range(12):
        Image.fromarray(grey(k)).save(here / f"nested/study1/{k + 1}.png")
    doubled(here / "nested", here / "nested_x2", 23, "--format", "png")


def case_character_sets(here):
    """Text keeps its bytes and its character set."""
    texts = {"utf8": ("ISO_IR 192", "Sch\u00e4del nativ 5.0"), "latin": ("ISO_IR 100", "Sch\u00e4del"),
             "japanese": (["", "ISO 2022 IR 87"], "\u982d\u90e8 CT"), "chinese": ("GB18030", "\u9885\u8111\u5e73\u626b"),
             "long": ("ISO_IR 192", "\u00e4" * 60)}
    for name, (characters, text) in texts.items():
        series(here / name, 4, SpecificCharacterSet=characters, SeriesDescription=text)
        doubled(here / name, here / f"{name}_x2/", 7)
        d = pydicom.dcmread(here / f"{name}_x2/slice_0001.dcm")
        d.decode()
        said = str(d.SeriesDescription)
        kept = len(os.path.commonprefix([said, text]))
        expect(kept == len(text) or (name == "long" and kept >= 20), f"{name}: '{said}' for '{text}'")
        expect("RESEARCH" in said and "?" not in said and len(said) <= 64, f"{name}: '{said}' is no description of ours")
        expect(d.SpecificCharacterSet == pydicom.dcmread(here / f"{name}/IM0001.dcm").SpecificCharacterSet, f"{name}: another character set")


def case_two_spacings(here):
    """2.5 mm below and 7.5 mm above: two ranges, each filled by its own gap, nothing is missing."""
    z = [0, 2.5, 5, 7.5, 10, 12.5, 15, 22.5, 30, 37.5, 45, 52.5, 60]
    series(here / "scan", 13, lambda k: {"ImagePositionPatient": ["-112", "-112", str(z[k])]}, hu=lambda k: head(z[k] / 2.5))
    err = doubled(here / "scan", here / "x2/", 25)
    expect("missing" not in err, f"slices are called missing: {err}")
    places = [float(pydicom.dcmread(p).ImagePositionPatient[2]) for p in sorted((here / "x2").glob("*.dcm"))]
    right = sorted(z + [(a + b) / 2 for a, b in zip(z, z[1:])])
    expect(len(places) == 25 and np.allclose(sorted(places), right, atol=1e-3), f"places {places}")
    # One wide gap alone is missing slices, and is left alone.
    gone = [0, 3, 6, 9, 18, 21, 24, 27]
    series(here / "gone", 8, lambda k: {"ImagePositionPatient": ["-112", "-112", str(gone[k])]}, hu=lambda k: head(gone[k] / 3))
    err = doubled(here / "gone", here / "y2/", 14)
    expect("missing" in err, "missing slices are not named")


def case_phases(here):
    """Time points at the same places are listed, and each can be chosen."""
    def phases(name, mark, count=2, last=12):
        for phase in range(count):
            for k in range(last if phase == count - 1 else 12):
                d = ct_slice(k, head(k) + 10 * phase, InstanceNumber=str(12 * phase + k + 1), SOPInstanceUID=f"{ROOT}10.{phase}.{k}", **mark(phase))
                save(d, here / f"{name}/{phase}_{k}.dcm")
        listed = json.loads(run("info", here / name, "--json")[1] or "{}").get("series", [])
        sizes = [s["slices"] for s in listed]
        expect(sorted(sizes, reverse=True) == [12] * (count - 1) + [last], f"{name}: series of {sizes} slices")
        found = set()
        for s in listed:
            right = s["slices"] * 2 - 1
            doubled(here / name, here / f"{name}.nii.gz", right, "--series", s["number"])
            found.add(round(float(np.asarray(nib.load(here / f"{name}.nii.gz").dataobj)[30, 34, 0])))
        expect(found == {30 + 10 * p for p in range(count)}, f"{name}: phases of {found} HU")
        doubled(here / name, here / f"{name}.nii.gz", 23)

    phases("trigger", lambda p: {"TriggerTime": str(400 * p), "NominalPercentageOfCardiacPhase": 40.0 * p})
    phases("temporal_position", lambda p: {"TemporalPositionIdentifier": str(p + 1), "NumberOfTemporalPositions": "3"}, 3)
    phases("incomplete", lambda p: {"AcquisitionTime": f"1017{10 + 2 * p}"}, 2, 9)
    phases("acquisition_datetime", lambda p: {"AcquisitionDateTime": f"202401021017{10 + 2 * p}"})


def case_compression_by_name(here):
    """What is not supported is called so, with its name; it is never called damaged."""
    for name, uid, words in (("jpeg_xl", "1.2.840.10008.1.2.4.110", ["JPEG XL"]), ("htj2k", "1.2.840.10008.1.2.4.201", ["2000"])):
        for k in range(3):
            d = ct_slice(k)
            d.PixelData = encapsulate([b"\xff\x4f\xff\x51" + b"\0" * 60])
            d["PixelData"].VR, d["PixelData"].is_undefined_length = "OB", True
            save(d, here / f"{name}/{k}.dcm", JPEG2000Lossless)
            other_syntax(here / f"{name}/{k}.dcm", uid)
        refused("info", here / name, says=words, never=["0 bytes of pixel data"])
    for k in range(3):
        d = ct_slice(k)
        d.PixelData = np.frombuffer(d.PixelData, "<u2").astype(">u2").tobytes()
        save(d, here / f"ge/{k}.dcm", ImplicitVRLittleEndian)
        other_syntax(here / f"ge/{k}.dcm", "1.2.840.113619.5.2")
    refused("info", here / "ge", says=["GE"], never=["damaged", "truncated"])
    series(here / "plain")
    for path in (here / "plain").iterdir():
        d = pydicom.dcmread(path)
        save(d, here / "deflated" / path.name, DeflatedExplicitVRLittleEndian)
    expect(info(here / "deflated").get("stored_sha256") == info(here / "plain")["stored_sha256"], "deflated: other values")


def case_pictures(here):
    """EXIF orientation is applied, transparency is composed, CMYK is called CMYK."""
    turned = {1: lambda g: g, 2: np.fliplr, 3: lambda g: np.rot90(g, 2), 4: np.flipud, 5: lambda g: g.T,
              6: lambda g: np.rot90(g), 7: lambda g: np.rot90(g.T, 2), 8: lambda g: np.rot90(g, -1)}
    for folder in ("exif", "alpha", "cmyk"):
        (here / folder).mkdir()
    for k in range(12):
        exif = Image.Exif()
        exif[0x0112] = k % 8 + 1
        Image.fromarray(turned[k % 8 + 1](grey(k)).copy()).save(here / f"exif/{k + 1}.jpg", quality=100, exif=exif.tobytes())
        clear = grey(k) == 0
        shown = np.where(clear, 255, grey(k)).astype(np.uint8)
        alpha = np.where(clear, 0, 255).astype(np.uint8)
        Image.merge("RGBA", [Image.fromarray(shown)] * 3 + [Image.fromarray(alpha)]).save(here / f"alpha/{k + 1}.png")
        Image.fromarray(grey(k)).convert("RGB").convert("CMYK").save(here / f"cmyk/{k + 1}.jpg", quality=95)
    for folder, within in (("exif", 4), ("alpha", 0)):
        doubled(here / folder, here / f"{folder}.nii.gz", 23)
        values = np.asarray(nib.load(here / f"{folder}.nii.gz").dataobj)
        slices = np.moveaxis(values, -1, 0).transpose(0, 2, 1)[::2].astype(float)
        right = np.array([grey(k) for k in range(12)], float)
        worst = np.abs(slices - right).max(axis=(1, 2)) if slices.shape == right.shape else slices.shape
        expect(np.ndim(worst) == 1 and len(worst) == 12 and np.max(worst) <= within, f"{folder}: pictures off by {worst}")
    refused("info", here / "cmyk", says=["CMYK"], never=["damaged"])


def case_nifti_header(here):
    """pixdim of 0 or NaN with a valid sform; no orientation; NaN; a pair."""
    volume = np.stack([head(k) for k in range(12)], -1).transpose(1, 0, 2).astype(np.int16)
    affine = np.diag([-2.0, -2.0, 3.0, 1])
    for name, value in (("zero", 0.0), ("nan", np.nan)):
        image = nib.Nifti1Image(volume, affine)
        image.set_sform(affine, 1)
        nib.save(image, here / f"{name}.nii")
        data = bytearray((here / f"{name}.nii").read_bytes())
        data[76 + 12:76 + 16] = np.float32(value).tobytes()
        (here / f"{name}.nii").write_bytes(bytes(data))
        doubled(here / f"{name}.nii", here / f"{name}_x2.nii.gz", 23)
        image = nib.load(here / f"{name}_x2.nii.gz")
        expect(image.shape == (64, 64, 23) and abs(image.header.get_zooms()[2] - 1.5) < 1e-6, f"{name}: {image.shape} {image.header.get_zooms()}")
    image = nib.Nifti1Image(volume, affine)
    image.set_sform(None, 0)
    image.set_qform(None, 0)
    nib.save(image, here / "unknown.nii.gz")
    refused("interpolate", here / "unknown.nii.gz", "--method", "cubic", "--out", here / "d/", "--format", "dicom", says=["--any-orientation"])
    doubled(here / "unknown.nii.gz", here / "d/", 23, "--format", "dicom", "--any-orientation")
    bad = volume.astype(np.float32)
    bad[3, 3, 3] = np.nan
    nib.save(nib.Nifti1Image(bad, affine), here / "bad.nii.gz")
    refused("interpolate", here / "bad.nii.gz", "--method", "cubic", "--out", here / "no.nii.gz", says=["(3, 3, 3)"])
    nib.save(nib.Nifti1Pair(volume, affine), here / "pair.img")
    code, _, err = run("info", here / "pair.img")
    expect(code == 0 or "pair.hdr" in err, f"pair.img: {err.strip()}")
    series4 = np.stack([volume, volume + 7], -1)
    nib.save(nib.Nifti1Image(series4, affine), here / "two.nii.gz")
    refused("info", here / "two.nii.gz", says=["--volume"])
    hashes = {info(here / "two.nii.gz", "--volume", k)["range"][0] for k in (0, 1)} if run("info", here / "two.nii.gz", "--volume", 0)[0] == 0 else {
        info(here / "two.nii.gz", "--volume", k)["range"][0] for k in (1, 2)}
    expect(hashes == {-1000.0, -993.0}, f"--volume reads {hashes}")


def case_own_output(here):
    """Synthetic series beside the scan are never taken for it; slices are not made from made ones."""
    series(here / "scan")
    run_ok("interpolate", ".", "--method", "cubic", "--out", "x2/", cwd=here / "scan")
    run_ok("interpolate", ".", "--method", "cubic", "--factor", 3, "--out", "x3/", cwd=here / "scan")
    expect(len(list((here / "scan/x3").glob("*.dcm"))) == 34, "the second run did not take the scan of 12 slices")
    refused("interpolate", here / "scan/x2", "--method", "cubic", "--out", here / "x4/", says=["interpolated", "--any-scan"])
    doubled(here / "scan/x2", here / "x4/", 45, "--any-scan")
    refused("interpolate", here / "scan/IM0005.dcm", "--method", "cubic", "--out", here / "one/", says=["folder"], never=["--axis"])
    run_ok("interpolate", here / "scan", "--method", "cubic", "--series", ROOT + "1.1", "--out", here / "t/x2.nii.gz", cwd=here)  \
        if (here / "t").mkdir() is None else None
    run_ok("interpolate", here / "scan", "--method", "cubic", "--series", ROOT + "1.1", "--out", here / "t/x2/", cwd=here)
    tables = sorted(p.name for p in (here / "t").rglob("*slices.csv"))
    expect(len(tables) == 2, f"tables {tables}: one for each output is expected")


def case_slices_drop_out(here):
    """One slice that differs in a trifle stays; 5 mm slices among 1 mm ones do not."""
    trifles = {"kernel": lambda k: {"ConvolutionKernel": None} if k == 3 else {},
               "pixel_spacing": lambda k: {"PixelSpacing": ["3.5002", "3.5"]} if k == 3 else {},
               "derived": lambda k: {"ImageType": ["DERIVED", "PRIMARY", "AXIAL"]} if k % 2 else {}}
    for name, change in trifles.items():
        series(here / name, change=change)
        listed = info(here / name)
        expect(listed.get("slices") == 12, f"{name}: {listed.get('slices')} of 12 slices")
        expect("missing" not in json.dumps(listed.get("warnings")), f"{name}: slices are called missing")
    series(here / "mixed", 20, step=1.0)
    for k in range(4):
        z = 5 * k + 2.5
        d = ct_slice(k, head(z), SOPInstanceUID=f"{ROOT}55.{k}", InstanceNumber=str(100 + k), SliceThickness="5", ImagePositionPatient=["-112", "-112", f"{z}"])
        save(d, here / f"mixed/thick{k}.dcm")
    listed = info(here / "mixed")
    expect(sorted(s["slices"] for s in listed.get("series", [])) == [4, 20], "thick and thin slices are not two series")
    expect(listed.get("slices") == 20, "the thin series is not read")


def case_links(here):
    """Links to folders are followed, circles are not, and links to nothing are called so."""
    series(here / "real", 4)
    (here / "linked").mkdir()
    (here / "linked/DICOM").symlink_to("../real")
    (here / "linked/again").symlink_to("../linked")
    expect(info(here / "linked").get("slices") == 4, "a linked folder is not read")
    (here / "annex").mkdir()
    for k in range(3):
        (here / f"annex/IM{k}.dcm").symlink_to(f"../.git/annex/objects/xx/MD5-{k}")
    refused("info", here / "annex", says=["link"], never=["cannot be listed"])


def main():
    cases = {name[5:]: f for name, f in globals().items() if name.startswith("case_")}
    wanted = sys.argv[2:] or list(cases)
    if wanted == ["list"]:
        print("\n".join(cases))
        return 0
    for name in wanted:
        print(f"{name}: {cases[name].__doc__}")
        with tempfile.TemporaryDirectory() as folder:
            try:
                cases[name](pathlib.Path(folder))
            except Exception as e:  # a file or a field that should be there: the case goes no further
                expect(False, f"{name} stops: {type(e).__name__}: {e}")
    print(f"{len(wanted)} cases, {len(failures)} findings")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
