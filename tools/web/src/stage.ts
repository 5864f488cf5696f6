// The panes: one volume, or before and after side by side, under a curtain, or blinking. Draws
// through a Renderer for each pane and keeps both at the same place in the patient.
import { type Page, type Slice, type Volume } from "./data";
import { nearest, positionOf, voxelAt, type Voxel } from "./geometry";
import { drawsInSoftware, NiivueRenderer, whatWebGlLacks } from "./niivue";
import { PlainRenderer, type VolumeOffer } from "./plain";
import type { Look, Plane, Renderer } from "./renderer";
import { filled, methodText, numberText, t } from "./texts";

export type View = "one" | "side" | "curtain" | "blink";
export const kViews: View[] = ["one", "side", "curtain", "blink"];

const kBlinkMs = 700; // fewer than three changes a second

interface Pane {
  element: HTMLElement;
  volume: Volume;
  renderer: Renderer | null;
}

/** "SYNTHETIC t = 0.5, network", "real", or that it is not known. */
export function originText(s: Slice): string {
  if (s.kind === "real") return t.real;
  if (s.kind === "unknown") return t.unknown;
  const place = s.t === undefined ? "" : ` t = ${numberText(s.t, s.t * 10 % 1 === 0 ? 1 : 2)}`;
  return `${t.synthetic}${place}, ${methodText(s.method)}`;
}

export class Stage {
  view: View;
  curtain = 0.5;
  blinking = true;
  voxel: Voxel; // of the last volume
  private readonly panes: Pane[];
  private blinkOn = true; // whether the last volume is shown
  private timer = 0;
  private frame = 0;

  constructor(
    private readonly element: HTMLElement,
    private readonly page: Page,
    readonly volumes: Volume[],
    private readonly errors: Volume | null,
    readonly look: Look,
    private readonly note: (text: string) => void,
    private readonly changed: () => void,
  ) {
    this.view = volumes.length > 1 ? "side" : "one";
    const offset = 2 - volumes.length; // a single volume is in the last pane
    this.panes = volumes.map((volume, i) => ({
      element: document.getElementById(`pane-${i + offset}`)!,
      volume,
      renderer: null,
    }));
    this.voxel = this.main.info.size.map((n) => Math.floor(n / 2)) as Voxel;
    new ResizeObserver(() => this.panes.forEach((p) => p.renderer?.resize())).observe(element);
  }

  get main(): Volume {
    return this.volumes[this.volumes.length - 1]!;
  }

  get slice(): Slice {
    return this.main.info.slices[this.voxel[2]]!;
  }

  /** Draws the last volume first, so that there is something to see. */
  async start() {
    this.arrange();
    if (window.location.hash === "#plain") return this.plain(t.plainAsked);
    const lacks = whatWebGlLacks(this.volumes);
    if (lacks !== null) {
      return this.plain(lacks.why === "noWebGl" ? t.plainWebGl : filled(t.plainTooWide, { most: lacks.most! }));
    }
    if (window.location.hash !== "#webgl" && drawsInSoftware()) return this.plain(null);
    for (const pane of [...this.panes].reverse()) {
      const errors = pane.volume === this.main ? this.errors : null;
      try {
        const lost = () => this.plain(t.plainLost);
        const r = await NiivueRenderer.create(pane.element, pane.volume, errors, this.look, lost);
        if (pane.renderer === null) pane.renderer = r; // else plain, since the GPU has failed
      } catch (e) {
        console.warn(e);
        this.plain(t.plainLost);
        return;
      }
      this.draw();
      await new Promise((done) => setTimeout(done)); // lets the browser show it
      performance.mark("ct2ct-picture");
    }
  }

  /** Goes over to plain canvases. Without a reason WebGL2 is there, but slow: it draws on demand. */
  private plain(why: string | null) {
    if (this.panes.some((p) => p.renderer instanceof PlainRenderer)) return;
    if (why !== null) this.note(why);
    for (const pane of this.panes) {
      for (const canvas of pane.element.querySelectorAll("canvas")) canvas.remove();
      const errors = pane.volume === this.main ? this.errors : null;
      const offer = why === null ? this.offer(pane) : null;
      pane.renderer = new PlainRenderer(pane.element, pane.volume, errors, t.noVolume, offer);
      pane.renderer.setLook(this.look);
    }
    this.draw();
    performance.mark("ct2ct-picture");
  }

  private offer(pane: Pane): VolumeOffer {
    const lost = () => this.note(t.volumeLost);
    return {
      text: t.drawVolume,
      make: () => NiivueRenderer.create(pane.element, pane.volume, null, this.look, lost, true),
    };
  }

