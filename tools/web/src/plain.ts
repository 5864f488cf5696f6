// Slices of three planes on a plain canvas, for browsers without WebGL2.
import type { Volume } from "./data";
import { anatomy, spacing, type Voxel } from "./geometry";
import { heatColour, heatOpacity, tilesOf, type Look, type Plane, type Renderer } from "./renderer";

/** The axes of a plane on the screen: patient's right on the left, head or front at the top, and
 *  the nose of a sagittal plane on the left. World axes 0 right, 1 front, 2 head; the sign says
 *  which way the world axis runs on the screen, to the right and downwards. */
const kScreen: Record<Plane, { across: number; acrossSign: number; down: number }> = {
  axial: { across: 0, acrossSign: -1, down: 1 },
  coronal: { across: 0, acrossSign: -1, down: 2 },
  sagittal: { across: 1, acrossSign: -1, down: 2 },
};

interface Drawn {
  plane: Plane | "volume";
  left: number; // of the picture in pixels of the canvas
  top: number;
  width: number;
  height: number;
  tile: [number, number, number, number];
}

export class PlainRenderer implements Renderer {
  private readonly canvas = document.createElement("canvas");
  private readonly axes: { axis: number; sign: number }[];
  private readonly spacing: [number, number, number];
  private voxel: Voxel;
  private look: Look | null = null;
  private drawn: Drawn[] = [];

  constructor(
    private readonly pane: HTMLElement,
    private readonly volume: Volume,
    private readonly errors: Volume | null,
    private readonly noVolume: string,
  ) {
    this.canvas.className = "plain";
    this.canvas.setAttribute("aria-hidden", "true");
    pane.prepend(this.canvas);
    this.axes = anatomy(volume.info);
    this.spacing = spacing(volume.info);
    this.voxel = volume.info.size.map((n) => Math.floor(n / 2)) as Voxel;
  }

  show(voxel: Voxel) {
    this.voxel = voxel;
    this.draw();
  }

  setLook(look: Look) {
    this.look = { ...look, overlay: { ...look.overlay } };
    this.draw();
  }

  resize() {
    this.draw();
  }

  locate(x: number, y: number): { plane: Plane; voxel: Voxel } | "volume" | null {
    const ratio = window.devicePixelRatio || 1;
    const [px, py] = [x * ratio, y * ratio];
    for (const d of this.drawn) {
      const [l, t, w, h] = d.tile;
      if (px < l || py < t || px >= l + w || py >= t + h) continue;
      if (d.plane === "volume") return "volume";
      const voxel: Voxel = [...this.voxel];
      const { across, down } = this.axesOf(d.plane);
      const set = (a: { axis: number; flip: boolean; n: number }, part: number) => {
        const at = Math.floor(Math.min(Math.max(part, 0), 0.999999) * a.n);
        voxel[a.axis] = a.flip ? a.n - 1 - at : at;
      };
      set(across, (px - d.left) / d.width);
      set(down, (py - d.top) / d.height);
      return { plane: d.plane, voxel };
    }
    return null;
  }

  private axesOf(plane: Plane) {
    const s = kScreen[plane];
    const of = (world: number, sign: number) => {
      const a = this.axes[world]!;
      return { axis: a.axis, flip: a.sign * sign < 0, n: this.volume.info.size[a.axis]! };
    };
    return { across: of(s.across, s.acrossSign), down: of(s.down, -1) };
  }

  private draw() {
    if (this.look === null) return;
    const ratio = window.devicePixelRatio || 1;
    const width = Math.max(1, Math.round(this.pane.clientWidth * ratio));
    const height = Math.max(1, Math.round(this.pane.clientHeight * ratio));
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    const context = this.canvas.getContext("2d")!;
    context.fillStyle = "black";
    context.fillRect(0, 0, width, height);
    this.drawn = [];
    for (const t of tilesOf(this.look.layout)) {
      const tile: Drawn["tile"] = [t.left * width, t.top * height, t.width * width, t.height * height];
      if (t.plane === "volume") {
        this.say(context, tile, ratio);
        this.drawn.push({ plane: "volume", left: 0, top: 0, width: 1, height: 1, tile });
      } else {
        this.drawPlane(context, t.plane, tile, ratio);
      }
    }
  }

