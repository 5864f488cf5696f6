// Colours of stored values by tables, for the plain canvas: grey by the window, and over it the
// colours of the expected error.
import type { Volume } from "./data";
import { heatColour, heatOpacity, type Look } from "./renderer";

const kStored = 65536; // 16-bit values
const kOpaque = 0xff000000; // pixels are 32-bit words: alpha, blue, green, red

/** What a palette depends on. */
function keyOf(look: Look): string {
  const o = look.overlay;
  return [look.low, look.high, ...(o.visible ? [o.highest, o.opacity] : [])].join();
}

export class Palette {
  private readonly grey = new Uint8Array(kStored); // of stored value + 32768
  private readonly weight = new Float32Array(kStored); // of the error's colour, 0 to 1
  private readonly heat = new Uint8Array(3 * kStored);
  private overlaid = false;

  constructor(
    private readonly volume: Volume,
    private readonly errors: Volume | null,
    private readonly key = "",
  ) {}

  /** This one if it has the colours of the look, else another. */
  withLook(look: Look): Palette {
    const key = keyOf(look);
    if (key === this.key) return this;
    const p = new Palette(this.volume, this.errors, key);
    const { slope, intercept } = this.volume;
    const gain = 255 / Math.max(look.high - look.low, 1e-6);
    for (let v = 0; v < kStored; ++v) {
      const grey = (slope * (v - kStored / 2) + intercept - look.low) * gain;
      p.grey[v] = Math.min(Math.max(Math.round(grey), 0), 255);
    }
    if (this.errors !== null && look.overlay.visible) p.fillHeat(this.errors, look);
    return p;
  }

  /** An error of 0 or less has no colour. */
  private fillHeat(errors: Volume, look: Look) {
    this.overlaid = true;
    for (let v = kStored / 2 + 1; v < kStored; ++v) {
      const hu = errors.slope * (v - kStored / 2) + errors.intercept;
      const part = hu / look.overlay.highest;
      this.weight[v] = look.overlay.opacity * heatOpacity(part);
      this.heat.set(heatColour(part), 3 * v);
    }
  }

  /** Paints `n` pixels from out[to] on, of the voxels first, first + step, ... */
  paint(out: Uint32Array, to: number, n: number, first: number, step: number) {
    const { grey } = this;
    const { stored } = this.volume;
    const half = kStored / 2;
    if (!this.overlaid) {
      for (let x = 0, at = first; x < n; ++x, at += step) {
        out[to + x] = kOpaque | (0x010101 * grey[stored[at]! + half]!);
      }
      return;
    }
    const errors = this.errors!.stored;
    const { weight, heat } = this;
    for (let x = 0, at = first; x < n; ++x, at += step) {
      const g = grey[stored[at]! + half]!;
      const e = errors[at]! + half;
      const a = weight[e]!;
      const mixed = (c: number) => a * heat[3 * e + c]! + (1 - a) * g;
      out[to + x] = a === 0 ? kOpaque | (0x010101 * g) : kOpaque | (mixed(2) << 16) | (mixed(1) << 8) | mixed(0);
    }
  }
}
