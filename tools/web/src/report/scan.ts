// All that the page says of one scan: verdict, pictures, plots, tables.
import { filled, numberText } from "../texts";
import { PictureStore, type Method, type PageData, type Part, type Scan, type Summary } from "./data";
import { el, wide } from "./dom";
import { dotPlot, linePlot, type Band, type Dots, type LinePlot, type Value } from "./plot";
import { lesionPart } from "./lesions";
import { SliceViewer } from "./slices";
import { number, probability, summary, tableElement, words, type Cell, type Row, type Table } from "./tables";
import { cautionsOf, detailsOf, headlineOf, meaningOf, methodName, partName, regionName, t } from "./texts";

type PageScan = PageData["scans"][number];

const kTissues = ["air", "soft", "bone"] as const;

/** Most important first. Least squares is for tables, and so is the nearest slice, whose errors are
 *  so large that beside them all others look alike. */
const kPlotted = ["model", "model_checked", "registered", "cubic", "linear"];

const unitOf = (scan: Scan) => (scan.unit === "HU" ? "HU" : t.grey);
const maeOf = (m: Method): Summary | undefined => m.mae_hu_body ?? m.mae_grey_body;

function rowName(scan: Scan, method: string): string {
  const best = method === scan.best_without_network.method;
  return best ? filled(t.bestWithout, { method: methodName(method) }) : methodName(method);
}

/** The model's self-checked twin is shown where it differs. */
function plotted(scan: Scan): string[] {
  const same = scan.best_without_network.psnr_full_over;
  const twin = JSON.stringify(same.model) === JSON.stringify(same.model_checked);
  const best = scan.best_without_network.method;
  const names = kPlotted.includes(best) ? kPlotted : [...kPlotted, best];
  return names.filter((m) => m in scan.methods && !(m === "model_checked" && twin));
}

export function verdict(scan: Scan, named: boolean): HTMLElement {
  const cautions = cautionsOf(scan);
  const outcome = scan.best_without_network.model_is;
  // No colour for numbers that do not mean what they seem to.
  const style = cautions.length > 0 ? "doubtful" : outcome;
  return el(
    "div",
    { class: `result ${style}` },
    named ? el("p", { class: "scan" }, scan.scan) : null,
    ...cautions.map((c) => el("p", { class: "caution" }, c)),
    el("p", { class: "verdict" }, el("span", { class: "sign", "aria-hidden": "true" }, t.signs[outcome]), t.outcomes[outcome]),
    el("p", { class: "main" }, headlineOf(scan)),
    named ? null : el("p", { class: "note" }, t.decibels),
  );
}

function facts(scan: Scan): HTMLElement {
  const [height, width] = scan.size;
  const mm = scan.slice_spacing_mm;
  const apart = mm === undefined ? "" : `, ${filled(t.apart, { mm: numberText(mm, 2) })}`;
  const known =
    mm === undefined ? "" : `, ${filled(t.knownApart, { mm: numberText(mm * scan.factor, 2) })}`;
  const regions = scan.regions.map((r) => `${regionName(r.name!)} ${r.stack![0]}–${r.stack![1]}`).join(", ");
  const rows: Fact[] = [
    [t.tested, filled(t.testedText, { n: scan.slices, factor: scan.factor }) + known],
    [t.slicesFact, `${width} x ${height}${apart}`],
    [t.trainedOn, scan.trained_on ? t.yes : t.no],
    [t.regionsFact, regions + (scan.region_rule === "head" ? "" : ` (${t.noHead})`)],
    ...scan.warnings.map((w): Fact => [t.warning, w, "en"]),
  ];
  return factsTable(t.test, rows);
}

/** A name, its value, and the value's language where it is not the page's. */
export type Fact = [name: string, value: string, language?: string];

export function factsTable(name: string, rows: Fact[]): HTMLElement {
  const body = rows.map(([name, value, language]) =>
    el("tr", {}, el("th", { scope: "row" }, name), el("td", { lang: language ?? null }, value)),
  );
  return wide(name, el("table", { class: "facts" }, el("tbody", {}, ...body)));
}

