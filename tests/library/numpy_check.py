"""tools/python/ct2ct.py against the command line, with nothing but numpy.

numpy_check.py PROGRAM LIBRARY FOLDER_OF_CT2CT_PY; exit code 77 without numpy.
"""

import os
import subprocess
import sys
import tempfile
import threading

try:
    import numpy as np
except ImportError:
    print("skipped: no numpy")
    sys.exit(77)

program, library, folder = sys.argv[1:4]
os.environ["CT2CT_LIBRARY"] = library
os.environ["SOURCE_DATE_EPOCH"] = "1700000000"
sys.dont_write_bytecode = True
sys.path.insert(0, folder)
import ct2ct  # noqa: E402


def refused(call, part, status=2):
    try:
        call()
    except ct2ct.Error as e:
        assert part in str(e) and e.status == status, (str(e), e.status)
    else:
        raise AssertionError(f"not refused: {part}")


def main():
    subprocess.run([program, "phantom", "scan.nii.gz", "--slices", "14", "--size", "64"], check=True)
    subprocess.run(
        [program, "interpolate", "scan.nii.gz", "--any-scan", "--no-self-check", "--quiet"]
        + ["--out", "by_command.nii.gz"],
        check=True,
    )
    scan = ct2ct.read("scan.nii.gz")
    assert scan.voxels.shape == (14, 64, 64) and scan.voxels.dtype == np.int16
    assert scan.unit == "hu" and scan.slice_axis == 0 and not scan.synthetic.any()
    network = {"any_scan": True, "no_self_check": True}
    filled = scan.fill(**network)
    filled.write("by_python.nii.gz")
    with open("by_command.nii.gz", "rb") as a, open("by_python.nii.gz", "rb") as b:
        assert a.read() == b.read()

    # numpy in, numpy out: the same values as from the file.
    again = ct2ct.wrap(np.array(scan.voxels), affine=scan.affine)
    assert np.allclose(again.spacing, scan.spacing) and again.oriented
    made = again.fill(model=ct2ct.Model(), **network)
    assert np.array_equal(made.voxels, filled.voxels)
    assert list(made.synthetic) == [k % 2 == 1 for k in range(27)]
    assert np.array_equal(made.voxels[::2], scan.voxels)
    assert filled.record()["slices"] == 27 and filled.record()["method"] == "model"
    errors = scan.fill(any_scan=True, error_map=True).uncertainty()
    assert errors.shape == (27, 64, 64) and errors[1::2].max() > 0 and errors[::2].max() == 0

    # Linear interpolation by numpy itself, of floating point in another order of memory.
    ramp = np.asfortranarray(np.arange(5 * 20 * 24, dtype=np.float32).reshape(5, 20, 24))
    linear = ct2ct.wrap(ramp, spacing=(1, 1, 4)).fill(method="linear")
    assert linear.voxels.dtype == np.float32
    assert np.allclose(linear.voxels[1::2], (ramp[1:] + ramp[:-1]) / 2)
    assert np.array_equal(linear.values(), linear.voxels)
    swapped = ct2ct.wrap(ramp.astype(">f4"), spacing=(1, 1, 4))
    assert np.array_equal(swapped.voxels, ramp)
    view = linear.voxels
    del linear  # the view keeps the library's memory
    assert view[0, 0, 0] == ramp[0, 0, 0] and not view.flags.writeable

    # Progress, cancelling, exceptions.
    seen = []
    scan.fill(method="cubic", progress=lambda *stand: seen.append(stand))
    done = [n for _, n, _ in seen]
    assert done[0] == 0 and done[-1] == 13 and done == sorted(set(done)), seen
    assert {(stage, total) for stage, _, total in seen} == {("interpolate", 13)}, seen
    try:
        scan.fill(method="cubic", progress=lambda stage, done, total: done < 3)
        raise AssertionError("not cancelled")
    except ct2ct.Cancelled:
        pass

    def fail(*_):
        raise KeyError("mine")

    try:
        scan.fill(method="cubic", progress=fail)
        raise AssertionError("no exception")
    except KeyError:
        pass

    refused(lambda: scan.fill(facto=2), "'factor'")
    refused(lambda: ct2ct.read("none.nii"), "no such file")
    refused(lambda: ct2ct.wrap(np.zeros((4, 4), np.int16), (1, 1, 1)), "three")
    refused(lambda: ct2ct.wrap(np.zeros((4, 4, 4), complex), (1, 1, 1)), "complex")
    refused(lambda: scan.record(), "not filled")
    refused(lambda: filled.uncertainty(), "error-map")
    refused(lambda: ct2ct.Model(b"no model"), "memory")
    refused(lambda: filled.write("by_python.nii.gz"), "exists")
    filled.write("by_python.nii.gz", force=True)
    assert ct2ct.build()["version"] == ct2ct.version()

    # Two threads at once.
    results = [None, None]

    def work(n):
        results[n] = ct2ct.read("scan.nii.gz").fill(threads=2, **network).voxels

    threads = [threading.Thread(target=work, args=(n,)) for n in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert all(np.array_equal(r, filled.voxels) for r in results)


with tempfile.TemporaryDirectory() as desk:
    os.chdir(desk)
    main()
    os.chdir("/")
print("numpy in, numpy out: the same as the command line")
