// Plots as SVG, which prints sharply and takes its colours from the page's style. Methods differ by
// dashes and marks as well as by colour.
import { el, svg, wide } from "./dom";
import { numberText } from "../texts";

export interface Line {
  key: string; // the colour is that of class m-KEY
  name: string;
  x: number[];
  y: (number | null)[];
  raw?: number[]; // before y was smoothed; drawn pale
  faint?: boolean;
  marks?: boolean; // a mark at each point
}

export interface Band {
  name: string;
  from: number;
  to: number;
}

export interface LineOptions {
  title: string;
  caption: string;
  xLabel: string;
  yLabel: string;
  digits: number; // of values beside the names
  log?: boolean;
  zero?: boolean; // the axis of values starts at 0
  bands?: Band[];
  pick?: (x: number) => void; // by a click
  level?: "h2" | "h3"; // of the title; h4 without
}

export interface LinePlot {
  element: HTMLElement;
  /** A vertical line, and the values there beside the names; of the last points for null. */
  mark(x: number | null, said: string): void;
}

const kWidth = 960;
const kHeight = 360;
const kPad = { left: 64, right: 16, top: 26, bottom: 44 };

/** Dashes of methods, in the order of importance. */
const kDashes: Record<string, string> = {
  model: "",
  model_checked: "2 5",
  registered: "9 4",
  cubic: "3 3",
  linear: "12 3 3 3",
  nearest: "1 4",
  least_squares: "6 2 1 2",
};

interface Scale {
  at(value: number): number;
  ticks: number[];
}

/** 1, 2 or 5 times a power of ten. */
function niceStep(span: number, most: number): number {
  const raw = span / most;
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 5, 10].find((f) => f * power >= raw * 0.999)!;
  return factor * power;
}

function linearScale(low: number, high: number, from: number, to: number, most: number): Scale {
  const step = niceStep(high - low || 1, most);
  const ticks: number[] = [];
  for (let v = Math.ceil(low / step - 1e-9) * step; v <= high + step * 1e-9; v += step) {
    ticks.push(Math.round(v / step) * step + 0); // -0 becomes 0
  }
  const gain = (to - from) / (high - low || 1);
  return { at: (v) => from + (v - low) * gain, ticks };
}

function logScale(low: number, high: number, from: number, to: number): Scale {
  const ticks: number[] = [];
  const [a, b] = [Math.log10(low), Math.log10(high)];
  const factors = b - a > 4 ? [1] : [1, 2, 5];
  for (let d = Math.floor(a); d <= Math.ceil(b); ++d) {
    for (const f of factors) {
      const v = f * 10 ** d;
      if (v >= low * 0.999 && v <= high * 1.001) ticks.push(v);
    }
  }
  return { at: (v) => from + ((Math.log10(v) - a) / (b - a || 1)) * (to - from), ticks };
}

/** As many digits as the steps between ticks need. */
function tickText(v: number, ticks: number[], log: boolean): string {
  if (log) return v.toLocaleString(undefined, { maximumSignificantDigits: 2 });
  const step = ticks.length > 1 ? Math.abs(ticks[1]! - ticks[0]!) : 1;
  return numberText(v, Math.max(0, Math.min(6, Math.ceil(-Math.log10(step) - 1e-9))));
}

function range(values: number[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const v of values) {
    low = Math.min(low, v);
    high = Math.max(high, v);
  }
  return low <= high ? [low, high] : [0, 1];
}

function axes(root: SVGElement, x: Scale | null, y: Scale, log: boolean, yLabel: string, xLabel: string) {
  const right = kWidth - kPad.right;
  const bottom = kHeight - kPad.bottom;
  for (const v of y.ticks) {
    root.append(
      svg("line", { class: "grid", x1: kPad.left, x2: right, y1: y.at(v), y2: y.at(v) }),
      svg("text", { x: kPad.left - 8, y: y.at(v) + 4, "text-anchor": "end" }, tickText(v, y.ticks, log)),
    );
  }
  for (const v of x?.ticks ?? []) {
    root.append(
      svg("line", { class: "axis", x1: x!.at(v), x2: x!.at(v), y1: bottom, y2: bottom + 5 }),
      svg("text", { x: x!.at(v), y: bottom + 20, "text-anchor": "middle" }, tickText(v, x!.ticks, false)),
    );
  }
  root.append(
    svg("line", { class: "axis", x1: kPad.left, x2: right, y1: bottom, y2: bottom }),
    svg("line", { class: "axis", x1: kPad.left, x2: kPad.left, y1: kPad.top, y2: bottom }),
    svg("text", { x: 4, y: 14, class: "label" }, yLabel),
    svg("text", { x: right, y: kHeight - 6, class: "label", "text-anchor": "end" }, xLabel),
  );
}

