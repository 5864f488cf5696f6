// NiiVue draws the volume and three planes by WebGL2. It gets the whole volume once; moving the
// cursor then draws three planes. The volume rendering takes long in software, so it is drawn when
// its own look changes, and a copy stays on a canvas over its tile. It can also draw the volume alone,
// for a pane whose planes a plain canvas shows.
import { Niivue, NVImage, SLICE_TYPE } from "@niivue/niivue";
import type { Volume } from "./data";
import type { Voxel } from "./geometry";
import { heatColour, heatOpacity, tilesOf, type Look, type Plane, type Renderer, type Tile } from "./renderer";

const kSliceType: Record<Tile["plane"], SLICE_TYPE> = {
  axial: SLICE_TYPE.AXIAL,
  coronal: SLICE_TYPE.CORONAL,
  sagittal: SLICE_TYPE.SAGITTAL,
  volume: SLICE_TYPE.RENDER,
};
const kPlaneOf: Record<number, Plane> = {
  [SLICE_TYPE.AXIAL]: "axial",
  [SLICE_TYPE.CORONAL]: "coronal",
  [SLICE_TYPE.SAGITTAL]: "sagittal",
};
const kHeatMap = "ct2ct-heat";
const kHeatSteps = 7;

/** Of its twenty parameters these have no useful default. */
const imageOf = NVImage.new.bind(NVImage) as unknown as (
  file: ArrayBuffer,
  name: string,
  colours: string,
  opacity: number,
) => Promise<NVImage>;

// NiiVue would look through all voxels for a window. The page has one.
NVImage.prototype.calMinMax = function () {
  const { scl_slope: slope, scl_inter: intercept } = this.hdr!;
  this.cal_min = this.robust_min = this.global_min = intercept - 32768 * slope;
  this.cal_max = this.robust_max = this.global_max = intercept + 32767 * slope;
  return [this.cal_min, this.cal_max, this.cal_min, this.cal_max];
};

type Customs = Parameters<Niivue["setCustomLayout"]>[0];

/** Why WebGL2 cannot show volumes of these sizes here: a key of texts.ts, with its number; or null. */
export function whatWebGlLacks(
  volumes: Volume[],
): { why: "noWebGl" | "tooWide"; most?: number } | null {
  const gl = document.createElement("canvas").getContext("webgl2");
  if (gl === null) return { why: "noWebGl" };
  const most = gl.getParameter(gl.MAX_3D_TEXTURE_SIZE) as number;
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  const widest = Math.max(...volumes.flatMap((v) => v.info.size));
  return widest > most ? { why: "tooWide", most } : null;
}

/** Whether a processor does the work of a GPU. */
export function drawsInSoftware(): boolean {
  const gl = document.createElement("canvas").getContext("webgl2");
  const about = gl?.getExtension("WEBGL_debug_renderer_info");
  const name = about ? String(gl!.getParameter(about.UNMASKED_RENDERER_WEBGL)) : "";
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  return /swiftshader|llvmpipe|softpipe|software|basic render/i.test(name);
}

function customs(tiles: Tile[]): Customs {
  return tiles.map((t) => ({
    sliceType: kSliceType[t.plane],
    position: [t.left, t.top, t.width, t.height],
  }));
}

/** Whether the GPU can keep its colours of all voxels. */
function sameColours(a: Look, b: Look): boolean {
  const [o, p] = [a.overlay, b.overlay];
  return (
    a.low === b.low &&
    a.high === b.high &&
    a.smooth === b.smooth &&
    o.visible === p.visible &&
    o.highest === p.highest &&
    o.opacity === p.opacity
  );
}

export class NiivueRenderer implements Renderer {
  private readonly canvas = document.createElement("canvas");
  private readonly copy = document.createElement("canvas"); // of the volume rendering
  private readonly nv: Niivue;
  private errors: NVImage | null = null;
  private look: Look | null = null;
  private drawn: Look | null = null; // whose colours the GPU has
  private voxel: Voxel | null = null;
  private volumeTimer = 0;
  private ready = false;