/** Regions from the first to the last predicted slice; borders in the middle of neighbours. */
function bandsOf(x: number[], regions: string[]): Band[] {
  const bands: Band[] = [];
  regions.forEach((name, i) => {
    const last = bands[bands.length - 1];
    if (last === undefined || last.name !== regionName(name)) {
      const from = last === undefined ? x[i]! : (last.to + x[i]!) / 2;
      if (last !== undefined) last.to = from;
      bands.push({ name: regionName(name), from, to: x[i]! });
    }
    bands[bands.length - 1]!.to = x[i]!;
  });
  return bands;
}

/** Errors along the stack, in HU or in dB, and what marks the slice that is shown. */
class AlongStack {
  readonly element = el("div", { class: "along" });
  private plot: LinePlot | null = null;
  private at = 0;
  private said = "";
  private readonly x: number[];
  private readonly xLabel: string;

  constructor(
    private readonly scan: Scan,
    private readonly page: PageScan,
    private readonly pick: (i: number) => void,
  ) {
    const { position_mm, slice } = page.slices;
    const inMm = position_mm.every((p) => p !== null);
    this.x = inMm ? (position_mm as number[]) : slice;
    this.xLabel = inMm ? t.alongMm : t.slice;
    const select = el("select", {});
    const unit = unitOf(scan);
    const hasBody = page.slices.mae_body.model!.some((v) => v !== null);
    if (hasBody) select.add(new Option(filled(t.byError, { unit }), "mae"));
    select.add(new Option(t.byPsnr, "psnr"));
    select.addEventListener("change", () => this.draw(select.value));
    this.element.append(el("div", { class: "controls" }, el("label", {}, el("span", {}, t.shownAs), select)), el("div"));
    this.draw(select.value);
  }

  private draw(kind: string) {
    const { slices } = this.page;
    const values = kind === "mae" ? slices.mae_body : slices.psnr_full;
    const lines = plotted(this.scan).map((m) => ({
      key: m,
      name: rowName(this.scan, m),
      x: this.x,
      y: values[m]!,
      faint: m !== "model" && m !== this.scan.best_without_network.method,
    }));
    this.plot = linePlot(lines, {
      title: t.alongTitle,
      caption: kind === "mae" ? t.alongErrorCaption : t.alongPsnrCaption,
      xLabel: this.xLabel,
      yLabel: kind === "mae" ? filled(t.maeAxis, { unit: unitOf(this.scan) }) : t.psnrAxis,
      digits: kind === "mae" ? 1 : 2,
      zero: kind === "mae",
      bands: bandsOf(this.x, slices.region),
      pick: (x) => this.pick(this.nearest(x)),
    });
    this.element.lastElementChild!.replaceWith(this.plot.element);
    this.plot.mark(this.x[this.at]!, this.said);
  }

  private nearest(x: number): number {
    let best = 0;
    this.x.forEach((v, i) => {
      if (Math.abs(v - x) < Math.abs(this.x[best]! - x)) best = i;
    });
    return best;
  }

  mark(i: number, said: string) {
    [this.at, this.said] = [i, said];
    this.plot?.mark(this.x[i]!, said);
  }
}

