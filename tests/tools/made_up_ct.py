"""Made-up CT series for checks of the readers: a head of known HU whose soft tissue rises by 2 HU a slice.

No patient, no scanner. Every attribute can be changed slice by slice.
"""
import pathlib

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

CT_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
ROOT = "1.2.826.0.1.3680043.10.1234."  # of made-up UIDs


def head(k, rows=64, columns=64):
    """HU of slice k, which may be a fraction: air, a ring of bone, soft tissue, a marker at the left."""
    y, x = np.mgrid[0:rows, 0:columns].astype(float)
    r = ((x - columns * 0.48) / (columns * 0.38)) ** 2 + ((y - rows * 0.53) / (rows * 0.42)) ** 2
    hu = np.full((rows, columns), -1000.0)
    hu[r < 1] = 900
    hu[r < 0.8] = 30 + 2 * k
    hu[(x - columns * 0.65) ** 2 + (y - rows * 0.4) ** 2 < (columns * 0.06) ** 2] = 200 + 2 * k
    return hu


def grey(k):
    """The same as grey levels of a picture."""
    return np.clip((head(k) + 160) / 400 * 255, 0, 255).astype(np.uint8)


def ct_slice(k, hu=None, step=3.0, **changes):
    """One CT image; stored = HU + 1024. A change to None takes the attribute away."""
    hu = head(k) if hu is None else hu
    d = Dataset()
    d.SpecificCharacterSet = "ISO_IR 100"
    d.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    d.SOPClassUID, d.SOPInstanceUID = CT_STORAGE, f"{ROOT}1.1.{k + 1}"
    d.StudyDate = d.SeriesDate = d.AcquisitionDate = d.ContentDate = "20240102"
    d.StudyTime, d.SeriesTime, d.AcquisitionTime, d.ContentTime = "101500", "101600", "101700", "101800"
    d.AccessionNumber, d.Modality, d.Manufacturer = "A1", "CT", "Made Up Inc"
    d.ReferringPhysicianName, d.StudyID = "", "1"
    d.SeriesDescription = "Head 3.0"
    d.PatientName, d.PatientID, d.PatientBirthDate, d.PatientSex = "Nobody^Test", "X1", "", "O"
    d.BodyPartExamined, d.KVP, d.PatientPosition, d.ConvolutionKernel = "HEAD", "120", "HFS", "H30s"
    d.SliceThickness = f"{step:g}"
    d.StudyInstanceUID, d.SeriesInstanceUID = ROOT + "1", ROOT + "1.1"
    d.FrameOfReferenceUID = ROOT + "1.99"
    d.SeriesNumber, d.AcquisitionNumber, d.InstanceNumber = "1", "1", str(k + 1)
    d.ImagePositionPatient = ["-112", "-112", f"{k * step:.6g}"]
    d.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    d.SamplesPerPixel, d.PhotometricInterpretation = 1, "MONOCHROME2"
    d.Rows, d.Columns = hu.shape
    d.PixelSpacing = ["3.5", "3.5"]
    d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = 16, 12, 11, 0
    d.WindowCenter, d.WindowWidth = "40", "80"
    d.RescaleIntercept, d.RescaleSlope, d.RescaleType = "-1024", "1", "HU"
    d.PixelData = np.clip(np.rint(hu + 1024), 0, 4095).astype("<u2").tobytes()
    d["PixelData"].VR = "OW"
    for name, value in changes.items():
        if value is None:
            delattr(d, name)
        else:
            setattr(d, name, value)
    return d


def save(d, path, syntax=ExplicitVRLittleEndian):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = d.SOPClassUID, d.SOPInstanceUID
    meta.TransferSyntaxUID = syntax
    file = FileDataset(str(path), d, file_meta=meta, preamble=b"\0" * 128)
    file.is_little_endian, file.is_implicit_VR = True, syntax == ImplicitVRLittleEndian
    file.save_as(str(path), write_like_original=False)


def series(folder, count=12, change=lambda k: {}, hu=head, **options):
    """A folder of `count` slices; `change(k)` says what is different in slice k."""
    for k in range(count):
        save(ct_slice(k, hu=hu(k), **options, **change(k)), pathlib.Path(folder) / f"IM{k + 1:04}.dcm")


def other_syntax(path, uid):
    """Names another transfer syntax in the file's meta header; the data stay as they are."""
    data = path.read_bytes()
    at = data.index(b"\x02\0\x10\0UI")
    old = int.from_bytes(data[at + 6:at + 8], "little")
    text = uid.encode() + b"\0" * (len(uid) % 2)
    data = data[:at + 6] + len(text).to_bytes(2, "little") + text + data[at + 8 + old:]
    group = data.index(b"\x02\0\0\0UL") + 8
    size = int.from_bytes(data[group:group + 4], "little") + len(text) - old
    path.write_bytes(data[:group] + size.to_bytes(4, "little") + data[group + 4:])
