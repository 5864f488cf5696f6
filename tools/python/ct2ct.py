"""ct2ct from Python: adds slices between the slices of a CT scan. numpy in, numpy out.

    import ct2ct
    scan = ct2ct.read("scan.nii.gz")
    filled = scan.fill(factor=2)
    print(filled.voxels.shape, filled.synthetic)
    filled.write("x2.nii.gz")

It calls the shared library libct2ct.so.0 by ctypes and needs numpy alone. The library is looked for in
the environment variable CT2CT_LIBRARY (a file), then beside this file, then where the system looks.
Synthetic slices are for research, not for diagnosis.

Arrays have the shape (K, J, I): voxels[k, j, i] is voxel (i, j, k) of the scan, so that of an axial
scan voxels[k] is a slice, with rows j and columns i. This is the order of SimpleITK and of stacked
DICOM images; nibabel's arrays are transposed (array.T). Spacings and the columns of affines are in the
order i, j, k. Lengths are in mm.

Options are those of `ct2ct interpolate`, with _ in the place of -: factor=3, any_scan=True.
"""

import ctypes
import json
import os
from typing import Any, Callable, Dict, Optional, Sequence, Tuple, Union

import numpy as np

__all__ = ["Cancelled", "Error", "Model", "Scan", "build", "read", "version", "wrap"]

Path = Union[str, "os.PathLike[str]"]
Progress = Callable[[str, int, int], Optional[bool]]

_SONAME = "libct2ct.so.0"
_TYPES = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"]
_UNITS = ["hu", "grey", "unknown"]
_CANCELLED = 4


