// The hidden slices to look at: the truth, the model, the best method without a network, and the
// errors of both in one scale of HU.
import { filled, numberText } from "../texts";
import { PictureStore, type Picture, type Scan, type Slices as Scores, type Window } from "./data";
import { el } from "./dom";
import { methodName, regionName, t, windowName } from "./texts";

const kScales = [25, 50, 100, 200, 400]; // HU or, for pictures, a tenth of it in grey levels
const kWheelStep = 40; // pixels of a touchpad that make one slice

type Kind = "truth" | "model" | "free" | "model-error" | "free-error";

/** Blue is too low, red too high, black is right. */
export function errorColour(part: number): [number, number, number] {
  const x = Math.min(Math.abs(part), 1);
  const ends: [number, number, number] = part < 0 ? [70, 160, 255] : [255, 90, 50];
  const bright = x < 0.5 ? 2 * x : 1;
  const white = x < 0.5 ? 0 : (2 * x - 1) * 0.5;
  return ends.map((c) => Math.round(bright * c + white * (255 - c))) as [number, number, number];
}

class Panel {
  readonly element: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  private readonly number = el("span", { class: "number" });

  constructor(readonly kind: Kind, name: string, width: number, height: number) {
    this.canvas = el("canvas", { width: String(width), height: String(height), role: "img", "aria-label": name });
    if (Math.max(width, height) < 160) this.canvas.classList.add("coarse");
    this.element = el("figure", { class: `panel ${kind}` }, el("figcaption", {}, el("b", {}, name), this.number), this.canvas);
  }

  say(text: string) {
    this.number.textContent = text;
  }

  draw(colour: (i: number) => [number, number, number]) {
    const context = this.canvas.getContext("2d")!;
    const image = context.createImageData(this.canvas.width, this.canvas.height);
    for (let i = 0; i < image.data.length / 4; ++i) {
      const [r, g, b] = colour(i);
      image.data[4 * i] = r;
      image.data[4 * i + 1] = g;
      image.data[4 * i + 2] = b;
      image.data[4 * i + 3] = 255;
    }
    context.putImageData(image, 0, 0);
  }
}

export class SliceViewer {
  readonly element: HTMLElement;
  at = 0;
  private readonly store: PictureStore;
  private readonly panels: Panel[];
  private readonly slider: HTMLInputElement;
  private readonly where = el("p", { class: "where", "aria-live": "polite" });
  private readonly atPointer = el("p", { class: "pointer" });
  private readonly scaleEnds = el("div", { class: "ends" });
  private window: Window;
  private limit: number;
  private picture: Picture | null = null;
  private readonly unit: string;

  constructor(
    private readonly scan: Scan,
    private readonly scores: Scores,
    store: PictureStore,
    private readonly changed: (i: number) => void,
  ) {
    this.store = store;
    const { about } = store;
    this.unit = scan.unit === "HU" ? "HU" : t.grey;
    this.window = about.windows[0]!;
    this.limit = scan.unit === "HU" ? 100 : 10;
    const free = methodName(about.without_network);
    const names: [Kind, string][] = [
      ["truth", t.hidden],
      ["model", t.model],
      ["free", filled(t.freeMethod, { method: free })],
      ["model-error", t.modelError],
      ["free-error", filled(t.freeError, { method: free })],
    ];
    this.panels = names.map(([kind, name]) => new Panel(kind, name, about.width, about.height));
    this.slider = el("input", { type: "range", min: "0", max: String(store.count - 1), value: "0", "aria-label": t.slice });
    this.slider.addEventListener("input", () => this.show(Number(this.slider.value)));
    const stage = this.stage();
    this.element = el("div", { class: "slices" }, this.controls(), stage, this.note());
    for (const p of this.panels) {
      p.canvas.addEventListener("pointermove", (e) => this.point(p, e));
      p.canvas.addEventListener("pointerleave", () => (this.atPointer.textContent = t.pointAt));
    }
    this.atPointer.textContent = t.pointAt;
    this.show(Math.floor(store.count / 2));
  }

  private controls(): HTMLElement {
    const { windows } = this.store.about;
    const window = el("select", {});
    windows.forEach((w, i) => window.add(new Option(windowName(w), String(i))));
    window.addEventListener("change", () => {
      this.window = windows[Number(window.value)]!;
      this.draw();
    });
    const scale = el("select", {});
    for (const s of kScales) {
      const limit = this.scan.unit === "HU" ? s : s / 10;
      scale.add(new Option(`± ${numberText(limit, limit % 1 === 0 ? 0 : 1)} ${this.unit}`, String(limit)));
    }
    scale.value = String(this.limit);
    scale.addEventListener("change", () => {
      this.limit = Number(scale.value);
      this.draw();
    });
    return el(
      "div",
      { class: "controls" },
      el("label", { class: "slide" }, el("span", {}, t.slice), this.slider),
      el("label", {}, el("span", {}, t.window), window),
      el("label", {}, el("span", {}, t.errorScale), scale),
    );
  }

  private stage(): HTMLElement {
    const bar = el("canvas", { width: "256", height: "1", class: "bar", role: "img", "aria-label": t.errorScale });
    const context = bar.getContext("2d")!;
    for (let i = 0; i < 256; ++i) {
      context.fillStyle = `rgb(${errorColour(i / 127.5 - 1).join(",")})`;
      context.fillRect(i, 0, 1, 1);
    }
    const about = el("div", { class: "about" }, this.where, el("p", { class: "scale-name" }, t.scaleName), bar, this.scaleEnds, this.atPointer);
    const [truth, model, free, modelError, freeError] = this.panels.map((p) => p.element);
    const stage = el("div", { class: "panels", tabindex: "0", role: "group", "aria-label": t.stage }, truth!, model!, free!, about, modelError!, freeError!);
    stage.addEventListener("keydown", (e) => this.key(e));
    this.listenToWheel(stage);
    return stage;
  }

