// Starts the page of an evaluation: reads its numbers and shows them in the reader's language.
import "../base.css";
import "./report.css";
import { filled, kLanguage, numberText } from "../texts";
import { readJson, type PageData, type Report, type Source } from "./data";
import { el } from "./dom";
import { linePlot } from "./plot";
import { factsTable, scanSection, verdict } from "./scan";
import { number, summary, tableElement, words, type Row, type Table } from "./tables";
import { t } from "./texts";

/** A row for each scan and one for their mean. */
function overview(report: Report): Table {
  const rows: Row[] = report.scans.map((scan) => {
    const best = scan.best_without_network;
    const cells = [
      words(scan.scan),
      number(scan.slices, 0),
      words(t.methods[best.method] ?? best.method),
      summary(best.psnr_full_over.model, 2, true),
      words(t.outcomes[best.model_is]),
      summary(scan.methods.model!.psnr_full_over_cubic, 2, true),
    ];
    return { cells };
  });
  const mean = report.scans.reduce((sum, s) => sum + s.best_without_network.psnr_full_over.model!.mean, 0) / report.scans.length;
  const over = report.mean_over_scans.psnr_full_over_cubic;
  rows.push({ cells: [words(t.meanOfScans), number(null, 0), words(""), number(mean, 2, true), words(""), number(over, 2, true)] });
  const head = [t.scan, t.slicesHead, t.bestWithout.replace("{method}", t.method), t.overBestFree, t.theModel, t.overCubic];
  return { title: t.allScans, note: t.allScansNote, head, rows };
}

function sourceText(s: Source): string {
  const mm = s.slice_spacing === undefined || s.unit !== "HU" ? "" : `, ${filled(t.apart, { mm: numberText(s.slice_spacing, 2) })}`;
  const size = `${s.width} x ${s.height}${mm}`;
  return filled(t.sourceText, { name: s.name, n: s.slices, size, hash: s.sha256 });
}

function modelSection(report: Report, page: PageData): HTMLElement {
  const { model } = report;
  const { training } = model;
  const rows: [string, string][] = [
    [t.file, model.file],
    ["SHA-256", model.sha256],
    [t.recipe, `${String(model.recipe.name)}, ${t.protocol} ${String(model.recipe.protocol)}`],
    [t.parameters, filled(t.inGenerator, { n: numberText(model.generator_params) })],
    [t.training, filled(t.trainingText, { steps: String(training.steps), total: String(training.total_steps), seed: String(training.seed) })],
    [t.writtenBy, `ct2ct ${model.ct2ct_version}`],
  ];
  for (const s of training.sources ?? []) rows.push([t.trainedWith, sourceText(s)]);
  if (training.from) rows.push([t.startedFrom, filled(t.modelWithHash, { hash: training.from })]);
  for (const s of training.before ?? []) rows.push([t.trainedBefore, sourceText(s)]);
  const section = el("section", {}, el("h2", {}, t.theModel), factsTable(t.theModel, rows));
  if (page.losses.length > 0) {
    const lines = page.losses.map((s, i) => ({ key: `loss-${i}`, name: t.losses[s.name] ?? s.name, x: s.x, y: s.y, raw: s.raw }));
    const plot = linePlot(lines, { title: t.lossTitle, caption: t.lossCaption, xLabel: t.step, yLabel: t.lossAxis, digits: 4, log: true, level: "h3" });
    section.append(plot.element);
  }
  section.append(el("details", {}, el("summary", {}, t.wholeRecipe), el("pre", {}, JSON.stringify(model.recipe, null, 2))));
  return section;
}

function start() {
  const report = readJson<Report>("ct2ct-report");
  const page = readJson<PageData>("ct2ct-page");
  document.documentElement.lang = kLanguage;
  document.title = t.pageTitle;
  document.getElementById("title")!.textContent = t.title;
  document.getElementById("use")!.textContent = t.use;
  const root = document.getElementById("page")!;
  if (report.scans.length > 1) {
    report.scans.forEach((scan, i) => {
      const box = verdict(scan, true);
      const name = box.querySelector(".scan")!;
      name.replaceChildren(el("a", { href: `#scan-${i}` }, scan.scan));
      root.append(box);
    });
    root.append(tableElement(overview(report), "h2"));
  }
  report.scans.forEach((scan, i) => root.append(scanSection(scan, page.scans[i]!, i)));
  root.append(modelSection(report, page), el("h2", {}, t.reading), ...t.readingLines.map((line) => el("p", {}, line)));
  root.append(el("p", { class: "note end" }, `${t.use} ${filled(t.writtenWith, { program: page.program })}`));
  document.getElementById("still")!.remove();
  document.body.dataset.ready = "";
}

start();
