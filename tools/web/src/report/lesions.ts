// What became of small lesions that were put into the hidden slices: examples as pictures, means as a table.
import { filled, numberText } from "../texts";
import type { LesionExample, Lesions, Scan, Seen } from "./data";
import { el, wide } from "./dom";
import { number, tableElement, words, type Row } from "./tables";
import { t } from "./texts";
import { lesionTexts as own } from "./texts_lesions";

const kSeen: Seen[] = ["well", "partly", "nowhere", "elsewhere"];
const kShown = ["truth", "model", "registered", "cubic"]; // in pictures; the table has all methods

function nameOf(method: string): string {
  return method === "truth" ? own.truth : (t.methods[method] ?? method);
}

/** A row for each example, a column for the truth and each method that is shown. */
function pictures(examples: LesionExample[]): HTMLElement {
  const shown = kShown.filter((m) => examples.some((e) => e.pictures[m] !== undefined));
  const head = el("tr", {}, el("th", { scope: "col" }, own.lesion), ...shown.map((m) => el("th", { scope: "col" }, nameOf(m))));
  const rows = examples.map((e) => {
    const about = filled(own.about, { mm: numberText(e.diameter_mm, 0), hu: numberText(e.contrast_hu, 0), slice: e.slice });
    const name = el("th", { scope: "row" }, el("strong", {}, own.seen[e.seen]), el("span", { class: "interval" }, about));
    const cells = shown.map((m) => {
      const address = e.pictures[m];
      const alt = `${nameOf(m)}: ${own.seen[e.seen]}`;
      return el("td", {}, address === undefined ? null : el("img", { src: address, alt, class: "lesion" }));
    });
    return el("tr", {}, name, ...cells);
  });
  const table = el("table", { class: "examples" }, el("thead", {}, head), el("tbody", {}, ...rows));
  return wide(own.examples, table);
}

/** Contrast shown, in percent of the true one, by method and by how a lesion is seen. */
function means(lesions: Lesions, methods: string[]): HTMLElement {
  const kinds = kSeen.filter((seen) => lesions.lesions.some((l) => l.seen === seen));
  const count = (seen: Seen) => lesions.lesions.filter((l) => l.seen === seen).length;
  const head = [t.method, ...kinds.map((s) => `${own.seen[s]} (${count(s)})`), own.falseSpots];
  const rows = methods.map((m): Row => {
    const cells = kinds.map((seen) => {
      const all = lesions.lesions.filter((l) => l.seen === seen).map((l) => l.methods[m]!.contrast);
      return number((100 * all.reduce((sum, x) => sum + x, 0)) / all.length, 0);
    });
    return { cells: [words(nameOf(m)), ...cells, number(lesions.false_spots[m], 0)], own: m === "model" };
  });
  const note = filled(own.note, { hu: numberText(lesions.false_spot_hu, 0), places: numberText(lesions.places) });
  return tableElement({ title: own.table, note, head, rows });
}

export function lesionPart(scan: Scan, examples: LesionExample[]): HTMLElement[] {
  if (scan.lesions === undefined) return [];
  const part: HTMLElement[] = [el("h3", {}, own.title)];
  if (examples.length > 0) part.push(el("p", { class: "note" }, own.examples), pictures(examples));
  return [...part, means(scan.lesions, Object.keys(scan.methods))];
}
