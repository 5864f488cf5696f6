// Slices of three planes on a plain canvas: without WebGL2, and where a processor does the work of a
// GPU, since this is much faster there. A picture is made anew only if it shows something else.
import type { Volume } from "./data";
import { anatomy, spacing, type Voxel } from "./geometry";
import { Palette } from "./palette";
import { tilesOf, type Look, type Plane, type Renderer } from "./renderer";

/** The axes of a plane on the screen: patient's right on the left, head or front at the top, and
 *  the nose of a sagittal plane on the left. World axes 0 right, 1 front, 2 head; the sign says
 *  which way the world axis runs on the screen, to the right and downwards. The letters say, as DICOM
 *  does, what is on the left and at the top. */
const kScreen: Record<Plane, { across: number; acrossSign: number; down: number; letters: [string, string] }> = {
  axial: { across: 0, acrossSign: -1, down: 1, letters: ["R", "A"] },
  coronal: { across: 0, acrossSign: -1, down: 2, letters: ["R", "S"] },
  sagittal: { across: 1, acrossSign: -1, down: 2, letters: ["A", "S"] },
};

interface Drawn {
  plane: Plane | "volume";
  left: number; // of the picture in pixels of the canvas
  top: number;
  width: number;
  height: number;
  tile: [number, number, number, number];
}

interface Axis {
  axis: number;
  flip: boolean;
  n: number;
}

/** A plane as it was drawn last. */
interface Picture {
  canvas: HTMLCanvasElement;
  pixels: ImageData;
  slice: number;
  palette: Palette | null;
}

/** What may draw the volume rendering, on demand: a text for the button, and what makes it. */
export interface VolumeOffer {
  text: string;
  make(): Promise<Renderer>;
}

export class PlainRenderer implements Renderer {
  private readonly canvas = document.createElement("canvas");
  private readonly axes: { axis: number; sign: number }[];
  private readonly spacing: [number, number, number];
  private voxel: Voxel;
  private look: Look | null = null;
  private drawn: Drawn[] = [];
  private palette: Palette;
  private readonly pictures = new Map<Plane, Picture>();
  private readonly button: HTMLButtonElement | null = null;
  private rendering: Renderer | null = null; // of the volume

  constructor(
    private readonly pane: HTMLElement,
    private readonly volume: Volume,
    errors: Volume | null,
    private readonly noVolume: string,
    offer: VolumeOffer | null = null,
  ) {
    this.canvas.className = "plain";
    this.canvas.setAttribute("aria-hidden", "true");
    pane.prepend(this.canvas);
    this.axes = anatomy(volume.info);
    this.spacing = spacing(volume.info);
    this.voxel = volume.info.size.map((n) => Math.floor(n / 2)) as Voxel;
    this.palette = new Palette(volume, errors);
    if (offer === null) return;
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.className = "offer";
    this.button.textContent = offer.text;
    this.button.addEventListener("click", () => void this.accept(offer));
    pane.append(this.button);
  }

  private async accept(offer: VolumeOffer) {
    this.button!.disabled = true;
    this.rendering = await offer.make();
    this.button!.remove();
    if (this.look !== null) this.rendering.setLook(this.look);
    this.draw();
  }

  show(voxel: Voxel) {
    this.voxel = voxel;
    this.draw();
  }

  setLook(look: Look) {
    this.look = { ...look, overlay: { ...look.overlay } };
    this.palette = this.palette.withLook(look);
    this.rendering?.setLook(look);
    this.draw();
  }

  resize() {
    this.rendering?.resize();
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
      const set = (a: Axis, part: number) => {
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
    const of = (world: number, sign: number): Axis => {
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
    if (this.button !== null) this.button.hidden = true;
    for (const t of tilesOf(this.look.layout)) {
      const tile: Drawn["tile"] = [t.left * width, t.top * height, t.width * width, t.height * height];
      if (t.plane === "volume") {
        if (this.button === null) this.say(context, tile, ratio);
        else this.place(this.button, tile, ratio);
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

  private place(button: HTMLElement, [l, t, w, h]: Drawn["tile"], ratio: number) {
    button.hidden = false;
    button.style.left = `${(l + w / 2) / ratio}px`;
    button.style.top = `${(t + h / 2) / ratio}px`;
    button.style.maxWidth = `${(0.9 * w) / ratio}px`;
  }

  private drawPlane(
    context: CanvasRenderingContext2D,
    plane: Plane,
    tile: Drawn["tile"],
    ratio: number,
  ) {
    const { across, down } = this.axesOf(plane);
    const picture = this.picture(plane, across, down);
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
    if (this.volume.info.oriented) this.letters(context, d, ratio);
    this.drawn.push(d);
  }

  private letters(context: CanvasRenderingContext2D, d: Drawn, ratio: number) {
    if (d.plane === "volume") return;
    const [left, top] = kScreen[d.plane].letters;
    context.fillStyle = "#cccccc";
    context.font = `${14 * ratio}px sans-serif`;
    context.textBaseline = "middle";
    context.textAlign = "left";
    context.fillText(left, d.tile[0] + 4 * ratio, d.tile[1] + d.tile[3] / 2);
    context.textAlign = "center";
    context.fillText(top, d.tile[0] + d.tile[2] / 2, Math.max(d.top, d.tile[1]) + 9 * ratio);
  }

  private picture(plane: Plane, across: Axis, down: Axis): HTMLCanvasElement {
    const slice = this.voxel[3 - across.axis - down.axis]!;
    let p = this.pictures.get(plane);
    if (p === undefined) {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [across.n, down.n];
      p = { canvas, pixels: new ImageData(across.n, down.n), slice: -1, palette: null };
      this.pictures.set(plane, p);
    }
    if (p.slice === slice && p.palette === this.palette) return p.canvas;
    [p.slice, p.palette] = [slice, this.palette];
    this.paint(new Uint32Array(p.pixels.data.buffer), slice, across, down);
    p.canvas.getContext("2d")!.putImageData(p.pixels, 0, 0);
    return p.canvas;
  }

  private paint(out: Uint32Array, slice: number, across: Axis, down: Axis) {
    const [w, h] = this.volume.info.size;
    const strides = [1, w, w * h];
    const start = slice * strides[3 - across.axis - down.axis]!;
    const step = (across.flip ? -1 : 1) * strides[across.axis]!;
    for (let y = 0; y < down.n; ++y) {
      const j = down.flip ? down.n - 1 - y : y;
      const row = start + j * strides[down.axis]!;
      const first = row + (across.flip ? (across.n - 1) * strides[across.axis]! : 0);
      this.palette.paint(out, y * across.n, across.n, first, step);
    }
  }

  private cross(
    context: CanvasRenderingContext2D,
    d: Drawn,
    across: Axis,
    down: Axis,
    ratio: number,
  ) {
    const at = (a: Axis) => {
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