  private constructor(
    private readonly pane: HTMLElement,
    private readonly volume: Volume,
    private readonly volumeAlone: boolean,
  ) {
    this.canvas.className = volumeAlone ? "niivue unseen" : "niivue";
    this.copy.className = "volume";
    for (const c of [this.copy, this.canvas]) {
      c.setAttribute("aria-hidden", "true");
      pane.prepend(c);
    }
    const oriented = volume.info.oriented;
    this.nv = new Niivue({
      interactive: false,
      dragAndDropEnabled: false,
      isResizeCanvas: false,
      isRadiologicalConvention: true,
      sagittalNoseLeft: true,
      isOrientationTextVisible: oriented,
      isNearestInterpolation: true,
      crosshairColor: [1, 0.3, 0.3, 0.8],
      crosshairWidth: 0.4,
      crosshairWidthUnit: "percent",
      show3Dcrosshair: false,
      renderOverlayBlend: 0, // the volume shows the scan alone
      backColor: [0, 0, 0, 1],
      fontColor: [0.8, 0.8, 0.8, 1],
      fontMinPx: 14,
      tileMargin: 4,
      logLevel: "silent",
      isSliceMM: false,
    });
    this.nv.addColormap(kHeatMap, {
      ...["R", "G", "B"].reduce(
        (map, name, channel) => ({
          ...map,
          [name]: Array.from(
            { length: kHeatSteps },
            (_, i) => heatColour(i / (kHeatSteps - 1))[channel]!,
          ),
        }),
        {} as { R: number[]; G: number[]; B: number[] },
      ),
      A: Array.from({ length: kHeatSteps }, (_, i) =>
        Math.round(255 * heatOpacity(i / (kHeatSteps - 1))),
      ),
      I: Array.from({ length: kHeatSteps }, (_, i) => Math.round((255 * i) / (kHeatSteps - 1))),
    });
  }

  /** `lost` is called when the browser takes the GPU away. */
  static async create(
    pane: HTMLElement,
    volume: Volume,
    errors: Volume | null,
    look: Look,
    lost: () => void,
    volumeAlone = false,
  ): Promise<NiivueRenderer> {
    const r = new NiivueRenderer(pane, volume, volumeAlone);
    r.fit();
    await r.nv.attachToCanvas(r.canvas, false);
    r.canvas.addEventListener("webglcontextlost", lost);
    const scan = await imageOf(volume.file, "scan.nii", "gray", 1);
    if (errors !== null) r.errors = await imageOf(errors.file, "errors.nii", kHeatMap, 0);
    r.setColours(scan, look);
    r.nv.addVolume(scan);
    if (r.errors !== null) r.nv.addVolume(r.errors);
    r.ready = true;
    r.drawn = { ...look, overlay: { ...look.overlay } };
    r.setLook(look);
    return r;
  }

  show(voxel: Voxel) {
    this.voxel = voxel;
    if (!this.ready || this.look === null || this.volumeAlone) return;
    this.moveCross();
    this.drawPlanes();
  }

  setLook(look: Look) {
    this.look = { ...look, overlay: { ...look.overlay } };
    if (!this.ready) return;
    if (this.volumeAlone) {
      this.drawVolumeSoon();
      return;
    }
    this.giveColours(look);
    this.moveCross();
    this.drawPlanes();
    this.drawVolumeSoon();
  }

  private giveColours(look: Look) {
    if (!sameColours(this.drawn!, look)) {
      this.setColours(this.nv.volumes[0]!, look);
      this.nv.updateGLVolume();
    }
    this.drawn = this.look;
  }

  private setColours(scan: NVImage, look: Look) {
    this.nv.opts.isNearestInterpolation = !look.smooth;
    scan.cal_min = look.low;
    scan.cal_max = Math.max(look.high, look.low + 1e-3);
    if (this.errors === null) return;
    this.errors.cal_min = 0;
    this.errors.cal_max = look.overlay.highest;
    this.errors.opacity = look.overlay.visible ? look.overlay.opacity : 0;
  }

  resize() {
    if (!this.ready || this.look === null || !this.fit()) return;
    this.nv.resizeListener();
    this.drawPlanes();
    this.drawVolumeSoon();
  }

