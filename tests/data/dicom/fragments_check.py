# Frames in fragments (PS3.5, A.4) as `ct2ct info` reads them: series packed in every syntax, each
# frame cut into 1, 2 and 4 fragments at even bytes, with a basic, an extended, an empty and no
# offset table, as single images and as one enhanced object. Expected are the values before they
# were packed, by pydicom, to the bit; of lossy streams what DCMTK's own dcmdjpeg makes of the whole
# frame. Series made here, and, where CT2CT_REAL_DATA names them, real ones. Packed by pydicom (RLE),
# dcmcjpeg, dcmcjpls, gdcmconv (JPEG 2000) and ojph_compress (high-throughput JPEG 2000); a syntax
# whose program is missing is left out, and said.
import copy
import hashlib
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile

import dicom_check
from dicom_check import info, write

import numpy
import pydicom
from pydicom.dataset import Dataset
from pydicom.encaps import generate_pixel_data_frame
from pydicom.pixel_data_handlers.rle_handler import rle_encode_frame
from pydicom.sequence import Sequence
from pydicom.uid import (UID, ExplicitVRLittleEndian, JPEG2000Lossless, JPEGBaseline8Bit,
                         RLELossless)

ENHANCED = "1.2.840.10008.5.1.4.1.1.2.1"
UNCOMPRESSED = UID("1.2.840.10008.1.2.1.98")  # but in fragments (PS3.5, A.4.11)
JPEG = {"JPEG lossless": "+e1", "JPEG lossless 14": "+el", "JPEG 12 bits": "+ee"}
PIECES = (1, 2, 4)
TABLES = ("basic", "extended", "empty", "missing")


def run(*command):
    subprocess.run(command, check=True, capture_output=True)


def unpacked(path, values, bits, signed):
    """One image as write() makes it, without rubbish above BitsStored: coders would refuse it."""
    write(path, ExplicitVRLittleEndian, 1, [0, 0, 0], values, [1, 0, 0, 0, 1, 0], bits, signed)
    d = pydicom.dcmread(path)
    d.PixelData = values.astype("<i2").tobytes() if signed else values.astype("<u2").tobytes()
    d["PixelData"].VR = "OW"
    d.save_as(path)
    return path


def by_tool(plain, folder, *command):
    """The stream of the one frame that a program makes of an image, and its syntax."""
    packed = os.path.join(folder, "packed.dcm")
    run(*command, plain, packed)
    d = pydicom.dcmread(packed)
    return next(generate_pixel_data_frame(d.PixelData, 1)), d.file_meta.TransferSyntaxUID


def by_openjph(values, folder, bits, lossless):
    picture, stream = os.path.join(folder, "x.pgm"), os.path.join(folder, "x.j2c")
    with open(picture, "wb") as f:
        f.write(b"P5\n%d %d\n%d\n" % (values.shape[1], values.shape[0], (1 << bits) - 1))
        f.write(values.astype(">u2").tobytes())
    run("ojph_compress", "-i", picture, "-o", stream, "-reversible", str(lossless).lower())
    with open(stream, "rb") as f:
        return f.read()


def coders():
    """Name to what packs an image: path, values, bits, signed, folder -> stream, syntax."""
    found = {"RLE": lambda p, v, b, s, f: (rle_encode_frame(v.astype("<u2")), RLELossless),
             "no compression": lambda p, v, b, s, f: (v.astype("<u2").tobytes(),
                                                      UNCOMPRESSED)}
    if shutil.which("dcmcjpeg"):
        for name, option in JPEG.items():
            found[name] = lambda p, v, b, s, f, o=option: by_tool(p, f, "dcmcjpeg", o)
    if shutil.which("dcmcjpls"):
        found["JPEG-LS"] = lambda p, v, b, s, f: by_tool(p, f, "dcmcjpls")
    if shutil.which("gdcmconv"):
        found["JPEG 2000"] = lambda p, v, b, s, f: by_tool(p, f, "gdcmconv", "--j2k")
    if shutil.which("ojph_compress"):
        for syntax in (201, 202, 203):
            found[f"HTJ2K {syntax}"] = lambda p, v, b, s, f, u=syntax: (
                by_openjph(v, f, b, True), UID(f"1.2.840.10008.1.2.4.{u}"))
    return found


