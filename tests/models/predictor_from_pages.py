"""The predictor of slices, written from docs/audit/predictor.md and the pages it links to, and from them alone.

Nothing here was taken from the program's source. Every part names the step of that page that it
follows. predictor_check.py compares what it makes with what the program writes.
"""
import json
import math
import pathlib
import struct

import nibabel
import numpy as np

f32 = np.float32
WINDOW = -1024, 800  # lo and hi of step 3
FREE_RULE = 2  # of --method registered


# --- the model file (docs/audit/model-format.md) -----------------------------------------------------
class Model:
    def __init__(self, path):
        raw = pathlib.Path(path).read_bytes()
        length, = struct.unpack("<Q", raw[:8])
        header = json.loads(raw[8:8 + length])
        data = raw[8 + length:]
        meta = header.pop("__metadata__")
        kinds = {"F16": "<f2", "F32": "<f4", "F64": "<f8"}
        self.tensors = {
            name[2:]: np.frombuffer(data[slice(*t["data_offsets"])], kinds[t["dtype"]])
            .reshape(t["shape"]).astype(f32)
            for name, t in header.items() if name.startswith("g.")}
        self.recipe = json.loads(meta["recipe"])
        self.training = json.loads(meta["training"])
        net = self.recipe["generator"]
        self.levels, self.slope, self.eps = net["levels"], f32(net["leaky_slope"]), net["norm"]["eps"]
        self.norm_innermost = net["norm_innermost"]
        self.low, self.high = self.recipe["window_low"], self.recipe["window_high"]
        self.gain = self.recipe["difference_gain"]
        self.layers = {}

    def layer(self, name, transposed=False):
        """Weights as (kh, kw, in, out) and bias, with the norm that follows folded in."""
        if name not in self.layers:
            t = self.tensors
            conv = name if name.startswith(("head", "last")) else name + ".conv"
            w = t[conv + ".weight"].astype(float)
            w = w.transpose(2, 3, 0, 1) if transposed else w.transpose(2, 3, 1, 0)
            b = t[conv + ".bias"].astype(float) if conv + ".bias" in t else np.zeros(w.shape[3])
            if name + ".norm.weight" in t:
                gamma, beta, mean, var = (t[f"{name}.norm.{part}"].astype(float) for part in
                                          ("weight", "bias", "running_mean", "running_var"))
                s = gamma / np.sqrt(var + self.eps)
                w, b = w * s, s * b + beta - mean * s
            self.layers[name] = np.ascontiguousarray(w.astype(f32)), b.astype(f32)
        return self.layers[name]

    def gap(self, gap):
        """Step 5: `gap` clamped to the gaps of the training."""
        scans = [s["slice_spacing"] for s in self.training.get("before", []) + self.training["sources"]
                 if s["unit"] == "HU"]
        spacings = [s for s in scans if s > 0]
        if not spacings:
            return gap
        narrowest = min(spacings) * (4 if self.recipe["protocol"] == "self" else 2)
        widest = max(min(max(math.floor(15 / s), 4), 10) * s for s in spacings)
        return min(max(gap, narrowest), widest)


# --- step 3: the movement ----------------------------------------------------------------------
def P(v, low, high):
    return (np.clip(v, f32(low), f32(high)) - f32(low)) / f32(high - low)


def place(image, shift):
    """Whole part and fraction of each pixel's own place plus a shift (rows, columns), clamped."""
    result = []
    for axis, part in enumerate(shift):
        last = image.shape[axis] - 1
        own = np.arange(last + 1).reshape(-1, 1) if axis == 0 else np.arange(last + 1)
        at = np.clip(own + part.astype(float), 0, last)
        whole = np.floor(at).astype(int)
        result.append((whole, (at - whole).astype(f32)))
    return result


def mixed_linearly(image, rows, columns):
    (y, fy), (x, fx) = rows, columns
    y1, x1 = np.minimum(y + 1, image.shape[0] - 1), np.minimum(x + 1, image.shape[1] - 1)
    top = image[y, x] * (1 - fx) + image[y, x1] * fx
    bottom = image[y1, x] * (1 - fx) + image[y1, x1] * fx
    return top * (1 - fy) + bottom * fy


