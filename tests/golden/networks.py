"""The two networks and the training step once more, in PyTorch, as an independent witness.

Written from the papers (Isola, Zhu, Zhou, Efros 2017, section 6.1; Ioffe & Szegedy 2015; Ulyanov,
Vedaldi, Lempitsky 2016) and from the contracts in models/*.h with torch.nn alone; it shares no code
with the C++. Parameters have the names of our model files, so tensors map one to one. Images are
NCHW here and NHWC in the files: see to_nchw and to_nhwc.

Used by make_golden.py and peer_losses.py; not a program.
"""

import json
import struct

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

DTYPES = {"F32": "<f4", "F64": "<f8"}


class BatchNorm(nn.BatchNorm2d):
    """torch.nn.BatchNorm2d, which refuses to train on one value per channel; ours answers with the
    shift, and the running variance follows 0."""

    def forward(self, x):
        if self.training and x.numel() == x.shape[1]:
            with torch.no_grad():
                self.running_mean.lerp_(x.flatten(), self.momentum)
                self.running_var.mul_(1 - self.momentum)
            w, b = self.weight, self.bias
            return torch.batch_norm(x, w, b, None, None, True, 0.0, self.eps, False)
        return super().forward(x)


class Nothing(nn.Module):
    def forward(self, x):
        return x


def make_norm(kind, channels, eps):
    if kind == "batch":
        return BatchNorm(channels, eps=eps, momentum=0.01)  # Keras calls this momentum 0.99
    if kind == "instance":
        return nn.InstanceNorm2d(channels, eps=eps, affine=True)
    return Nothing()


class Level(nn.Module):
    """A convolution and what normalises it; the convolution has a bias only if nothing does."""

    def __init__(self, conv, cin, cout, kernel, stride, norm, eps, planes=0):
        super().__init__()
        self.conv = conv(cin, cout, kernel, stride, 1, bias=norm is None)
        self.norm = make_norm(norm, cout, eps)
        if planes and norm:
            self.planes = nn.Conv2d(planes, cout, 1, bias=False)

    def forward(self, x, image=None):
        """image: what the generator was given; its last channels are the planes."""
        h = self.norm(self.conv(x))
        if not hasattr(self, "planes"):
            return h
        step = image.shape[2] // h.shape[2]
        return h + self.planes(image[:, -self.planes.in_channels:, ::step, ::step])


def taps(start, by, size):
    """Pixels around the places start + by on a line, their weights (docs/learn/ops/warp2d.md)."""
    place = start + by
    free = (place > 0) & (place < size - 1)
    place = torch.where(free, place, place.detach().clamp(0, size - 1))
    near = place.detach().floor()
    t = place - near
    s = 1 - t
    weights = (-t * s * s / 2, 1 + t * t * (1.5 * t - 2.5), 1 + s * s * (1.5 * s - 2.5), -t * t * s / 2)
    return [((near + k - 1).clamp(0, size - 1).long(), w) for k, w in enumerate(weights)]


def moved(image, by):
    """image (N,1,H,W) read at each pixel's place plus `by` (N,2,H,W), to the right and down."""
    n, _, h, w = image.shape
    rows = taps(torch.arange(h, dtype=by.dtype)[:, None], by[:, 1], h)
    columns = taps(torch.arange(w, dtype=by.dtype), by[:, 0], w)
    values = image.reshape(n, h * w)
    return sum(wy * wx * values.gather(1, (y * w + x).reshape(n, -1)).reshape(n, h, w)
               for y, wy in rows for x, wx in columns)[:, None]


class Generator(nn.Module):
    def __init__(self, levels, width, cin, norm, eps, slope, norm_innermost, head_channels=0,
                 cout=1, planes=0, movement=False):
        """head_channels 0: the tanh head. Otherwise the residual head with so many channels, or the
        head that corrects movement (docs/audit/predictor.md)."""
        super().__init__()
        self.slope = slope
        widths = [width * min(2**i, 8) for i in range(levels)]
        down = []
        for i in range(levels):
            has_norm = i > 0 and (i < levels - 1 or norm_innermost)
            before = widths[i - 1] if i else cin
            down.append(Level(nn.Conv2d, before, widths[i], 4, 2, norm if has_norm else None, eps,
                              planes))
        up = []
        for i in reversed(range(1, levels)):
            before = widths[i] if i == levels - 1 else 2 * widths[i]
            up.append(Level(nn.ConvTranspose2d, before, widths[i - 1], 4, 2, norm, eps,
                            planes))
        self.down, self.up = nn.ModuleList(down), nn.ModuleList(up)
        self.last = nn.ConvTranspose2d(2 * width, head_channels or cout, 4, 2, 1)
        if head_channels:
            self.head = nn.ModuleDict({
                "mix": nn.Conv2d(head_channels + cin, head_channels, 3, 1, 1),
                "last": nn.Conv2d(head_channels, cout, 3, 1, 1),
            })
            for name in ("a", "c") if movement else ():
                self.head[name] = nn.ModuleDict({
                    part: nn.Conv2d(head_channels, channels, 3, 1, 1)
                    for part, channels in (("movement", 2), ("again", 1), ("before", 1))})
        else:
            self.head = None

    def forward(self, x, base=None):
        features, h = [], x
        for level in self.down:
            h = F.leaky_relu(level(h, x), self.slope)
            features.append(h)
        skips = features[:-1]
        for level in self.up:
            h = torch.cat([F.relu(level(h, x)), skips.pop()], dim=1)
        h = self.last(h)
        if self.head is None:
            return torch.tanh(h)
        h = torch.cat([F.leaky_relu(h, self.slope), x], dim=1)
        h = F.leaky_relu(self.head["mix"](h), self.slope)
        if "a" not in self.head:
            return base + self.head["last"](h)
        start = base[:, :1]
        answer = start + self.head["last"](h)
        for name, image, by in (("a", base[:, 1:2], base[:, 3:5]), ("c", base[:, 2:3], base[:, 5:7])):
            head = self.head[name]
            answer = (answer + head["again"](h) * (moved(image, by + head["movement"](h)) - start)
                      + head["before"](h) * (moved(image, by) - start))
        return answer