function swatch(key: string, mark: number | null): SVGElement {
  const line = svg("line", { class: `line m-${key}`, x1: 0, x2: 34, y1: 8, y2: 8, "stroke-dasharray": kDashes[key] ?? "" });
  const parts = mark === null ? [line] : [symbol(mark, 17, 8, key)];
  return svg("svg", { width: 34, height: 16, viewBox: "0 0 34 16", "aria-hidden": "true" }, ...parts);
}

/** A path through the points that have values. */
function pathOf(line: Line, x: Scale, y: Scale, log: boolean): string {
  let path = "";
  let pen = "M";
  line.x.forEach((at, i) => {
    const v = line.y[i];
    if (v === null || v === undefined || !Number.isFinite(v) || (log && v <= 0)) {
      pen = "M";
      return;
    }
    path += `${pen}${x.at(at).toFixed(1)} ${y.at(v).toFixed(1)}`;
    pen = "L";
  });
  return path;
}

function drawBands(root: SVGElement, bands: Band[], x: Scale) {
  bands.forEach((b, i) => {
    const [from, to] = [x.at(b.from), x.at(b.to)];
    if (i % 2 === 1) {
      root.append(
        svg("rect", { class: "band", x: from, y: kPad.top, width: to - from, height: kHeight - kPad.top - kPad.bottom }),
      );
    } else if (i > 0) {
      root.append(svg("line", { class: "grid", x1: from, x2: from, y1: kPad.top, y2: kHeight - kPad.bottom }));
    }
    if (to - from > 7 * b.name.length) {
      root.append(svg("text", { class: "band-name", x: (from + to) / 2, y: kPad.top + 14, "text-anchor": "middle" }, b.name));
    }
  });
}

function frame(
  title: string,
  caption: string,
  legend: HTMLElement,
  root: SVGElement,
  level: "h2" | "h3" | "h4" = "h4",
): HTMLElement {
  return el(
    "figure",
    { class: "plot" },
    el(level, {}, title),
    legend,
    wide(title, root),
    el("figcaption", {}, caption),
  );
}

export function linePlot(lines: Line[], o: LineOptions): LinePlot {
  const log = o.log ?? false;
  const drawn = (v: number | null | undefined) => v !== null && v !== undefined && Number.isFinite(v) && (!log || v > 0);
  let [xLow, xHigh] = range(lines.flatMap((l) => l.x));
  if (xLow === xHigh) [xLow, xHigh] = [xLow - 0.5, xHigh + 0.5];
  let [low, high] = range(lines.flatMap((l) => [...l.y, ...(l.raw ?? [])].filter(drawn) as number[]));
  if (!log) {
    const room = 0.06 * (high - low || 1);
    [low, high] = [o.zero ? 0 : low - room, high + 1.5 * room];
  } else if (low === high) {
    [low, high] = [low / 2, high * 2];
  }
  const x = linearScale(xLow, xHigh, kPad.left + 6, kWidth - kPad.right - 6, 10);
  const bottom = kHeight - kPad.bottom;
  const y = log ? logScale(low, high, bottom, kPad.top) : linearScale(low, high, bottom, kPad.top, 6);
  const root = svg("svg", { class: "plot", viewBox: `0 0 ${kWidth} ${kHeight}`, role: "img", "aria-label": `${o.title}. ${o.caption}` });
  drawBands(root, o.bands ?? [], x);
  axes(root, x, y, log, o.yLabel, o.xLabel);
  const marker = svg("line", { class: "marker", x1: 0, x2: 0, y1: kPad.top, y2: bottom, visibility: "hidden" });
  root.append(marker);
  const legend = el("ul", { class: "legend" });
  const values = lines.map((line) => {
    if (line.raw !== undefined) {
      root.append(svg("path", { class: `line raw m-${line.key}`, d: pathOf({ ...line, y: line.raw }, x, y, log) }));
    }
    const classes = `line m-${line.key}${line.faint ? " faint" : ""}`;
    root.append(svg("path", { class: classes, d: pathOf(line, x, y, log), "stroke-dasharray": kDashes[line.key] ?? "" }));
    if (line.marks) {
      line.x.forEach((at, i) => {
        if (drawn(line.y[i])) root.append(svg("circle", { class: `dot m-${line.key}`, cx: x.at(at), cy: y.at(line.y[i]!), r: 4 }));
      });
    }
    const value = el("b");
    legend.append(el("li", {}, swatch(line.key, null), ` ${line.name} `, value));
    return value;
  });
  const where = el("li", { class: "where" });
  legend.prepend(where);
  if (o.pick !== undefined) {
    root.classList.add("picks");
    root.addEventListener("click", (e) => {
      const box = root.getBoundingClientRect();
      const at = ((e.clientX - box.left) / box.width) * kWidth;
      o.pick!(xLow + ((at - x.at(xLow)) / (x.at(xHigh) - x.at(xLow))) * (xHigh - xLow));
    });
  }
  return {
    element: frame(o.title, o.caption, legend, root, o.level),
    mark(at, said) {
      where.textContent = said;
      marker.setAttribute("visibility", at === null ? "hidden" : "visible");
      if (at !== null) {
        marker.setAttribute("x1", x.at(at).toFixed(1));
        marker.setAttribute("x2", x.at(at).toFixed(1));
      }
      lines.forEach((line, i) => {
        const k = at === null ? line.x.length - 1 : line.x.indexOf(at);
        const v = line.y[k];
        values[i]!.textContent = v === null || v === undefined ? "" : numberText(v, o.digits);
      });
    },
  };
}