  locate(x: number, y: number): { plane: Plane; voxel: Voxel } | "volume" | null {
    if (this.look === null) return null;
    const [px, py] = [x / this.pane.clientWidth, y / this.pane.clientHeight];
    const tile = tilesOf(this.look.layout).find(
      (t) => px >= t.left && py >= t.top && px < t.left + t.width && py < t.top + t.height,
    );
    if (tile === undefined) return null;
    if (tile.plane === "volume") return "volume";
    const ratio = window.devicePixelRatio || 1;
    for (let i = 0; i < this.nv.screenSlices.length; ++i) {
      const slice = this.nv.screenSlices[i]!;
      const plane = kPlaneOf[slice.axCorSag];
      if (plane !== tile.plane) continue;
      const frac = this.nv.screenXY2TextureFrac(x * ratio, y * ratio, i, true);
      if (frac[0]! < 0) return null;
      return { plane, voxel: this.voxelOf(frac) };
    }
    return null;
  }

  /** Gives the canvas the pane's size; whether it had another. */
  private fit(): boolean {
    const ratio = window.devicePixelRatio || 1;
    const width = Math.max(1, Math.round(this.pane.clientWidth * ratio));
    const height = Math.max(1, Math.round(this.pane.clientHeight * ratio));
    if (this.canvas.width === width && this.canvas.height === height) return false;
    this.canvas.width = width;
    this.canvas.height = height;
    return true;
  }

  /** The axes of the volume that run to right, front and head, from 1; negative against them. */
  private axes(): number[] {
    return this.nv.volumes[0]!.permRAS!;
  }

  private moveCross() {
    if (this.voxel === null) return;
    const size = this.volume.info.size;
    const frac = this.axes().map((signed) => {
      const axis = Math.abs(signed) - 1;
      const part = (this.voxel![axis]! + 0.5) / size[axis]!;
      return signed < 0 ? 1 - part : part;
    });
    this.nv.scene.crosshairPos = frac as unknown as typeof this.nv.scene.crosshairPos;
  }

  private voxelOf(frac: ArrayLike<number>): Voxel {
    const size = this.volume.info.size;
    const voxel: Voxel = [0, 0, 0];
    this.axes().forEach((signed, world) => {
      const axis = Math.abs(signed) - 1;
      const part = signed < 0 ? 1 - frac[world]! : frac[world]!;
      voxel[axis] = Math.min(Math.max(Math.floor(part * size[axis]!), 0), size[axis]! - 1);
    });
    return voxel;
  }

  private drawPlanes() {
    const planes = tilesOf(this.look!.layout).filter((t) => t.plane !== "volume");
    if (planes.length === 0 || this.volumeAlone) return;
    // Two pixels of the screen, as a part of the narrowest tile that is nearly filled.
    const narrowest = Math.min(...planes.map((t) => t.width)) * this.canvas.width;
    const ratio = window.devicePixelRatio || 1;
    this.nv.opts.crosshairWidth = Math.min((250 * ratio) / Math.max(narrowest, 1), 5);
    this.nv.setCustomLayout(customs(planes));
  }

  private drawVolumeSoon() {
    window.clearTimeout(this.volumeTimer);
    this.volumeTimer = window.setTimeout(() => this.drawVolume(), 120);
  }

  private drawVolume() {
    const look = this.look!;
    const tile = tilesOf(look.layout).find((t) => t.plane === "volume");
    this.copy.hidden = tile === undefined;
    if (tile === undefined) return;
    this.giveColours(look);
    this.nv.scene.renderAzimuth = look.azimuth;
    this.nv.scene.renderElevation = look.elevation;
    this.nv.setCustomLayout(customs([tile]));
    const [w, h] = [this.canvas.width, this.canvas.height];
    const box = [tile.left * w, tile.top * h, tile.width * w, tile.height * h].map(Math.round);
    this.copy.width = box[2]!;
    this.copy.height = box[3]!;
    Object.assign(this.copy.style, {
      left: `${100 * tile.left}%`,
      top: `${100 * tile.top}%`,
      width: `${100 * tile.width}%`,
      height: `${100 * tile.height}%`,
    });
    const context = this.copy.getContext("2d")!;
    context.drawImage(this.canvas, box[0]!, box[1]!, box[2]!, box[3]!, 0, 0, box[2]!, box[3]!);
    this.drawPlanes();
  }
}