class Discriminator(nn.Module):
    def __init__(self, cin, width, stride2, stride1, norm, eps, slope, last_padding):
        """last_padding: (left, right, top, bottom), as F.pad takes it."""
        super().__init__()
        self.slope, self.last_padding = slope, last_padding
        levels = []
        for i in range(stride2 + stride1):
            cout = width * min(2**i, 8)
            stride = 2 if i < stride2 else 1
            levels.append(Level(nn.Conv2d, cin, cout, 4, stride, norm if i else None, eps))
            cin = cout
        self.level = nn.ModuleList(levels)
        self.last = nn.Conv2d(cin, 1, 4)

    def forward(self, image, condition):
        h = torch.cat([image, condition], dim=1)
        for level in self.level:
            h = F.leaky_relu(level(h), self.slope)
        return self.last(F.pad(h, self.last_padding))


def judged(kind, logits, label):
    """How far logits are from a label: cross-entropy, or the square (Mao et al. 2017)."""
    labels = torch.full_like(logits, label)
    if kind == "vanilla":
        return F.binary_cross_entropy_with_logits(logits, labels)
    return F.mse_loss(logits, labels)


class Trainer:
    """One step = one forward of G, D on the fake and D on the truth; the gradients of both losses
    from it; then one Adam step of each network."""

    def __init__(self, g, d, loss, l1_weight, adversarial_weight, discriminator_weight, rates,
                 betas, eps, bone_shift_weight=0):
        self.g, self.d, self.loss = g, d, loss
        self.l1_weight = l1_weight
        self.bone_shift_weight = bone_shift_weight
        self.adversarial_weight = adversarial_weight
        self.discriminator_weight = discriminator_weight
        self.adam_g = torch.optim.Adam(g.parameters(), rates[0], betas, eps)
        self.adam_d = torch.optim.Adam(d.parameters(), rates[1], betas, eps)

    def step(self, x, base, truth, bone=None):
        """bone: 1 where a shift is weighed, else 0. Losses (generator, l1, adversarial, real, fake); images and logits go to self.seen."""
        g, d = self.g, self.d
        on_real = d(truth, x)  # before the fake: running statistics see the order
        fake = g(x, base)
        l1 = F.l1_loss(fake, truth)
        on_fake = d(fake, x)
        real, caught = judged(self.loss, on_real, 1.0), judged(self.loss, on_fake, 0.0)
        fooled = judged(self.loss, on_fake, 1.0)
        loss_d = self.discriminator_weight * (real + caught)
        loss_g = self.adversarial_weight * fooled + self.l1_weight * l1
        if bone is not None:
            loss_g = loss_g + self.bone_shift_weight * (bone * (fake - truth)).mean().abs()

        grads_d = torch.autograd.grad(loss_d, list(d.parameters()), retain_graph=True)
        dfake, *grads_g = torch.autograd.grad(loss_g, [fake, *g.parameters()])
        for network, grads in ((g, grads_g), (d, grads_d)):
            for p, grad in zip(network.parameters(), grads):
                p.grad = grad
        self.adam_g.step()
        self.adam_d.step()
        self.seen = {"fake": fake, "on_fake": on_fake, "on_real": on_real, "dfake": dfake}
        return [v.item() for v in (loss_g, l1, fooled, real, caught)]


def named(network):
    """Everything that a model file holds: name -> array."""
    return {k: v.detach().numpy() for k, v in network.state_dict().items()
            if not k.endswith("num_batches_tracked")}


def gradients(network):
    return {k: p.grad.numpy() for k, p in network.named_parameters()}


def to_nhwc(t):
    return np.ascontiguousarray(t.detach().permute(0, 2, 3, 1).numpy())


def to_nchw(array):
    return torch.from_numpy(np.ascontiguousarray(np.transpose(array, (0, 3, 1, 2))))


def write_safetensors(path, metadata, arrays):
    header, offset = {"__metadata__": metadata}, 0
    for name, a in arrays.items():
        header[name] = {"dtype": "F64", "shape": list(a.shape),
                        "data_offsets": [offset, offset + a.size * 8]}
        offset += a.size * 8
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for a in arrays.values():
            f.write(np.ascontiguousarray(a, dtype="<f8").tobytes())


def read_safetensors(path, prefix=""):
    """Arrays whose names start with `prefix`, without it."""
    with open(path, "rb") as f:
        (length,) = struct.unpack("<Q", f.read(8))
        header = json.loads(f.read(length))
        arrays = {}
        for name, entry in header.items():
            if name == "__metadata__" or not name.startswith(prefix):
                continue
            begin, end = entry["data_offsets"]
            f.seek(8 + length + begin)
            values = np.frombuffer(f.read(end - begin), dtype=DTYPES[entry["dtype"]])
            arrays[name[len(prefix):]] = values.reshape(entry["shape"]).copy()
    return arrays