class Error(Exception):
    """What went wrong, in one line. `status`: 1 the work failed, 2 wrong input, 3 a warning with
    strict=True, 4 cancelled."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


class Cancelled(Error):
    """The progress function returned False."""


class _Volume(ctypes.Structure):
    """ct2ct_volume of ct2ct.h."""

    _fields_ = [
        ("struct_size", ctypes.c_size_t),
        ("voxels", ctypes.c_void_p),
        ("datatype", ctypes.c_int32),
        ("unit", ctypes.c_int32),
        ("slice_axis", ctypes.c_int32),
        ("oriented", ctypes.c_int32),
        ("size", ctypes.c_int64 * 3),
        ("spacing", ctypes.c_double * 3),
        ("affine", ctypes.c_double * 16),
        ("slope", ctypes.c_double),
        ("intercept", ctypes.c_double),
        ("synthetic", ctypes.c_void_p),
        ("positions", ctypes.c_void_p),
    ]


_PROGRESS = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint64, ctypes.c_uint64
)


def _load() -> ctypes.CDLL:
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), _SONAME)
    named = os.environ.get("CT2CT_LIBRARY")
    lib = ctypes.CDLL(named or (beside if os.path.exists(beside) else _SONAME))
    pointer, text, status = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    place, volume = ctypes.POINTER(pointer), ctypes.POINTER(_Volume)
    for name, result, arguments in [
        ("version", text, []),
        ("build", text, []),
        ("last_error", text, []),
        ("options_new", status, [place]),
        ("set", status, [pointer, text, text]),
        ("options_free", None, [pointer]),
        ("model_load", status, [text, text, place]),
        ("model_from_memory", status, [text, ctypes.c_size_t, text, place]),
        ("model_sha256", text, [pointer]),
        ("model_free", None, [pointer]),
        ("read", status, [text, pointer, place]),
        ("wrap", status, [volume, text, place]),
        ("scan_volume", status, [pointer, volume]),
        ("scan_free", None, [pointer]),
        ("fill", status, [pointer, pointer, pointer, _PROGRESS, pointer, place]),
        ("uncertainty", status, [pointer, volume]),
        ("record", text, [pointer]),
        ("write", status, [pointer, text, pointer]),
    ]:
        function = getattr(lib, "ct2ct_" + name)
        function.restype, function.argtypes = result, arguments
    return lib


_lib = _load()


def _check(status: int) -> None:
    if status == 0:
        return
    text = (_lib.ct2ct_last_error() or b"").decode("utf-8", "replace")
    raise (Cancelled if status == _CANCELLED else Error)(text, status)


def _bytes(path: Path) -> bytes:
    return os.fsencode(path)


class _Handle:
    """An object of the library, freed with this one."""

    def __init__(self, free: Callable[[ctypes.c_void_p], None]) -> None:
        self.pointer = ctypes.c_void_p()
        self._free = free

    def place(self) -> Any:
        return ctypes.byref(self.pointer)

    def __del__(self) -> None:
        self._free(self.pointer)


class _View:
    """Memory of the library as numpy sees it; keeps its owner alive."""

    def __init__(self, owner: _Handle, address: int, shape: Tuple[int, ...], dtype: str) -> None:
        self.owner = owner
        self.__array_interface__ = {
            "version": 3,
            "shape": shape,
            "typestr": np.dtype(dtype).str,
            "data": (address, True),  # read-only
        }


def _view(owner: _Handle, address: int, shape: Tuple[int, ...], dtype: str) -> np.ndarray:
    return np.asarray(_View(owner, address, shape, dtype))


def _text_of(value: Any) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (tuple, list)):
        return ",".join(_text_of(v) for v in value)
    if isinstance(value, (float, np.floating)):
        return repr(float(value))
    return os.fspath(value) if isinstance(value, os.PathLike) else str(value)


def _options(options: Dict[str, Any]) -> _Handle:
    handle = _Handle(_lib.ct2ct_options_free)
    _check(_lib.ct2ct_options_new(handle.place()))
    for name, value in options.items():
        if value is not None:
            text = os.fsencode(_text_of(value))
            _check(_lib.ct2ct_set(handle.pointer, name.replace("_", "-").encode(), text))
    return handle


def version() -> str:
    """Of the library that was found."""
    return _lib.ct2ct_version().decode()


def build() -> Dict[str, Any]:
    """What the library was built from: what `ct2ct --version --json` prints."""
    return json.loads(_lib.ct2ct_build())


class Model:
    """A trained network. Different threads may use one model at the same time."""

    def __init__(
        self, source: Union[Path, bytes] = "default", sha256: Optional[str] = None
    ) -> None:
        """Loads and tests a model: the path of a model file, its bytes, or "default", the model in
        the box. `sha256`: the 64 digits that the file must have."""
        self._handle = _Handle(_lib.ct2ct_model_free)
        digits = None if sha256 is None else sha256.encode()
        if isinstance(source, bytes):
            _check(
                _lib.ct2ct_model_from_memory(source, len(source), digits, self._handle.place())
            )
        else:
            _check(_lib.ct2ct_model_load(_bytes(source), digits, self._handle.place()))

    @property
    def sha256(self) -> str:
        """Of the whole file."""
        return _lib.ct2ct_model_sha256(self._handle.pointer).decode()


class Scan:
    """A scan: read, wrapped or filled. Made by read(), wrap() and Scan.fill()."""

    def __init__(self, handle: _Handle) -> None:
        self._handle = handle
        self._volume = _Volume(struct_size=ctypes.sizeof(_Volume))
        _check(_lib.ct2ct_scan_volume(handle.pointer, ctypes.byref(self._volume)))

    def _voxels(self, volume: _Volume) -> np.ndarray:
        shape = tuple(int(n) for n in reversed(volume.size))
        return _view(self._handle, volume.voxels, shape, _TYPES[volume.datatype])

    @property
    def voxels(self) -> np.ndarray:
        """Stored values, shape (K, J, I), read-only: a view into the library's memory."""
        return self._voxels(self._volume)

    def values(self) -> np.ndarray:
        """slope * voxels + intercept as a new float32 array (K, J, I), in `unit`."""
        v = self._volume
        return (self.voxels * v.slope + v.intercept).astype(np.float32)

    @property
    def unit(self) -> str:
        """"hu" (Hounsfield units), "grey" (0 to 255) or "unknown"."""
        return _UNITS[self._volume.unit]

    @property
    def slope(self) -> float:
        """A value is slope * voxel + intercept."""
        return float(self._volume.slope)

    @property
    def intercept(self) -> float:
        """In `unit`."""
        return float(self._volume.intercept)

    @property
    def spacing(self) -> Tuple[float, float, float]:
        """mm from voxel to voxel along i, j and k."""
        return tuple(self._volume.spacing)

    @property
    def affine(self) -> np.ndarray:
        """4 x 4: takes (i, j, k, 1) to mm towards the patient's right, front and head."""
        return np.array(self._volume.affine).reshape(4, 4)

    @property
    def oriented(self) -> bool:
        """Whether the affine says where the patient's right, front and head are."""
        return self._volume.oriented == 1

    @property
    def slice_axis(self) -> int:
        """The axis of `voxels` across which slices are cut: 0 for k, 1 for j, 2 for i."""
        return 2 - self._volume.slice_axis

    @property
    def synthetic(self) -> np.ndarray:
        """For each slice whether it is synthetic, shape (slices,), bool."""
        count = self.voxels.shape[self.slice_axis]
        if not self._volume.synthetic:
            return np.zeros(count, bool)
        return _view(self._handle, self._volume.synthetic, (count,), "uint8") == 1

    @property
    def positions(self) -> Optional[np.ndarray]:
        """Where slices have uneven steps: the place in mm of voxel (0, 0) of each, shape (slices, 3).
        None where the affine says it."""
        if not self._volume.positions:
            return None
        shape = (self.voxels.shape[self.slice_axis], 3)
        return _view(self._handle, self._volume.positions, shape, "float64")

    def fill(
        self,
        model: Optional[Model] = None,
        progress: Optional[Progress] = None,
        **options: Any,
    ) -> "Scan":
        """A new scan with slices between those of this one. `model` None: the model in the box.
        `progress`: called with the stage ("self-check" or "interpolate"), slices done and in all; the
        work ends with Cancelled if it returns False, and with its exception if it raises one."""
        raised = []

        def watch(_user: Any, stage: bytes, done: int, total: int) -> int:
            try:  # also without `progress`: here Python sees Ctrl-C
                going = progress is None or progress(stage.decode(), done, total) is not False
                return 0 if going else 1
            except BaseException as e:  # noqa: B902
                raised.append(e)
                return 1

        handle = _Handle(_lib.ct2ct_scan_free)
        given = _options(options)
        network = None if model is None else model._handle.pointer
        status = _lib.ct2ct_fill(
            self._handle.pointer, network, given.pointer, _PROGRESS(watch), None, handle.place()
        )
        if raised:
            raise raised[0]
        _check(status)
        return Scan(handle)

    def uncertainty(self) -> np.ndarray:
        """Expected absolute error of every voxel in HU, float32, shape (K, J, I); 0 in slices that
        were read. Only after fill(error_map=True)."""
        volume = _Volume(struct_size=ctypes.sizeof(_Volume))
        _check(_lib.ct2ct_uncertainty(self._handle.pointer, ctypes.byref(volume)))
        return (self._voxels(volume) * volume.slope).astype(np.float32)

    def record(self) -> Dict[str, Any]:
        """What was done, as in docs/audit/record.md. Only after fill()."""
        text = _lib.ct2ct_record(self._handle.pointer)
        if text is None:
            _check(2)
        return json.loads(text)

    def write(self, path: Path, **options: Any) -> None:
        """Writes a filled scan, the table of its slices and the record: .nii, .nii.gz, or "DIR/" for
        DICOM. Without options, those of fill()."""
        given = _options(options) if options else None
        pointer = None if given is None else given.pointer
        _check(_lib.ct2ct_write(self._handle.pointer, _bytes(path), pointer))