def cut(stream, pieces):
    """The frame in at most so many fragments, cut at even bytes."""
    stream += b"\0" * (len(stream) % 2)
    size = -(-len(stream) // pieces)
    size += size % 2
    return [stream[i:i + size] for i in range(0, len(stream), size)]


def item(value):
    return b"\xFE\xFF\x00\xE0" + struct.pack("<I", len(value)) + value


def encapsulate(d, streams, pieces, table):
    """Puts the frames into the data set; returns the number of fragments."""
    frames = [cut(s, pieces) for s in streams]
    offsets, at = [], 0
    for fragments in frames:
        offsets.append(at)
        at += sum(8 + len(f) for f in fragments)
    first = item(b"".join(struct.pack("<I", o) for o in offsets) if table == "basic" else b"")
    if table == "extended":
        d.add_new(0x7FE00001, "OV", struct.pack(f"<{len(offsets)}Q", *offsets))
        d.add_new(0x7FE00002, "OV", struct.pack(f"<{len(offsets)}Q", *map(len, streams)))
    d.PixelData = (b"" if table == "missing" else first) + b"".join(
        item(f) for fragments in frames for f in fragments)
    d["PixelData"].VR = "OB"
    d["PixelData"].is_undefined_length = True
    return sum(map(len, frames))


def enhanced(d, count):
    """One object of `count` frames, 2 mm apart, of the single image d."""
    d = copy.deepcopy(d)
    d.SOPClassUID = d.file_meta.MediaStorageSOPClassUID = ENHANCED
    d.NumberOfFrames = count
    plane, measures, rescale, shared = Dataset(), Dataset(), Dataset(), Dataset()
    plane.ImageOrientationPatient = d.ImageOrientationPatient
    measures.PixelSpacing = d.PixelSpacing
    rescale.RescaleSlope, rescale.RescaleIntercept = d.RescaleSlope, d.RescaleIntercept
    rescale.RescaleType = "HU"
    shared.PlaneOrientationSequence = Sequence([plane])
    shared.PixelMeasuresSequence = Sequence([measures])
    shared.PixelValueTransformationSequence = Sequence([rescale])
    d.SharedFunctionalGroupsSequence = Sequence([shared])
    groups = []
    for k in range(count):
        place, group = Dataset(), Dataset()
        place.ImagePositionPatient = [0, 0, 2 * k]
        group.PlanePositionSequence = Sequence([place])
        groups.append(group)
    d.PerFrameFunctionalGroupsSequence = Sequence(groups)
    for name in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "RescaleSlope",
                 "RescaleIntercept"):
        delattr(d, name)
    return d


def save(d, path, syntax):
    """pydicom 2 does not write syntaxes that it does not know: their UID is put in afterwards."""
    known = syntax.is_transfer_syntax
    d.file_meta.TransferSyntaxUID = syntax if known else JPEG2000Lossless
    d.is_little_endian, d.is_implicit_VR = True, False
    d.save_as(path)
    if known:
        return
    with open(path, "rb") as f:
        data = f.read()
    at = data.index(b"\x02\0\x10\0UI")
    old = struct.unpack_from("<H", data, at + 6)[0]
    uid = str(syntax).encode() + b"\0" * (len(syntax) % 2)
    with open(path, "wb") as f:
        f.write(data[:at + 6] + struct.pack("<H", len(uid)) + uid + data[at + 8 + old:])


def sha(volume, signed):
    return hashlib.sha256(volume.astype("<i2" if signed else "<u2").tobytes()).hexdigest()


def refused(path):
    run = subprocess.run([dicom_check.BINARY, "info", path], capture_output=True, text=True)
    return run.returncode == 2 and "without an offset table" in run.stderr


def check_frames(folder, plain, streams, syntax, expected, signed, name):
    """`plain`: data set of a single image; `expected`: values of each frame. Returns the cases."""
    done = 0
    path = os.path.join(folder, "case.dcm")
    uncompressed = syntax == UNCOMPRESSED
    for table in TABLES:
        for pieces in PIECES:
            if table == "missing" and uncompressed:
                continue  # pixels have no mark that tells them from a table
            one = copy.deepcopy(plain)
            encapsulate(one, streams[:1], pieces, table)
            save(one, path, syntax)
            assert info(path)["stored_sha256"] == sha(expected[:1], signed), (name, table, pieces)
            many = enhanced(plain, len(streams))
            fragments = encapsulate(many, streams, pieces, table)
            save(many, path, syntax)
            if uncompressed and table == "empty" and pieces > 1:
                assert fragments > len(streams) and refused(path), (name, pieces)
            else:
                got = info(path)
                assert got["dims"][2] == len(streams), (name, table, pieces)
                assert got["stored_sha256"] == sha(expected, signed), (name, table, pieces)
            done += 2
    return done


def smooth(rng, bits, signed, k):
    """A picture that codecs can do something with."""
    y, x = numpy.mgrid[0:40, 0:36]
    values = 900 * numpy.exp(-((x - 17 - k) ** 2 + (y - 20) ** 2) / 90.0) + rng.normal(0, 9, x.shape)
    low = -(1 << (bits - 1)) if signed else 0
    return numpy.clip(numpy.rint(values) + (0 if signed else 700), low, low + (1 << bits) - 1).astype(int)


def synthetic(folder, all_coders):
    rng = numpy.random.default_rng(7)
    done = 0
    for bits, signed in ((12, False), (16, True)):
        images = [smooth(rng, bits, signed, k) for k in range(3)]
        paths = [unpacked(os.path.join(folder, f"plain{k}.dcm"), v, bits, signed)
                 for k, v in enumerate(images)]
        for name, pack in all_coders.items():
            if signed and (name == "JPEG 12 bits" or name.startswith("HTJ2K")):
                continue  # these coders have no signed pictures
            done += check_case(folder, paths, images, bits, signed, name, pack)
    return done