function groupPlots(scan: Scan): HTMLElement {
  const unit = unitOf(scan);
  const dots = (parts: { methods: Record<string, Method> }[], value: (m: Method) => Value | undefined): Dots[] =>
    plotted(scan).map((m) => ({
      key: m,
      name: rowName(scan, m),
      values: parts.map((p) => (p.methods[m] === undefined ? null : (value(p.methods[m]!) ?? null))),
    }));
  const plots: HTMLElement[] = [];
  const names = scan.regions.map((r) => `${regionName(r.name!)} (${r.slices})`);
  const bodies = scan.regions.some((r) => maeOf(r.methods.model!) !== undefined);
  plots.push(
    dotPlot(names, dots(scan.regions, bodies ? maeOf : (m) => m.psnr_full), {
      title: t.regionTitle,
      caption: t.regionCaption,
      yLabel: bodies ? filled(t.maeAxis, { unit }) : t.psnrAxis,
      zero: bodies,
    }),
  );
  if (scan.unit === "HU") {
    const byTissue = (value: (m: Method, tissue: (typeof kTissues)[number]) => Value | undefined): Dots[] =>
      plotted(scan).map((m) => ({
        key: m,
        name: rowName(scan, m),
        values: kTissues.map((tissue) => value(scan.methods[m]!, tissue) ?? null),
      }));
    const tissues = kTissues.map((x) => t.tissues[x]);
    plots.push(
      dotPlot(tissues, byTissue((m, x) => m.mae_hu_tissue?.[x]), {
        title: t.tissueTitle,
        caption: t.tissueCaption,
        yLabel: filled(t.maeAxis, { unit }),
        zero: true,
      }),
    );
    plots.push(
      dotPlot(tissues, byTissue((m, x) => m.signed_error_hu_pure_median?.[x]), {
        title: t.shiftTitle,
        caption: t.shiftCaption,
        yLabel: "HU",
        zero: true,
      }),
    );
  }
  return el("div", { class: "plots" }, ...plots);
}

function byMethod(scan: Scan, title: string, note: string, head: string[], cells: (m: Method, name: string) => Cell[]): Table {
  const names = [...new Set([...kPlotted, ...Object.keys(scan.methods)])].filter((name) => name in scan.methods);
  const rows: Row[] = names.map((name) => ({
    cells: [words(rowName(scan, name)), ...cells(scan.methods[name]!, name)],
    own: name === "model",
  }));
  return { title, note, head: [t.method, ...head], rows };
}

export function mainTable(scan: Scan): Table {
  const best = scan.best_without_network;
  const hu = scan.unit === "HU";
  const head = [filled(t.overBest, { method: methodName(best.method) }), t.psnrFull];
  if (hu) head.push(t.psnrSoft, t.psnrBone);
  head.push("SSIM", filled(t.maeHead, { unit: unitOf(scan) }), t.wonHead, t.overCubic, "p");
  return byMethod(scan, t.mainTable, filled(t.mainNote, { method: methodName(best.method) }), head, (m, name) => [
    summary(best.psnr_full_over[name], 2, true),
    summary(m.psnr_full, 2),
    ...(hu ? [summary(m.psnr_soft, 2), summary(m.psnr_bone, 2)] : []),
    summary(m.ssim_full, 4),
    summary(maeOf(m), 2),
    name === "cubic" ? number(null, 0) : { ...number(m.slices_won, 0), text: `${m.slices_won}/${scan.slices}` },
    name === "cubic" ? number(null, 0) : summary(m.psnr_full_over_cubic, 2, true),
    name === "cubic" ? number(null, 0) : probability(m.wilcoxon_psnr_full_over_cubic.p),
  ]);
}

function byPart(scan: Scan, title: string, note: string, what: string, parts: Part[]): Table {
  const best = scan.best_without_network.method;
  const unit = unitOf(scan);
  const free = methodName(best);
  const head = [what, t.slicesHead, `PSNR, dB: ${t.model}`, `PSNR, dB: ${free}`, t.difference];
  head.push(filled(t.maeOf, { unit, method: t.model }), filled(t.maeOf, { unit, method: free }));
  const rows = parts.map((p) => {
    const [own, other] = [p.methods.model!, p.methods[best]!];
    const cells = [
      words(partName(p)),
      number(p.slices, 0),
      summary(own.psnr_full, 2),
      summary(other.psnr_full, 2),
      number(own.psnr_full.mean - other.psnr_full.mean, 2, true),
      summary(maeOf(own), 2),
      summary(maeOf(other), 2),
    ];
    return { cells };
  });
  return { title, note, head, rows };
}