  private note(): HTMLElement {
    const { reduction, width, height } = this.store.about;
    const [h, w] = this.scan.size;
    const reduced = reduction > 1 ? ` ${filled(t.reduced, { from: `${w} x ${h}`, to: `${width} x ${height}`, n: reduction })}` : "";
    return el("p", { class: "note" }, t.howToScroll + reduced);
  }

  private key(e: KeyboardEvent) {
    const last = this.store.count - 1;
    const to: Record<string, number> = {
      ArrowUp: this.at + 1,
      ArrowRight: this.at + 1,
      ArrowDown: this.at - 1,
      ArrowLeft: this.at - 1,
      PageUp: this.at + 10,
      PageDown: this.at - 10,
      Home: 0,
      End: last,
    };
    const at = to[e.key];
    if (at === undefined || e.ctrlKey || e.metaKey || e.altKey) return;
    e.preventDefault();
    this.show(Math.min(Math.max(at, 0), last));
  }

  /** At the first and the last slice the wheel scrolls the page again. */
  private listenToWheel(stage: HTMLElement) {
    let gathered = 0;
    stage.addEventListener(
      "wheel",
      (e) => {
        if (e.ctrlKey) return;
        const pixels = e.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? e.deltaY : Math.sign(e.deltaY) * kWheelStep;
        const end = pixels > 0 ? this.store.count - 1 : 0;
        if (this.at === end) return;
        e.preventDefault();
        gathered += Math.abs(pixels) >= 100 ? Math.sign(pixels) * kWheelStep : pixels;
        const steps = Math.trunc(gathered / kWheelStep);
        gathered -= steps * kWheelStep;
        if (steps !== 0) this.show(Math.min(Math.max(this.at + steps, 0), this.store.count - 1));
      },
      { passive: false },
    );
  }

  /** Shows the picture of row i of the scores. */
  show(i: number) {
    this.at = i;
    this.slider.value = String(i);
    this.slider.setAttribute("aria-valuetext", this.placeText(i));
    this.where.textContent = this.placeText(i);
    this.changed(i);
    void this.store.picture(i).then((picture) => {
      if (this.at !== i) return; // another one was chosen meanwhile
      this.picture = picture;
      this.draw();
    });
  }

  /** "slice 37 (12 of 52), z = 92.5 mm, brain". */
  placeText(i: number): string {
    const { slice, position_mm, region } = this.scores;
    const mm = position_mm[i];
    const place = mm === null || mm === undefined ? "" : `, z = ${numberText(mm, 1)} mm`;
    const count = filled(t.count, { i: i + 1, n: slice.length });
    return `${t.slice} ${slice[i]} (${count})${place}, ${regionName(region[i]!)}`;
  }

  private draw() {
    const p = this.picture;
    if (p === null) return;
    const { low, high } = this.window;
    const gain = 255 / Math.max(high - low, 1e-6);
    const grey = (v: number): [number, number, number] => {
      const g = Math.min(Math.max((v - low) * gain, 0), 255);
      return [g, g, g];
    };
    const [truth, model, free, modelError, freeError] = this.panels;
    truth!.draw((i) => grey(p.truth[i]!));
    model!.draw((i) => grey(p.truth[i]! + p.model[i]!));
    free!.draw((i) => grey(p.truth[i]! + p.free[i]!));
    modelError!.draw((i) => errorColour(p.model[i]! / this.limit));
    freeError!.draw((i) => errorColour(p.free[i]! / this.limit));
    const end = numberText(this.limit, this.limit % 1 === 0 ? 0 : 1);
    this.scaleEnds.replaceChildren(el("span", {}, `−${end}`), el("span", {}, "0"), el("span", {}, `+${end} ${this.unit}`));
    const name = this.store.about.without_network;
    for (const [panel, method] of [[model!, "model"], [free!, name]] as const) {
      panel.say(`PSNR ${numberText(this.scores.psnr_full[method]![this.at]!, 2)} dB`);
    }
    for (const [panel, method] of [[modelError!, "model"], [freeError!, name]] as const) {
      const mae = this.scores.mae_body[method]![this.at];
      panel.say(mae === null || mae === undefined ? "" : filled(t.meanError, { value: numberText(mae, 1), unit: this.unit }));
    }
    truth!.say(t.measured);
  }

  private point(panel: Panel, e: PointerEvent) {
    const p = this.picture;
    if (p === null) return;
    const { width, height } = panel.canvas;
    const box = panel.canvas.getBoundingClientRect();
    const x = Math.floor(((e.clientX - box.left) / box.width) * width);
    const y = Math.floor(((e.clientY - box.top) / box.height) * height);
    if (x < 0 || y < 0 || x >= width || y >= height) return;
    const i = y * width + x;
    const signed = (v: number) => `${v > 0 ? "+" : v < 0 ? "−" : ""}${numberText(Math.abs(v), 0)}`;
    this.atPointer.textContent = filled(t.atPointer, {
      truth: numberText(p.truth[i]!, 0),
      unit: this.unit,
      model: signed(p.model[i]!),
      method: methodName(this.store.about.without_network),
      free: signed(p.free[i]!),
    });
  }
}
