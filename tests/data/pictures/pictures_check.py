"""Pillow and ct2ct see the same pictures: JPEG in all eight Exif orientations, with and without
colour, PNG with transparency of 8 and 16 bits and with palettes, and CMYK JPEG is refused by name.
Exit code 77 without Pillow or numpy.

Run:  python3 pictures_check.py path/to/ct2ct
"""
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy as np
    from PIL import Image, ImageOps
except ImportError as missing:
    print("skipped:", missing)
    sys.exit(77)

BINARY = sys.argv[1]


def run(*arguments):
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True)


def read(folder):
    """The slices of a folder of pictures, by way of PNG."""
    out = folder.with_name(folder.name + "_read")
    r = run("--quiet", "interpolate", folder, "--method", "nearest", "--out", out)
    assert r.returncode == 0, r.stderr
    return [np.array(Image.open(p)).astype(int) for p in sorted(out.iterdir())[::2]]


def over_black(image):
    black = Image.new("RGBA", image.size, (0, 0, 0, 255))
    return np.array(Image.alpha_composite(black, image.convert("RGBA")).convert("L")).astype(int)


def main():
    rng = np.random.default_rng(3)
    with tempfile.TemporaryDirectory() as top:
        top = pathlib.Path(top)
        for mode in ("L", "RGB"):
            folder = top / mode
            folder.mkdir()
            upright = []
            for o in range(1, 9):
                shape = (24, 40) if o < 5 else (40, 24)
                grey = np.kron(rng.integers(0, 255, (shape[0] // 8, shape[1] // 8)), np.ones((8, 8)))
                exif = Image.Exif()
                exif[0x0112] = o
                path = folder / f"{o}.jpg"
                Image.fromarray(grey.astype(np.uint8)).convert(mode).save(
                    path, quality=95, exif=exif.tobytes())
                upright.append(np.array(ImageOps.exif_transpose(Image.open(path)).convert("L")))
            for o, (ours, theirs) in enumerate(zip(read(folder), upright), 1):
                assert ours.shape == (24, 40) == theirs.shape, (o, ours.shape, theirs.shape)
                # The colours of a JPEG are decoded to within a level.
                assert np.abs(ours - theirs).max() <= (0 if mode == "L" else 1), (mode, o)

        folder = top / "alpha"
        folder.mkdir()
        images = []
        for k in range(4):
            rgba = rng.integers(0, 256, (16, 16, 4)).astype(np.uint8)
            rgba[:, :, 1] = rgba[:, :, 2] = rgba[:, :, 0]
            rgba[:8, :, 3] = (0, 255)[k % 2]
            images.append(Image.fromarray(rgba, "RGBA"))
            images[-1].save(folder / f"{k}.png")
        for ours, image in zip(read(folder), images):
            assert np.abs(ours - over_black(image)).max() <= 1
        assert "put over black" in run("info", folder).stdout

        folder = top / "palette"
        folder.mkdir()
        for k in range(2):
            image = Image.fromarray(rng.integers(0, 4, (16, 16)).astype(np.uint8), "P")
            image.putpalette([200, 200, 200, 50, 50, 50, 90, 90, 90, 255, 255, 255])
            image.save(folder / f"{k}.png", transparency=3)
        for k, ours in enumerate(read(folder)):
            image = Image.open(folder / f"{k}.png")
            assert np.array_equal(ours, over_black(image)), k

        folder = top / "cmyk"
        folder.mkdir()
        Image.new("CMYK", (16, 16), (1, 2, 3, 4)).save(folder / "1.jpg")
        refused = run("info", folder)
        assert refused.returncode == 2 and "a CMYK JPEG" in refused.stderr, refused.stderr
    print("pictures: ok")


main()
