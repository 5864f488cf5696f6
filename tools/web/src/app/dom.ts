// Elements from code. Text goes in as text, never as HTML.
import { kLanguage } from "../texts";

type Child = Node | string | null | false | undefined;
type Value = string | number | boolean | null | undefined | ((e: Event) => void);

/** h("button", { type: "button", onclick: run }, "Start"): an element with attributes and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, Value> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  add(element, ...children);
  return element;
}

export function add(element: Element, ...children: Child[]) {
  for (const c of children) if (c !== null && c !== false && c !== undefined) element.append(c);
}

/** Replaces what an element shows, if it would show another text. Readers repeat what is written anew. */
export function say(element: Element, text: string) {
  if (element.textContent !== text) element.textContent = text;
}

const kPaths = {
  folder: "M3 6h6l2 2h10v11H3z",
  file: "M6 3h8l5 5v13H6zM14 3v5h5",
  up: "M12 19V6M6 12l6-6 6 6",
  close: "M6 6l12 12M18 6L6 18",
  copy: "M9 9h11v11H9zM5 15V4h11",
  open: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
  good: "M5 13l5 5L20 7",
  warning: "M12 8v5M12 16.5v.5",
  bad: "M8 8l8 8M16 8l-8 8",
  half: "M9.5 10.5v7M14.5 10.5v7",
  minus: "M7 12h10",
  slices: "M3 6l9-3 9 3-9 3zM3 11l9 3 9-3M3 16l9 3 9-3",
  save: "M12 4v11M7 11l5 5 5-5M4 20h16",
  stop: "M7 7h10v10H7z",
  play: "M8 5l11 7-11 7z",
} as const;
export type Icon = keyof typeof kPaths;

/** The name of SVG, asked of the browser: the build leaves no address in the page. */
const kSvg = (() => {
  const template = document.createElement("template");
  template.innerHTML = "<svg></svg>";
  return template.content.firstElementChild!.namespaceURI;
})();

export function svg(tag: string, attributes: Record<string, string | number>, ...children: Element[]): SVGElement {
  const element = document.createElementNS(kSvg, tag) as SVGElement;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

export function icon(name: Icon): SVGElement {
  const box = svg("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" });
  box.append(svg("path", { d: kPaths[name] }));
  return box;
}

export function button(text: string, run: (e: Event) => void, options: { icon?: Icon; kind?: string } = {}) {
  const class_ = options.kind ?? "";
  return h("button", { type: "button", class: class_, onclick: run }, options.icon && icon(options.icon), text);
}

/** What the program says in English, whatever the language of the page. */
export function english(text: string): HTMLElement {
  return h("span", { lang: kLanguage === "en" ? null : "en" }, text);
}

let ids = 0;
export function newId(): string {
  return `e${++ids}`;
}

export function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let [x, at] = [bytes, 0];
  while (x >= 1000 && at < units.length - 1) [x, at] = [x / 1000, at + 1];
  const digits = at > 0 && x < 10 ? 1 : 0;
  return `${x.toLocaleString(kLanguage, { maximumFractionDigits: digits })} ${units[at]}`;
}

/** A number of at most two digits after the point, in the language of the page. */
export function shortNumber(x: number, digits = 2): string {
  return x.toLocaleString(kLanguage, { maximumFractionDigits: digits });
}

/** A time of the server: seconds since 1970, or a text that browsers understand. */
export function dateText(when: string | number | null): string {
  if (when === null) return "";
  const date = new Date(typeof when === "number" ? when * 1000 : when);
  if (Number.isNaN(date.getTime())) return String(when);
  const today = date.toDateString() === new Date().toDateString();
  return today
    ? date.toLocaleTimeString(kLanguage, { hour: "2-digit", minute: "2-digit" })
    : date.toLocaleDateString(kLanguage, { day: "numeric", month: "short", year: "numeric" });
}

export function lastPart(path: string): string {
  return path.replace(/\/+$/, "").split("/").pop() || path;
}

/** A path that is too long loses its middle. */
export function shortPath(path: string, most = 48): string {
  if (path.length <= most) return path;
  const end = path.slice(-Math.round(most * 0.65));
  return `${path.slice(0, most - end.length - 1)}…${end}`;
}

/** A command as one would type it into a shell. */
export function shellText(words: string[]): string {
  const quoted = (w: string) => (/^[\w@%+=:,./-]+$/.test(w) ? w : `'${w.replaceAll("'", `'\\''`)}'`);
  return words.map(quoted).join(" ");
}