function bySlice(scan: Scan, page: PageScan, pick: ((i: number) => void) | null): Table {
  const { slices } = page;
  const best = scan.best_without_network.method;
  const unit = unitOf(scan);
  const free = methodName(best);
  const head = [t.slice, "z, mm", t.region, `PSNR, dB: ${t.model}`, `PSNR, dB: ${free}`, t.difference];
  head.push(filled(t.maeOf, { unit, method: t.model }), filled(t.maeOf, { unit, method: free }));
  const rows = slices.slice.map((slice, i): Row => {
    const [own, other] = [slices.psnr_full.model![i]!, slices.psnr_full[best]![i]!];
    const cells = [
      number(slice, 0),
      number(slices.position_mm[i], 1),
      words(regionName(slices.region[i]!)),
      number(own, 2),
      number(other, 2),
      number(own - other, 2, true),
      number(slices.mae_body.model![i], 1),
      number(slices.mae_body[best]![i], 1),
    ];
    return pick === null ? { cells } : { cells, pick: () => pick(i) };
  });
  return { title: t.sliceTable, note: t.sliceNote, head, rows };
}

function tablesOf(scan: Scan, page: PageScan, pick: ((i: number) => void) | null): Table[] {
  const hu = scan.unit === "HU";
  const tables = [byPart(scan, t.byRegion, scan.region_rule === "head" ? t.regionsByRule : t.regionsByThirds, t.region, scan.regions)];
  if (scan.positions.length > 1) tables.push(byPart(scan, t.byPosition, t.positionNote, "t", scan.positions));
  tables.push(bySlice(scan, page, pick));
  if (hu) {
    const tissues = kTissues.map((x) => t.tissues[x]);
    const heads = (before: string) => tissues.map((x) => `${before}, ${x}`);
    tables.push(
      byMethod(scan, t.byTissue, t.byTissueNote, [...heads(t.absolute), ...heads(t.signed)], (m) => [
        ...kTissues.map((x) => summary(m.mae_hu_tissue?.[x], 2)),
        ...kTissues.map((x) => number(m.signed_error_hu?.[x], 2, true)),
      ]),
      byMethod(scan, t.pure, t.pureNote, [...heads(t.median), ...heads(t.mean)], (m) => [
        ...kTissues.map((x) => summary(m.signed_error_hu_pure_median?.[x], 2, true)),
        ...kTissues.map((x) => summary(m.signed_error_hu_pure?.[x], 2, true)),
      ]),
      byMethod(scan, t.structure, t.structureNote, [t.full, t.softWindow, t.boneWindow], (m) => [
        summary(m.ssim_full, 4),
        summary(m.ssim_soft, 4),
        summary(m.ssim_bone, 4),
      ]),
    );
  }
  tables.push(
    byMethod(scan, t.texture, t.textureNote, [...(hu ? [t.noise] : []), t.sharpness], (m) => [
      ...(hu ? [summary(m.noise_ratio, 3)] : []),
      summary(m.sharpness_ratio, 3),
    ]),
  );
  return tables;
}

export function scanSection(scan: Scan, page: PageScan, number: number): HTMLElement {
  const section = el("section", { id: `scan-${number}` }, el("h2", {}, scan.scan), verdict(scan, false));
  let viewer: SliceViewer | null = null;
  const heading = el("h3", {}, t.pictures);
  const pick = (i: number) => {
    viewer?.show(i);
    heading.scrollIntoView({ block: "start" });
  };
  const along = new AlongStack(scan, page, (i) => viewer?.show(i));
  if (page.pictures !== null) {
    viewer = new SliceViewer(scan, page.slices, new PictureStore(page.pictures), (i) => {
      const mm = page.slices.position_mm[i];
      along.mark(i, `${t.slice} ${page.slices.slice[i]}${mm === null ? "" : `, ${numberText(mm!, 1)} mm`}:`);
    });
    section.append(heading, viewer.element);
  }
  section.append(
    el("h3", {}, t.plots),
    along.element,
    groupPlots(scan),
    ...lesionPart(scan, page.lesions),
    el("h3", {}, t.numbers),
    el("p", {}, detailsOf(scan).join(" ")),
    el("p", {}, meaningOf(scan)),
    el("p", { class: "note screen" }, t.howToSort),
    tableElement(mainTable(scan)),
    ...tablesOf(scan, page, viewer === null ? null : pick).map((table) => tableElement(table)),
    el("h3", {}, t.test),
    facts(scan),
  );
  return section;
}
