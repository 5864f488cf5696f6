// The screen of a scan: its series, and what to make of the one that is chosen.
import { post, type Job, type Said, type Scan, type Series } from "./api";
import { choosePath } from "./chooser";
import { add, button, english, h, icon, shortNumber, shortPath } from "./dom";
import { newChoice, Options, remember } from "./options";
import { go, showFault, type App, type Screen } from "./shell";
import { filled, kLanguage, numberText } from "../texts";
import { t } from "./texts";

export const kPhantom = "phantom:1234"; // a made-up head that the program knows

export function scanScreen(app: App, path: string, model: string | null): Screen {
  const element = h("div", { class: "scan" });
  const title = h("h1", { tabindex: "-1" }, t.reading);
  const another = button(t.anotherScan, () => go("", { model }), { icon: "folder" });
  add(element, h("div", { class: "scan-head" }, title, h("p", { class: "quiet path-text" }, shortPath(path, 90)), another));
  const body = h("div", { "aria-busy": "true" }, h("p", { class: "busy" }, t.readingLong));
  add(element, body);
  let left = false;
  const read = app.store.scan(path).then(
    (scan) => {
      if (left) return;
      title.textContent = path === kPhantom ? t.phantom : scan.name;
      document.title = `${title.textContent} · ct2ct`;
      body.removeAttribute("aria-busy");
      show(app, body, scan, model);
      app.announce(filled(t.seriesFound, { n: scan.series.length }));
    },
    (e: unknown) => {
      if (left) return;
      title.textContent = t.notRead;
      body.removeAttribute("aria-busy");
      showFault(body, e);
    },
  );
  void read;
  return { title: t.reading, element, close: () => (left = true) };
}

/** The series and, once one is chosen, the options. */
function show(app: App, body: HTMLElement, scan: Scan, model: string | null) {
  const usable = scan.series.filter((s) => s.usable);
  const aside = h("div", { class: "options-place" });
  const choose = (s: Series) => aside.replaceChildren(optionsOf(app, scan, s, model));
  const list = h("fieldset", { class: "series-list" }, h("legend", {}, seriesTitle(scan)));
  for (const s of scan.series) add(list, seriesCard(scan, s, s === usable[0], () => choose(s)));
  const left = h("div", { class: "series-side" }, list, warnings(notYetSaid(scan)));
  if (usable.length === 0) add(left, h("p", { class: "note" }, t.noneUsable));
  body.replaceChildren(h("div", { class: "columns" }, left, aside));
  if (usable[0] !== undefined) choose(usable[0]);
  else aside.remove();
}

/** The reader's warnings, without those that a series already shows in the language of the page. */
function notYetSaid(scan: Scan): string[] {
  const said = scan.series.flatMap((s) => s.warnings.map((w) => w.text));
  return scan.warnings.filter((w) => !said.some((text) => w.startsWith(text)));
}

function seriesTitle(scan: Scan): string {
  return scan.series.length === 1 ? t.oneSeries : filled(t.severalSeries, { n: scan.series.length });
}

/** 53 slices of 512 × 512, 0.49 × 0.49 × 3 mm. */
export function geometryText(s: Series): string {
  const parts: string[] = [];
  if (s.slices !== null) parts.push(`${numberText(s.slices)} ${s.slices === 1 ? t.slice : t.slices}`);
  if (s.size !== null) parts.push(s.size.join(" × "));
  const mm = [...(s.spacing ?? [])].filter((x): x is number => x !== null && x > 0);
  if (mm.length > 0) parts.push(`${mm.map((x: number) => shortNumber(x)).join(" × ")} mm`);
  return parts.join(", ");
}

function seriesCard(scan: Scan, s: Series, checked: boolean, pick: () => void): HTMLElement {
  const input = h("input", { type: "radio", name: "series", checked, disabled: !s.usable, onchange: pick });
  const text = h("span", { class: "card-text" });
  add(text, h("strong", {}, english(s.text === "" ? scan.format : s.text)));
  add(text, h("span", {}, geometryText(s)));
  add(text, h("span", { class: "quiet" }, [s.modality, s.unit].filter(Boolean).join(", ")));
  if (!s.usable) {
    const why = h("span", { class: "why-not" }, icon("bad"), h("span", {}, `${t.notUsable} `, saidIn(s.why_not ?? "")));
    add(text, why);
  }
  const label = h("label", { class: s.usable ? "series" : "series off" }, input, thumbnail(s.thumbnail), text);
  return h("div", {}, label, warnings(s.warnings));
}

export function thumbnail(address: string | null): HTMLElement {
  if (address === null) return h("span", { class: "thumb none" }, icon("slices"));
  const image = h("img", { class: "thumb", src: address, alt: t.middleSlice, decoding: "async" });
  image.addEventListener("error", () => image.replaceWith(thumbnail(null)));
  return image;
}

/** What the server says: by its code in the language of the page, else as it is. */
function saidIn(said: Said | string): Node {
  const words = typeof said === "string" ? undefined : t.said[said.code];
  if (words === undefined) return english(typeof said === "string" ? said : said.text);
  const value = typeof said === "string" ? null : said.value;
  return document.createTextNode(filled(words, { n: value === null ? "" : shortNumber(value, 1) }));
}

export function warnings(texts: (Said | string)[]): HTMLElement | null {
  if (texts.length === 0) return null;
  const list = h("ul", { class: "warnings" });
  for (const w of texts) {
    const own = typeof w !== "string" && t.said[w.code] !== undefined;
    const begin = own || kLanguage === "en" ? t.warning : t.warningInEnglish;
    add(list, h("li", {}, h("span", { class: "light amber small" }, icon("warning")), h("span", {}, `${begin}: `, saidIn(w))));
  }
  return list;
}

function optionsOf(app: App, scan: Scan, series: Series, model: string | null): HTMLElement {
  const faults = h("div", {});
  const start = button("", () => void begin(), { kind: "main wide", icon: "play" });
  const startText = h("span", {});
  start.replaceChildren(icon("play"), startText);
  const choice = newChoice(scan, model);
  const options = new Options(app, scan, series, choice, () => {
    const made = options.made;
    start.disabled = made === 0;
    startText.textContent =
      made === null ? t.makeThem : made > 0 ? filled(t.makeSlices, { n: numberText(made) }) : t.nothingToMake;
  });
  options.showOutcome();
  async function begin() {
    if (!options.valid()) return;
    start.disabled = true;
    try {
      remember(choice);
      const job = await post<Job>("/api/jobs", options.request());
      await app.store.refresh();
      go("job", { id: job.id });
    } catch (e) {
      start.disabled = false;
      showFault(faults, e);
    }
  }
  const element = h("section", { class: "panel options", "aria-label": t.options }, options.element, faults, start);
  add(element, h("p", { class: "quiet" }, t.checkFirst));
  return element;
}

/** A folder to save into, or null. */
export function chooseFolder(app: App): Promise<string | null> {
  return choosePath(app.store, "save");
}