  private say(context: CanvasRenderingContext2D, [l, t, w, h]: Drawn["tile"], ratio: number) {
    context.fillStyle = "#cccccc";
    context.font = `${13 * ratio}px sans-serif`;
    context.textAlign = "center";
    context.fillText(this.noVolume, l + w / 2, t + h / 2, w * 0.95);
  }

  private drawPlane(
    context: CanvasRenderingContext2D,
    plane: Plane,
    tile: Drawn["tile"],
    ratio: number,
  ) {
    const { across, down } = this.axesOf(plane);
    const picture = this.picture(across, down);
    const wide = across.n * this.spacing[across.axis]!;
    const high = down.n * this.spacing[down.axis]!;
    const margin = 4 * ratio;
    const scale = Math.min((tile[2] - 2 * margin) / wide, (tile[3] - 2 * margin) / high);
    const d: Drawn = {
      plane,
      width: wide * scale,
      height: high * scale,
      left: tile[0] + (tile[2] - wide * scale) / 2,
      top: tile[1] + (tile[3] - high * scale) / 2,
      tile,
    };
    context.imageSmoothingEnabled = this.look!.smooth;
    context.drawImage(picture, d.left, d.top, d.width, d.height);
    this.cross(context, d, across, down, ratio);
    this.drawn.push(d);
  }

  private picture(
    across: { axis: number; flip: boolean; n: number },
    down: { axis: number; flip: boolean; n: number },
  ): HTMLCanvasElement {
    const look = this.look!;
    const [w, h] = this.volume.info.size;
    const strides = [1, w, w * h];
    const rest = 3 - across.axis - down.axis;
    const start = this.voxel[rest]! * strides[rest]!;
    const canvas = document.createElement("canvas");
    canvas.width = across.n;
    canvas.height = down.n;
    const context = canvas.getContext("2d")!;
    const image = context.createImageData(across.n, down.n);
    const { stored, slope, intercept } = this.volume;
    const gain = 255 / Math.max(look.high - look.low, 1e-6);
    const shown = this.errors !== null && look.overlay.visible ? this.errors : null;
    let out = 0;
    for (let y = 0; y < down.n; ++y) {
      const j = down.flip ? down.n - 1 - y : y;
      for (let x = 0; x < across.n; ++x) {
        const i = across.flip ? across.n - 1 - x : x;
        const at = start + i * strides[across.axis]! + j * strides[down.axis]!;
        const grey = (slope * stored[at]! + intercept - look.low) * gain;
        let colour: [number, number, number] = [grey, grey, grey];
        if (shown !== null && shown.stored[at]! > 0) {
          const hu = shown.slope * shown.stored[at]! + shown.intercept;
          const part = hu / look.overlay.highest;
          const a = look.overlay.opacity * heatOpacity(part);
          colour = heatColour(part).map(
            (c) => a * c + (1 - a) * Math.min(Math.max(grey, 0), 255),
          ) as [number, number, number];
        }
        image.data[out] = colour[0]; // clamped by the array
        image.data[out + 1] = colour[1];
        image.data[out + 2] = colour[2];
        image.data[out + 3] = 255;
        out += 4;
      }
    }
    context.putImageData(image, 0, 0);
    return canvas;
  }

  private cross(
    context: CanvasRenderingContext2D,
    d: Drawn,
    across: { axis: number; flip: boolean; n: number },
    down: { axis: number; flip: boolean; n: number },
    ratio: number,
  ) {
    const at = (a: { axis: number; flip: boolean; n: number }) => {
      const v = this.voxel[a.axis]!;
      return ((a.flip ? a.n - 1 - v : v) + 0.5) / a.n;
    };
    const x = d.left + at(across) * d.width;
    const y = d.top + at(down) * d.height;
    context.strokeStyle = "rgba(255, 80, 80, 0.8)";
    context.lineWidth = ratio;
    context.beginPath();
    context.moveTo(x, d.top);
    context.lineTo(x, d.top + d.height);
    context.moveTo(d.left, y);
    context.lineTo(d.left + d.width, y);
    context.stroke();
  }
}
