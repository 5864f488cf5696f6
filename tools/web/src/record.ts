// What made the slices, as a table. Text from files goes in as text, never as HTML.
import type { Page } from "./data";
import { kLanguage, methodText, numberText, t } from "./texts";

function row(cells: string[], tag: "td" | "th"): HTMLTableRowElement {
  const tr = document.createElement("tr");
  cells.forEach((text, i) => {
    const cell = document.createElement(tag === "td" && i === 0 ? "th" : tag);
    if (tag === "th") cell.scope = "col";
    else if (i === 0) cell.scope = "row";
    cell.textContent = text;
    tr.append(cell);
  });
  return tr;
}

function table(caption: string, head: string[] | null, rows: string[][]): HTMLTableElement {
  const element = document.createElement("table");
  element.createCaption().textContent = caption;
  if (head !== null) element.createTHead().append(row(head, "th"));
  const body = element.createTBody();
  for (const cells of rows) body.append(row(cells, "td"));
  return element;
}

/** Fields of the page's record that have a name in texts.ts, in the order in which they are shown. */
const kFields: [string, string][] = [
  ["program", t.program],
  ["commit", t.commit],
  ["date", t.date],
  ["method", t.asMethod],
  ["factor", t.factor],
  ["slices_before", t.slicesBefore],
  ["slices", t.slicesAfter],
  ["self_check", t.selfCheckRan],
  ["trained_for", t.trainedFor],
  ["uncertainty", t.uncertaintyMean],
  ["model_sha256", t.modelHash],
  ["input_sha256", t.inputHash],
];

function said(value: string | number | boolean): string {
  if (typeof value === "boolean") return value ? t.yes : t.no;
  return typeof value === "number" ? value.toLocaleString(kLanguage) : value;
}

export function recordTables(page: Page): HTMLElement[] {
  const parts: HTMLElement[] = [];
  if (page.made_by.length > 0) {
    const rows = page.made_by.map((m) => [
      methodText(m.method),
      numberText(m.slices),
      m.expected_error ? m.expected_error.map((x) => numberText(x, 1)).join(", ") : "–",
    ]);
    parts.push(table(t.methods, [t.method, t.number, t.errorRange], rows));
  }
  if (page.record === null) {
    const none = document.createElement("p");
    none.textContent = t.noRecord;
    parts.push(none);
    return parts;
  }
  const rows: string[][] = [];
  for (const [field, name] of kFields) {
    const value = page.record[field];
    if (value === undefined || value === null) continue;
    rows.push([name, field === "method" ? methodText(String(value)) : said(value)]);
  }
  parts.push(table(t.run, null, rows));
  return parts;
}