  setView(view: View) {
    this.view = this.panes.length > 1 ? view : "one";
    this.blinking = true;
    this.arrange();
  }

  /** Places the panes as the view has it. */
  arrange() {
    const { classList } = this.element;
    classList.toggle("side", this.view === "side");
    classList.toggle("curtain", this.view === "curtain");
    window.clearInterval(this.timer);
    this.blinkOn = true;
    if (this.view === "blink") {
      this.timer = window.setInterval(() => {
        if (!this.blinking) return;
        this.blinkOn = !this.blinkOn;
        this.reveal();
      }, kBlinkMs);
    }
    this.reveal();
    for (const p of this.panes) p.renderer?.resize();
    this.draw();
  }

  private reveal() {
    const last = this.panes.length - 1;
    this.panes.forEach((p, i) => {
      const shown =
        this.view === "one"
          ? i === last
          : this.view !== "blink" || (i === last) === this.blinkOn;
      p.element.classList.toggle("shown", shown);
      p.element.style.clipPath = "";
    });
    const line = document.getElementById("curtain-line")!;
    line.hidden = this.view !== "curtain";
    if (this.view === "curtain") {
      const part = 100 * this.curtain;
      this.panes[last]!.element.style.clipPath = `inset(0 0 0 ${part}%)`;
      this.panes[0]!.element.style.clipPath = `inset(0 ${100 - part}% 0 0)`;
      line.style.left = `${part}%`;
    }
  }

  setCurtain(part: number) {
    this.curtain = Math.min(Math.max(part, 0), 1);
    this.reveal();
  }

  moveTo(voxel: Voxel) {
    this.voxel = nearest(this.main.info, voxel);
    this.draw();
  }

  applyLook() {
    for (const p of this.panes) p.renderer?.setLook(this.look);
    this.draw();
  }

  /** What lies under a point of the window, in voxels of the last volume. */
  locate(clientX: number, clientY: number): { plane: Plane; voxel: Voxel } | "volume" | null {
    const box = this.element.getBoundingClientRect();
    const part = (clientX - box.left) / box.width;
    const last = this.panes.length - 1;
    const onFirst =
      (this.view === "side" && part < 0.5) ||
      (this.view === "curtain" && part < this.curtain) ||
      (this.view === "blink" && !this.blinkOn);
    const pane = this.panes[onFirst ? 0 : last]!;
    const own = pane.element.getBoundingClientRect();
    const found = pane.renderer?.locate(
      clientX - own.left - pane.element.clientLeft,
      clientY - own.top - pane.element.clientTop,
    );
    if (found === undefined || found === null || found === "volume") return found ?? null;
    if (pane.volume === this.main) return found;
    const there = positionOf(pane.volume.info, found.voxel);
    const voxel = voxelAt(this.main.info, there);
    if (found.voxel[2] === this.voxelIn(pane.volume)[2]) voxel[2] = this.voxel[2];
    return { plane: found.plane, voxel };
  }

  /** The voxel of another volume that is nearest to the cursor. */
  voxelIn(volume: Volume): Voxel {
    if (volume === this.main) return this.voxel;
    return voxelAt(volume.info, positionOf(this.main.info, this.voxel));
  }

  /** How far the slice of `volume` that is shown lies from the cursor, mm. */
  distance(volume: Volume): number {
    const k = this.voxelIn(volume)[2];
    return Math.abs(volume.info.slices[k]!.depth - this.slice.depth);
  }

  draw() {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.panes.forEach((p, i) => this.drawPane(p, i));
      this.changed();
    });
  }

  private drawPane(p: Pane, i: number) {
    const voxel = this.voxelIn(p.volume);
    if (p.element.classList.contains("shown") || this.view === "blink") p.renderer?.show(voxel);
    const slices = p.volume.info.slices;
    const s = slices[voxel[2]]!;
    const name = this.page.volumes.length === 1 ? t.scan : i === 0 ? t.before : t.after;
    p.element.querySelector(".caption")!.textContent =
      `${name}, ${t.slice} ${voxel[2] + 1} ${t.of} ${slices.length}`;
    const origin = p.element.querySelector(".origin") as HTMLElement;
    const far = p.volume === this.main ? 0 : this.distance(p.volume);
    const away = far > 0.05 ? ` (${filled(t.between, { mm: numberText(far, 1) })})` : "";
    origin.textContent = originText(s) + away;
    origin.className = `origin ${s.kind}`;
  }
}
