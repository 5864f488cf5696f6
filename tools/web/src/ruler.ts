// The slices along the body as a row of marks: long ones are real, short ones synthetic, coloured by
// method. A click jumps to the nearest slice. For the keyboard and for readers it is a slider.
import type { VolumeInfo } from "./data";
import { methodText, t } from "./texts";

/** Colours that the colour-blind can tell apart (Okabe and Ito). */
const kColours: Record<string, string> = {
  model: "#56b4e9",
  registered: "#2fbf97",
  cubic: "#e69f00",
  linear: "#f0e442",
  nearest: "#e08fbd",
};
const kOther = "#ff8a5c";
const kReal = "#ffffff";
const kUnknown = "#9a9a9a";

export function colourOf(kind: string, method: string | undefined): string {
  if (kind === "real") return kReal;
  if (kind === "unknown") return kUnknown;
  const first = /^[a-z]+/.exec(method ?? "")?.[0] ?? "";
  return kColours[first] ?? kOther;
}

export class Ruler {
  private readonly canvas: HTMLCanvasElement;
  private at = 0;

  constructor(
    private readonly element: HTMLElement,
    private readonly info: VolumeInfo,
    private readonly jump: (slice: number) => void,
  ) {
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("aria-hidden", "true");
    element.append(this.canvas);
    element.setAttribute("role", "slider");
    element.setAttribute("aria-label", t.ruler);
    element.setAttribute("aria-orientation", "vertical");
    element.setAttribute("aria-valuemin", "1");
    element.setAttribute("aria-valuemax", String(info.slices.length));
    element.tabIndex = 0;
    const pick = (e: PointerEvent) => this.jump(this.nearestTo(e.offsetY));
    element.addEventListener("pointerdown", (e) => {
      element.setPointerCapture(e.pointerId);
      pick(e);
    });
    element.addEventListener("pointermove", (e) => {
      if (e.buttons !== 0) pick(e);
    });
  }

  show(slice: number, said: string) {
    this.at = slice;
    this.element.setAttribute("aria-valuenow", String(slice + 1));
    this.element.setAttribute("aria-valuetext", said);
    this.draw();
  }

  draw() {
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = [this.element.clientWidth, this.element.clientHeight];
    this.canvas.width = Math.round(w * ratio);
    this.canvas.height = Math.round(h * ratio);
    const c = this.canvas.getContext("2d")!;
    c.scale(ratio, ratio);
    const { slices } = this.info;
    const gap = h / Math.max(slices.length, 1);
    const thick = Math.max(1, Math.min(3, gap * 0.7));
    slices.forEach((s, k) => {
      c.fillStyle = colourOf(s.kind, s.method);
      const long = s.kind === "real" ? w - 18 : (w - 18) * 0.6;
      c.fillRect(14, this.heightOf(k) - thick / 2, long, thick);
    });
    const y = this.heightOf(this.at);
    c.fillStyle = "#ff5050";
    c.beginPath();
    c.moveTo(2, y - 6);
    c.lineTo(12, y);
    c.lineTo(2, y + 6);
    c.fill();
  }

  /** Pixels from the top; the end of the scan nearest to the head is at the top. */
  private heightOf(k: number): number {
    const { slices, normal } = this.info;
    const first = slices[0]!.depth;
    const last = slices[slices.length - 1]!.depth;
    const part = last === first ? 0.5 : (slices[k]!.depth - first) / (last - first);
    const up = normal[2] > 0.5;
    return 8 + (up ? 1 - part : part) * (this.element.clientHeight - 16);
  }

  private nearestTo(y: number): number {
    let best = 0;
    for (let k = 1; k < this.info.slices.length; ++k) {
      if (Math.abs(this.heightOf(k) - y) < Math.abs(this.heightOf(best) - y)) best = k;
    }
    return best;
  }
}

/** What the colours mean, with the number of slices. */
export function legend(info: VolumeInfo): HTMLElement {
  const list = document.createElement("ul");
  list.className = "legend";
  const counts = new Map<string, { colour: string; name: string; n: number }>();
  for (const s of info.slices) {
    const name =
      s.kind === "real" ? t.real : s.kind === "unknown" ? t.unknown : methodText(s.method);
    const entry = counts.get(name) ?? { colour: colourOf(s.kind, s.method), name, n: 0 };
    ++entry.n;
    counts.set(name, entry);
  }
  for (const { colour, name, n } of counts.values()) {
    const item = document.createElement("li");
    const mark = document.createElement("span");
    mark.className = "mark";
    mark.style.backgroundColor = colour;
    item.append(mark, `${name}: ${n}`);
    list.append(item);
  }
  return list;
}