def read(path: Path, **options: Any) -> Scan:
    """Reads a scan: a NIfTI file, or a folder or zip of DICOM files or pictures."""
    handle = _Handle(_lib.ct2ct_scan_free)
    given = _options(options)
    _check(_lib.ct2ct_read(_bytes(path), given.pointer, handle.place()))
    return Scan(handle)


def wrap(
    voxels: np.ndarray,
    spacing: Optional[Sequence[float]] = None,
    affine: Optional[np.ndarray] = None,
    *,
    slope: float = 1,
    intercept: float = 0,
    unit: str = "hu",
    slice_axis: Optional[int] = None,
    name: str = "memory",
) -> Scan:
    """A copy of an array as a scan. `voxels`: shape (K, J, I), integers of 8, 16 or 32 bits or
    floating point. `spacing`: mm along i, j and k; may be left out where there is an `affine`: 4 x 4,
    (i, j, k, 1) to mm towards the patient's right, front and head. Without one left and right are
    unknown. `unit`: of slope * voxels + intercept. `slice_axis`: the axis of `voxels` across which
    slices are cut, 0, 1 or 2; None: found by rules. `name`: in errors and in the record."""
    array = np.ascontiguousarray(voxels)
    if array.ndim != 3 or array.dtype.name not in _TYPES or unit not in _UNITS:
        raise Error(
            f"wrap: an array of shape {array.shape}, {array.dtype} in unit '{unit}', expected three "
            f"axes, one of {', '.join(_TYPES)}, and one of {', '.join(_UNITS)}",
            2,
        )
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    if spacing is None and affine is None:
        raise Error("wrap: neither spacing nor affine, expected mm along i, j and k", 2)
    v = _Volume(struct_size=ctypes.sizeof(_Volume), slope=slope, intercept=intercept)
    v.voxels = array.ctypes.data
    v.datatype = _TYPES.index(array.dtype.name)
    v.unit = _UNITS.index(unit)
    v.slice_axis = -1 if slice_axis is None else 2 - slice_axis
    v.size[:] = array.shape[::-1]
    if spacing is not None:
        v.spacing[:] = [float(mm) for mm in spacing]
    if affine is not None:
        v.oriented = 1
        v.affine[:] = [float(x) for x in np.asarray(affine, np.float64).reshape(16)]
    handle = _Handle(_lib.ct2ct_scan_free)
    _check(_lib.ct2ct_wrap(ctypes.byref(v), os.fsencode(name), handle.place()))
    return Scan(handle)