def L(image, shift):
    """Bilinear, at each pixel's place plus shift."""
    return mixed_linearly(image, *place(image, shift))


def doubled(coarse, shape):
    """u of the finer level."""
    rows, columns = ((np.clip((np.arange(n) - 0.5) / 2, 0, last - 1)) for n, last in zip(shape, coarse.shape))
    rows, columns = ((np.floor(at).astype(int), (at % 1).astype(f32)) for at in (rows[:, None], columns))
    return 2 * mixed_linearly(coarse, rows, columns)


TAPS = np.exp(-np.arange(-5, 6) ** 2 / 4.5)
TAPS = (TAPS / TAPS.sum()).astype(f32)


def G(image):
    """A Gaussian of 1.5 pixels, along rows, then along columns."""
    for axis in (1, 0):
        wide = np.pad(image, [(5, 5) if a == axis else (0, 0) for a in (0, 1)], mode="edge")
        n = image.shape[axis]
        image = sum(tap * (wide[k:k + n] if axis == 0 else wide[:, k:k + n]) for k, tap in enumerate(TAPS))
    return image


def halved(image):
    h, w = image.shape
    rows, columns = np.arange((h + 1) // 2) * 2, np.arange((w + 1) // 2) * 2
    rows2, columns2 = np.minimum(rows + 1, h - 1), np.minimum(columns + 1, w - 1)
    a, b = image[rows], image[rows2]
    return (a[:, columns] + a[:, columns2] + b[:, columns] + b[:, columns2]) / f32(4)


def demons(d, gx, gy):
    f = d / (gx * gx + gy * gy + d * d + f32(3e-4))
    return -f * gx, -f * gy


def windows(d, gx, gy):
    q = 1 / (1 + f32(600) * d * d)
    xx, xy, yy, xd, yd = (G(q * p) for p in (gx * gx, gx * gy, gy * gy, gx * d, gy * d))
    x, y = xx + f32(3e-6), yy + f32(3e-6)
    n = x * y - xy * xy
    vx, vy = -(y * xd - xy * yd) / n, -(x * yd - xy * xd) / n
    longer = np.maximum(np.sqrt(vx * vx + vy * vy), f32(1))
    return vx / longer, vy / longer


def search(a, c, t, window, step, finest, coarser):
    t = f32(t)
    pyramid = [(P(a, *window), P(c, *window))]
    while min(pyramid[-1][0].shape) >= 64:
        pyramid.append(tuple(halved(image) for image in pyramid[-1]))
    u = None
    for level in reversed(range(len(pyramid))):
        a, c = pyramid[level]
        if u is None:
            u = [np.zeros_like(a), np.zeros_like(a)]
        else:
            u = [doubled(part, a.shape) for part in u]
        for _ in range(coarser if level else finest):
            ma, mc = L(a, [-t * part for part in u]), L(c, [(1 - t) * part for part in u])
            d, m = mc - ma, (ma + mc) / 2
            wide = np.pad(m, 1, mode="edge")
            gx, gy = (wide[1:-1, 2:] - wide[1:-1, :-2]) / 2, (wide[2:, 1:-1] - wide[:-2, 1:-1]) / 2
            vx, vy = step(d, gx, gy)
            u = [G(u[0] + vy), G(u[1] + vx)]
    return np.stack(u)  # rows, columns


def follow(first, then):
    """first(x) + then(x + first(x))."""
    return first + np.stack([L(part, first) for part in then])


def searched(a, c, t, window, rule):
    """u of each search."""
    if rule == 1:
        return [search(a, c, t, window, demons, 5, 10)]
    return [search(a, c, t, window, demons, 2, 10), search(a, c, t, window, windows, 2, 3)]


def movements(four, t, waypoint, window, rule):
    """back and forth of each search."""
    outer0, a, c, outer1 = four
    if t > 0.5:
        if waypoint:
            waypoint = waypoint[0], 1 - waypoint[1]
        return [way[::-1] for way in movements([outer1, c, a, outer0], 1 - t, waypoint, window, rule)]
    if waypoint:
        w, t1 = waypoint
        s, far = f32(t / t1), searched(w, c, 0, window, rule)
    else:
        far = [u / 2 for u in searched(a, c, 0.5, window, rule)]
        if t == 0.5:
            return [(-half, half) for half in far]
        w, s = registered(four, 0.5, [(-half, half) for half in far], window, rule)["base"], f32(2 * t)
    return [(-s * v, follow((1 - s) * v, on)) for v, on in zip(searched(a, w, s, window, rule), far)]


# --- step 4: the slices of registration --------------------------------------------------------
def spline(f):
    g = 1 - f
    return (-f * g * g / 2, 1 + f * f * (f * 3 / 2 - 5 / 2), 1 + g * g * (g * 3 / 2 - 5 / 2), -f * f * g / 2)


def moved(image, field):
    """Read at x + field, by the taps of the spline along columns and rows."""
    (y, fy), (x, fx) = place(image, field)
    wy, wx = spline(fy), spline(fx)
    rows, columns = ([np.clip(at + k - 1, 0, n - 1) for k in range(4)] for at, n in zip((y, x), image.shape))
    return sum(wy[j] * sum(wx[k] * image[rows[j], columns[k]] for k in range(4)) for j in range(4))


def cubic(four, t):
    a, b, c, d = (weight * p.astype(float) for weight, p in zip(spline(t), four))
    return ((a + d) + (b + c)).astype(f32)


def mixed(four, t, rule):
    s = cubic(four, t)
    if rule == 2:
        _, a, c, _ = four
        line, b = ((1 - t) * a.astype(float) + t * c).astype(f32), f32(4 * t * (1 - t)) * np.abs(a - c)
        s = line + np.clip(s - line, -b, b)
    return s


def registered(four, t, ways, window, rule):
    outer0, a, c, outer1 = four
    by_way = [[moved(outer0, back + (back - forth)), moved(a, back), moved(c, forth),
               moved(outer1, forth + (forth - back))] for back, forth in ways]
    shifted = by_way[0] if rule == 1 else [(p + q) / 2 for p, q in zip(*by_way)]
    s1, s0 = mixed(shifted, t, rule), mixed(four, t, rule)
    d1, d0 = (np.abs(P(p, *window) - P(q, *window)) for p, q in ((shifted[1], shifted[2]), (a, c)))
    for _ in range(3):
        d1, d0 = G(d1), G(d0)
    g1, g0 = (1 / ((d + f32(0.005)) * (d + f32(0.005))) for d in (d1, d0))
    mean = [ways[0][k] if rule == 1 else (ways[0][k] + ways[1][k]) / 2 for k in (0, 1)]
    return {"moved": shifted, "s0": s0, "base": (g1 * s1 + g0 * s0) / (g1 + g0), "known": (a, c), "ways": mean}


# --- steps 5 to 7: the network -----------------------------------------------------------------
def conv(x, layer, stride):
    """(H, W, C); one row and column of zeros around."""
    w, b = layer
    kh, kw, _, out = w.shape
    x = np.pad(x, ((1, 1), (1, 1), (0, 0)))
    h, v = (x.shape[0] - kh) // stride + 1, (x.shape[1] - kw) // stride + 1
    windows = np.concatenate([x[i:i + stride * (h - 1) + 1:stride, j:j + stride * (v - 1) + 1:stride]
                              for i in range(kh) for j in range(kw)], axis=2)
    return (windows.reshape(h * v, -1) @ w.reshape(-1, out)).reshape(h, v, out) + b


def conv_transposed(x, layer):
    w, b = layer
    h, v, channels = x.shape
    y = np.zeros((2 * h + 2, 2 * v + 2, w.shape[3]), f32)
    for i in range(4):
        for j in range(4):
            y[i:i + 2 * h:2, j:j + 2 * v:2] += (x.reshape(h * v, channels) @ w[i, j]).reshape(h, v, -1)
    return y[1:-1, 1:-1] + b


def network(model, x, base, known, ways):
    """One answer, in network units; x is (H, W, 7). `known` and `ways` are of the head that corrects movement."""
    h0, w0 = base.shape
    side = 2 ** model.levels
    edge = ((0, -h0 % side), (0, -w0 % side))
    x, base = np.pad(x, edge + ((0, 0),), mode="edge"), np.pad(base, edge, mode="edge")
    known = [np.pad(p, edge, mode="edge") for p in known]
    ways = [np.pad(u, ((0, 0),) + edge, mode="edge") for u in ways]

    def leaky(v):
        return np.where(v > 0, v, model.slope * v)

    def planes(name, k):
        return x[::k, ::k, -2:] @ model.tensors[name + ".planes.weight"][:, :, 0, 0].T

    h, skip = x, []
    for i in range(model.levels):
        name = f"down.{i}"
        h = conv(h, model.layer(name), 2)
        if i > 0 and (i < model.levels - 1 or model.norm_innermost):
            h = h + planes(name, 2 ** (i + 1))
        h = leaky(h)
        skip.append(h)
    for i in range(model.levels - 1):
        name = f"up.{i}"
        h = conv_transposed(h, model.layer(name, True)) + planes(name, 2 ** (model.levels - 1 - i))
        h = np.concatenate([np.maximum(h, 0), skip[model.levels - 2 - i]], axis=2)
    h = leaky(conv_transposed(h, model.layer("last", True)))
    h = leaky(conv(np.concatenate([h, x], axis=2), model.layer("head.mix"), 1))
    answer = conv(h, model.layer("head.last"), 1)[:, :, 0] + base
    if model.recipe["generator"]["head"] == "movement":
        for name, p, way in zip(("head.a", "head.c"), known, ways):
            d, again, before = (conv(h, model.layer(f"{name}.{part}"), 1)
                                for part in ("movement", "again", "before"))
            further = way + d[:, :, ::-1].transpose(2, 0, 1)  # ours: rows, columns
            answer = (answer + again[:, :, 0] * (moved(p, further) - base)
                      + before[:, :, 0] * (moved(p, way) - base))
    return answer[:h0, :w0]


def corrected(model, slices, t, gap):
    """Steps 5, 6 and 8 without padding: the slice in HU."""
    span = model.high - model.low

    def N(v):
        return (2 * (v.astype(float) - model.low) / span - 1).astype(f32)

    def Nc(v):
        return N(np.clip(v, f32(model.low), f32(model.high)))

    g = f32(model.gain)
    base, plain = Nc(slices["base"]), Nc(slices["s0"])
    four = [Nc(p) for p in slices["moved"]]
    scale = f32(min(max(math.log2(model.gap(gap) / 4) / 2, -2), 2))

    def given(four, t):
        outer0, a, c, outer1 = four
        position, distance = np.full_like(a, 2 * t - 1), np.full_like(a, scale)
        return np.stack([g * (outer0 - a), base, g * (c - a), g * (outer1 - c), g * (plain - base),
                         position, distance], axis=2)

    def answer(x, turned):
        start = N(slices["base"])
        known, ways = [N(p) for p in slices["known"]][::turned], slices["ways"][::turned]
        return network(model, x, start, known, ways)

    result = (answer(given(four, t), 1).astype(float) + answer(given(four[::-1], 1 - t), -1)) / 2
    return ((result.astype(f32).astype(float) + 1) * span / 2 + model.low).astype(f32)


# --- steps 1, 2, 8 and 9 -----------------------------------------------------------------------
class Scan:
    def __init__(self, path, axis=None):
        image = nibabel.load(path)
        self.stored = np.asarray(image.dataobj.get_unscaled())
        self.slope, self.intercept = float(image.dataobj.slope), float(image.dataobj.inter)
        zooms = image.header.get_zooms()
        self.axis = max(range(3), key=lambda i: (zooms[i], i)) if axis is None else axis
        self.gap = float(np.linalg.norm(image.affine[:3, self.axis]))
        self.slices = self.stored.shape[self.axis]

    def stored_slice(self, k):
        return np.take(self.stored, k, axis=self.axis).T

    def hu(self, stored):
        return (self.slope * stored.astype(float) + self.intercept).astype(f32)

    def store(self, hu):
        value = (hu.astype(float) - self.intercept) / self.slope
        kind = self.stored.dtype
        if kind.kind == "f":
            return value.astype(kind)
        return np.clip(np.rint(value), np.iinfo(kind).min, np.iinfo(kind).max).astype(kind)


def clamped(hu):
    return np.clip(hu, f32(-1024), f32(3071))


def made_slice(model, method, four, t, gap, waypoint=None):
    """Steps 3 to 8, from four slices as they were read; waypoint is a slice and its t."""
    _, a, c, _ = four
    known = [clamped(p) for p in four]
    if method == "nearest":
        v = known[1] if t <= 0.5 else known[2]
    elif method == "linear":
        v = (1 - t) * known[1].astype(float) + t * known[2]
    elif method == "cubic":
        v = cubic(known, t)
    else:
        rule = FREE_RULE if method == "registered" else 2 if model.recipe["registration"] == 2 else 1
        slices = registered(known, t, movements(known, t, waypoint, WINDOW, rule), WINDOW, rule)
        v = slices["base"] if method == "registered" else corrected(model, slices, t, gap)
    padding = (a < -1024) & (c < -1024)
    return np.where(padding, np.where(a == c, a, (1 - t) * a.astype(float) + t * c), v).astype(f32)


def cut(p, q):
    """The slices that a pass makes in a piece, and the pieces after it."""
    middles = sorted({(p + q) // 2, (p + q + 1) // 2}) if q - p > 1 else []
    ends = [p] + middles + [q]
    return middles, list(zip(ends, ends[1:])) if middles else []


def waypoints(n):
    """Step 2: (slice, waypoint or None) in the order in which the slices of a gap are made."""
    order, pieces = [], [(0, n)]
    while pieces:
        p, q = pieces.pop(0)
        middles, after = cut(p, q)
        order += [(k, q if k < n - k and q != n else p if k > n - k and p != 0 else None) for k in middles]
        pieces += after
    return order


def predict(scan, model, n, method):
    """{index in the output: stored slice} for all slices that the program makes."""
    raw = [scan.hu(scan.stored_slice(k)) for k in range(scan.slices)]
    made = {}
    for k in range(scan.slices - 1):
        four = [raw[max(k - 1, 0)], raw[k], raw[k + 1], raw[min(k + 2, scan.slices - 1)]]
        for part, way in waypoints(n):
            waypoint = None
            if method == "model" and scan.gap > 8 and way is not None:
                waypoint = clamped(scan.hu(made[k * n + way])), way / n
            made[k * n + part] = scan.store(made_slice(model, method, four, part / n, scan.gap, waypoint))
    return made


def predict_in_passes(scan, model, n):
    """The same for --in-passes."""
    known = {k * n: scan.hu(scan.stored_slice(k)) for k in range(scan.slices)}
    step, last = scan.gap / n, (scan.slices - 1) * n
    made, pieces = {}, [(k, k + n) for k in range(0, last, n)]

    def outer(inner, way, gap):
        k = inner + way
        while 0 <= k <= last:
            d = abs(k - inner) * step
            if k in known and d <= 1.5 * gap * (1 + 1e-6) and gap <= 1.5 * d * (1 + 1e-6):
                return known[k]
            if k in known and d > gap:
                break
            k += way
        return known[inner]

    while pieces:
        fresh, after = {}, []
        for p, q in pieces:
            gap = (q - p) * step
            four = [outer(p, -1, gap), known[p], known[q], outer(q, 1, gap)]
            middles, smaller = cut(p, q)
            after += smaller
            for k in middles:
                fresh[k] = scan.store(made_slice(model, "model", four, (k - p) / (q - p), gap))
        made.update(fresh)
        known.update({k: scan.hu(v) for k, v in fresh.items()})
        pieces = after
    return made
