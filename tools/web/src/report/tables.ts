// Tables whose columns sort by a click or by the keyboard.
import { numberText } from "../texts";
import type { Summary } from "./data";
import { el, wide } from "./dom";
import { t } from "./texts";

export interface Cell {
  text: string;
  value: number | string | null; // what sorts; null stands last
  interval?: string;
}

export interface Row {
  cells: Cell[]; // the first names the row
  own?: boolean; // of the model
  pick?: () => void;
}

export interface Table {
  title: string;
  note: string;
  head: string[];
  rows: Row[];
}

export function words(text: string): Cell {
  return { text, value: text };
}

export function number(v: number | null | undefined, digits: number, sign = false): Cell {
  if (v === null || v === undefined) return { text: "–", value: null };
  const rounded = numberText(v, digits);
  const plus = sign && v > 0 && /[1-9]/.test(rounded);
  return { text: `${plus ? "+" : ""}${rounded.replace("-", "−")}`, value: v };
}

/** A mean with its interval below it. */
export function summary(s: Summary | undefined, digits: number, sign = false): Cell {
  if (s === undefined) return { text: "–", value: null };
  const interval = `[${numberText(s.lo, digits)}, ${numberText(s.hi, digits)}]`.replaceAll("-", "−");
  return { ...number(s.mean, digits, sign), interval };
}

/** As a p-value is shown: "0.043", "< 0.0001". */
export function probability(p: number): Cell {
  if (p < 1e-4) return { text: `< ${numberText(0.0001, 4)}`, value: p };
  return number(p, p < 0.01 ? 4 : 3);
}

function compare(a: Cell, b: Cell): number {
  if (a.value === null || b.value === null) return (a.value === null ? 1 : 0) - (b.value === null ? 1 : 0);
  if (typeof a.value === "number" && typeof b.value === "number") return a.value - b.value;
  return String(a.value).localeCompare(String(b.value));
}

function rowElement(row: Row): HTMLTableRowElement {
  const tr = el("tr", { class: row.own ? "own" : null });
  row.cells.forEach((cell, i) => {
    const content = i === 0 && row.pick !== undefined ? el("button", { type: "button", class: "pick" }, cell.text) : cell.text;
    if (content instanceof HTMLElement) content.addEventListener("click", row.pick!);
    const interval = cell.interval === undefined ? null : el("span", { class: "interval" }, cell.interval);
    tr.append(i === 0 ? el("th", { scope: "row" }, content) : el("td", {}, content, interval));
  });
  return tr;
}

export function tableElement(table: Table, level: "h2" | "h4" = "h4"): HTMLElement {
  const rows = table.rows.map((row) => ({ row, element: rowElement(row) }));
  const body = el("tbody", {}, ...rows.map((r) => r.element));
  const heads = table.head.map((name) => {
    const arrow = el("span", { class: "arrow", "aria-hidden": "true" });
    const button = el("button", { type: "button" }, name, arrow);
    return { th: el("th", { scope: "col" }, button), button, arrow };
  });
  const said = el("p", { class: "hear", role: "status" });
  let sorted = -1;
  let down = false;
  heads.forEach(({ button }, column) => {
    button.addEventListener("click", () => {
      down = sorted === column ? !down : false;
      sorted = column;
      // Where there is no number it stands last, whichever way.
      const order = [...rows].sort((a, b) => {
        const [x, y] = [a.row.cells[column]!, b.row.cells[column]!];
        const none = x.value === null || y.value === null;
        return compare(x, y) * (down && !none ? -1 : 1);
      });
      body.append(...order.map((r) => r.element));
      heads.forEach(({ th, arrow }, i) => {
        if (i === column) th.setAttribute("aria-sort", down ? "descending" : "ascending");
        else th.removeAttribute("aria-sort");
        arrow.textContent = i !== column ? "" : down ? " ▼" : " ▲";
      });
      said.textContent = `${table.head[column]}: ${down ? t.descending : t.ascending}`;
    });
  });
  const head = el("tr", {}, ...heads.map((h) => h.th));
  const element = el("table", {}, el("thead", {}, head), body);
  return el(
    "section",
    { class: "table" },
    el(level, {}, table.title),
    table.note === "" ? null : el("p", { class: "note" }, table.note),
    wide(table.title, element),
    said,
  );
}