export interface Value {
  mean: number;
  lo: number;
  hi: number;
}

export interface Dots {
  key: string;
  name: string;
  values: (Value | null)[]; // one a group
}

/** One mark of five for each method. */
function symbol(kind: number, x: number, y: number, key: string): SVGElement {
  const s = 6;
  const shapes = [
    `M${x - s} ${y}a${s} ${s} 0 1 0 ${2 * s} 0a${s} ${s} 0 1 0 ${-2 * s} 0`,
    `M${x - s} ${y - s}h${2 * s}v${2 * s}h${-2 * s}z`,
    `M${x} ${y - s - 1}l${s + 1} ${2 * s}h${-2 * s - 2}z`,
    `M${x} ${y - s - 2}l${s} ${s + 2}l${-s} ${s + 2}l${-s} ${-s - 2}z`,
    `M${x} ${y + s + 1}l${s + 1} ${-2 * s}h${-2 * s - 2}z`,
  ];
  return svg("path", { class: `dot m-${key}`, d: shapes[kind % shapes.length]! });
}

export interface DotOptions {
  title: string;
  caption: string;
  yLabel: string;
  zero: boolean; // whether the axis starts at, or crosses, 0
}

/** Marks with their 95 % intervals, side by side in each group. */
export function dotPlot(groups: string[], all: Dots[], o: DotOptions): HTMLElement {
  const given = all.flatMap((d) => d.values.filter((v) => v !== null) as Value[]);
  let [low, high] = range(given.flatMap((v) => [v.lo, v.hi, v.mean]));
  if (o.zero) [low, high] = [Math.min(low, 0), Math.max(high, 0)];
  const margin = 0.07 * (high - low || 1);
  if (low !== 0) low -= margin;
  if (high !== 0) high += margin;
  const bottom = kHeight - kPad.bottom;
  const y = linearScale(low, high, bottom, kPad.top, 6);
  const root = svg("svg", { class: "plot", viewBox: `0 0 ${kWidth} ${kHeight}`, role: "img", "aria-label": `${o.title}. ${o.caption}` });
  axes(root, null, y, false, o.yLabel, "");
  if (o.zero && low < 0) root.append(svg("line", { class: "axis", x1: kPad.left, x2: kWidth - kPad.right, y1: y.at(0), y2: y.at(0) }));
  const room = (kWidth - kPad.left - kPad.right) / groups.length;
  const apart = Math.min(44, (0.8 * room) / all.length);
  groups.forEach((group, g) => {
    const middle = kPad.left + (g + 0.5) * room;
    if (g > 0) root.append(svg("line", { class: "grid", x1: middle - room / 2, x2: middle - room / 2, y1: kPad.top, y2: bottom }));
    root.append(svg("text", { x: middle, y: bottom + 22, "text-anchor": "middle" }, group));
    all.forEach((dots, m) => {
      const v = dots.values[g];
      if (v === null || v === undefined) return;
      const at = middle + (m - (all.length - 1) / 2) * apart;
      root.append(
        svg("line", { class: `whisker m-${dots.key}`, x1: at, x2: at, y1: y.at(v.lo), y2: y.at(v.hi) }),
        symbol(m, at, y.at(v.mean), dots.key),
      );
    });
  });
  const legend = el("ul", { class: "legend" });
  all.forEach((dots, m) => legend.append(el("li", {}, swatch(dots.key, m), ` ${dots.name}`)));
  return frame(o.title, o.caption, legend, root);
}