def check_case(folder, paths, images, bits, signed, name, pack):
    packed = [pack(p, v, bits, signed, folder) for p, v in zip(paths, images)]
    expected = numpy.stack(images)
    if name == "JPEG 12 bits":  # with loss: what DCMTK makes of the whole frame
        expected = []
        for path, (stream, syntax) in zip(paths, packed):
            d = pydicom.dcmread(path)
            encapsulate(d, [stream], 1, "basic")
            save(d, os.path.join(folder, "whole.dcm"), syntax)
            run("dcmdjpeg", os.path.join(folder, "whole.dcm"), os.path.join(folder, "lossy.dcm"))
            expected.append(pydicom.dcmread(os.path.join(folder, "lossy.dcm")).pixel_array)
        expected = numpy.stack(expected)
        # dcmcjpeg spreads values over the 12 bits, so they are alike but for a line.
        assert numpy.corrcoef(expected.ravel(), numpy.ravel(images))[0, 1] > 0.99, name
    plain = pydicom.dcmread(paths[0])
    return check_frames(folder, plain, [s for s, _ in packed], packed[0][1], expected, signed, name)


def check_by_others(path, values, folder):
    """What DCMTK and GDCM make of the same fragments; returns how many of their programs can."""
    done = 0
    plain = os.path.join(folder, "others.dcm")
    for command in (["dcmdrle"], ["dcmdjpeg"], ["dcmdjpls"], ["gdcmconv", "--raw"]):
        if shutil.which(command[0]) is None:
            continue
        if subprocess.run([*command, path, plain], capture_output=True).returncode != 0:
            continue  # another compression than the program's
        d = pydicom.dcmread(plain)
        if not d.file_meta.TransferSyntaxUID.is_compressed:
            assert numpy.array_equal(d.pixel_array, values), (path, command)
            done += 1
    return done


def real_files(folder, data):
    for name in ("synthetic_cq500_transcoded_12", "ct_transfer_syntax_singles"):
        with zipfile.ZipFile(os.path.join(data, name + ".zip")) as z:
            z.extractall(os.path.join(folder, name))
    for root, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            path = os.path.join(root, name)
            if dicom_check.is_ct(path):
                yield path


def real(folder, data):
    """Streams as they are in the files, cut; values by pydicom and DCMTK as in dicom_check.py."""
    seen, others = {}, 0
    here = os.path.join(folder, "real")
    for path in real_files(here, data):
        d = pydicom.dcmread(path)
        syntax = d.file_meta.TransferSyntaxUID
        if not syntax.is_compressed or int(d.get("NumberOfFrames", 1)) > 1:
            continue
        # Of twelve slices alike in one syntax one is enough; every single is read.
        if "transcoded" in path and seen.get(syntax.name, 0) > 1:
            continue
        _, values = dicom_check.stored(path, folder)
        assert values is not None, path
        stream = next(generate_pixel_data_frame(d.PixelData, 1))
        case = os.path.join(folder, "case.dcm")
        for pieces in PIECES:
            for table in TABLES:
                one = copy.deepcopy(d)
                encapsulate(one, [stream], pieces, table)
                one.save_as(case)
                got = info(case)["stored_sha256"]
                assert got == sha(values[None], d.PixelRepresentation == 1), (path, pieces, table)
                if pieces > 1 and table == "basic":
                    others += check_by_others(case, values, folder)
        seen[syntax.name] = seen.get(syntax.name, 0) + 1
    print(f"real images agree in {PIECES} fragments: {seen}; "
          f"with DCMTK's and GDCM's programs {others} times")


def pictures(folder):
    """JPEG of 8 bits: dicom_check.py compares whole frames with pydicom."""
    values = smooth(numpy.random.default_rng(8), 12, False, 0) // 16
    stream = dicom_check.compressed(values.astype(numpy.uint8), "JPEG")
    if stream is None:
        return 0
    path = os.path.join(folder, "picture.dcm")
    seen = set()
    for table in TABLES:
        for pieces in PIECES:
            dicom_check.picture(path, JPEGBaseline8Bit, 0, values, "MONOCHROME2", stream=stream)
            d = pydicom.dcmread(path)
            encapsulate(d, [stream], pieces, table)
            d.save_as(path)
            seen.add(info(path)["stored_sha256"])
    assert len(seen) == 1, seen
    return len(PIECES) * len(TABLES)


def main():
    all_coders = coders()
    with tempfile.TemporaryDirectory() as folder:
        done = synthetic(folder, all_coders) + pictures(folder)
        print(f"{done} files agree, packed as {sorted(all_coders)}, in {PIECES} fragments a frame")
        data = os.environ.get("CT2CT_REAL_DATA")
        if data:
            real(folder, os.path.join(data, "dicom"))


main()
