// How fine, made by what, saved as what: the options of an interpolation.
import type { Format, Interpolation, Method, Scan, Series } from "./api";
import { choosePath } from "./chooser";
import { add, button, h, lastPart, newId, say, shortNumber, shortPath, svg } from "./dom";
import { more, type App } from "./shell";
import { filled, numberText } from "../texts";
import { t } from "./texts";

const kRemembered = "ct2ct-choice"; // in the browser: formats of the last job
const kFactors = [2, 3, 4, 5, 6, 7, 8, 9, 10];
const kFormats: Format[] = ["dicom", "nifti", "png", "gif"];

/** What is chosen; `factor` 0 means a slice spacing. */
export interface Choice {
  factor: number;
  spacing: number;
  method: Method;
  model: string;
  formats: Set<Format>;
  folder: string | null;
}

export function isDicom(scan: Scan): boolean {
  return /dicom/i.test(scan.format);
}

export function newChoice(scan: Scan, model: string | null): Choice {
  const kept = JSON.parse(localStorage.getItem(kRemembered) ?? "null") as Format[] | null;
  const formats = new Set<Format>(kept ?? []);
  if (!isDicom(scan)) formats.delete("dicom");
  if (formats.size === 0) formats.add(isDicom(scan) ? "dicom" : "nifti");
  return { factor: 2, spacing: 1, method: "model", model: model ?? "default", formats, folder: null };
}

export function remember(choice: Choice) {
  localStorage.setItem(kRemembered, JSON.stringify([...choice.formats]));
}

/** The parts that each gap between two slices is cut into. */
export function stepsOf(choice: Choice, gap: number): number {
  if (choice.factor > 0) return choice.factor;
  return choice.spacing > 0 ? Math.max(1, Math.round(gap / choice.spacing)) : 1;
}

export class Options {
  readonly element = h("div", { class: "option-groups" });
  private readonly said = h("p", { class: "outcome", role: "status" });
  private readonly ruler = h("div", { class: "ruler-picture" });
  private readonly modelPlace = h("div", {});
  private readonly folderPlace = h("div", { class: "row" });
  private readonly formatPlace = h("div", {});

  constructor(
    private readonly app: App,
    private readonly scan: Scan,
    private readonly series: Series,
    private readonly choice: Choice,
    private readonly changed: () => void,
  ) {
    add(this.element, this.fineness(), this.maker(), this.formats());
  }

  /** How many slices would be made, as far as it is known. */
  get made(): number | null {
    const steps = stepsOf(this.choice, this.gap);
    if (steps <= 1) return 0;
    return this.series.slices === null ? null : (this.series.slices - 1) * (steps - 1);
  }

  /** mm between slices; 0 if it is not known. */
  private get gap(): number {
    return this.series.spacing?.[2] ?? 0;
  }

  /** The browser says in its own words which number is wrong. */
  valid(): boolean {
    return [...this.element.querySelectorAll("input")].every((i) => i.closest("[hidden]") !== null || i.reportValidity());
  }

  request(): Interpolation {
    const { factor, spacing, method, model, formats, folder } = this.choice;
    return {
      kind: "interpolate",
      scan: this.scan.id,
      series: this.series.key,
      ...(factor > 0 ? { factor } : { spacing }),
      model,
      method,
      formats: [...formats],
      folder,
    };
  }

  private fineness(): HTMLElement {
    const group = h("fieldset", {}, h("legend", {}, t.howFine));
    const buttons = h("div", { class: "segments" });
    const mmId = newId();
    const mm = h("input", { id: mmId, type: "number", min: 0.1, max: 50, step: "any", value: this.choice.spacing });
    const mmRow = h("div", { class: "row", hidden: this.choice.factor > 0 });
    add(mmRow, h("label", { for: mmId }, t.spacingName), mm, "mm");
    const segment = (value: number, text: string, name: string) => {
      const pick = () => {
        this.choice.factor = value;
        mmRow.hidden = value > 0;
        this.showOutcome();
      };
      const input = h("input", { type: "radio", name: "factor", checked: value === this.choice.factor, onchange: pick, "aria-label": name });
      add(buttons, h("label", { class: "segment" }, input, h("span", {}, text)));
    };
    for (const f of kFactors) segment(f, `${f}×`, filled(t.factorName, { n: f }));
    if (this.gap > 0) segment(0, "mm", t.bySpacing);
    if (this.gap > 0) this.choice.spacing = Math.max(Math.round(this.gap * 5) / 10, 0.1);
    mm.value = String(this.choice.spacing);
    mm.addEventListener("input", () => {
      this.choice.spacing = Number(mm.value);
      this.showOutcome();
    });
    add(group, buttons, mmRow, this.said, this.ruler);
    return group;
  }

  /** Says how many slices there would be; to be called once after the start. */
  showOutcome() {
    const steps = stepsOf(this.choice, this.gap);
    const n = this.series.slices ?? 0;
    const mm = (x: number) => (this.gap > 0 ? filled(t.apart, { mm: shortNumber(x) }) : "");
    const values = { n: numberText(n), from: mm(this.gap), m: numberText(n + (this.made ?? 0)), to: mm(this.gap / steps) };
    say(this.said, steps <= 1 ? t.noOutcome : n > 0 ? filled(t.outcome, values) : filled(t.gapsInto, { n: steps }));
    this.ruler.replaceChildren(rulerPicture(steps));
    this.changed();
  }

  private maker(): HTMLElement {
    const id = newId();
    const select = h("select", { id });
    const network = h("optgroup", { label: t.byNetwork });
    const known = this.app.store.state?.models ?? [{ model: "default", name: "" }];
    const name = (m: { model: string; name: string }) => (m.model === "default" ? t.modelInBox : m.name);
    const models = new Map(known.map((m) => [m.model, name(m)]));
    if (!models.has(this.choice.model)) models.set(this.choice.model, lastPart(this.choice.model));
    for (const [model, text] of models) add(network, h("option", { value: `model ${model}` }, text));
    add(network, h("option", { value: "file" }, t.aModelFile));
    const without = h("optgroup", { label: t.withoutNetwork });
    add(without, h("option", { value: "registered" }, t.registration), h("option", { value: "cubic" }, t.cubic));
    add(select, network, without);
    const shown = () => (this.choice.method === "model" ? `model ${this.choice.model}` : this.choice.method);
    select.value = shown();
    const about = h("p", { class: "quiet", role: "status" });
    const tell = () => say(about, this.choice.method === "model" ? t.aboutNetwork : t.aboutNoNetwork);
    select.addEventListener("change", () => void picked());
    const picked = async () => {
      const { value } = select;
      if (value === "file") {
        const path = await choosePath(this.app.store, "model");
        if (path !== null) {
          this.choice.method = "model";
          this.choice.model = path;
          if (![...network.children].some((o) => (o as HTMLOptionElement).value === `model ${path}`)) {
            network.lastElementChild!.before(h("option", { value: `model ${path}` }, lastPart(path)));
          }
        }
        select.value = shown();
        select.focus();
      } else if (value.startsWith("model ")) {
        this.choice.method = "model";
        this.choice.model = value.slice("model ".length);
      } else {
        this.choice.method = value as Method;
      }
      tell();
    };
    tell();
    const terms = h("dl", { class: "terms" });
    for (const [name, text] of t.terms) add(terms, h("dt", {}, name), h("dd", {}, text));
    add(this.modelPlace, h("label", { for: id, class: "group-name" }, t.madeBy), select, about, more(t.whatIs, terms));
    return this.modelPlace;
  }

  /** Saving waits for the end, when the result was seen, unless a folder is chosen here. */
  private formats(): HTMLElement {
    const group = h("fieldset", {}, h("legend", {}, t.whenToSave));
    const row = h("div", { class: "row checks" });
    const names: Record<string, string> = { dicom: "DICOM", nifti: "NIfTI", png: t.png, gif: t.gif };
    for (const f of kFormats) {
      if (f === "dicom" && !isDicom(this.scan)) continue;
      const pick = (e: Event) => {
        if ((e.target as HTMLInputElement).checked) this.choice.formats.add(f);
        else this.choice.formats.delete(f);
      };
      const input = h("input", { type: "checkbox", checked: this.choice.formats.has(f), onchange: pick });
      add(row, h("label", { class: "check" }, input, names[f]!));
    }
    add(this.formatPlace, row);
    if (!isDicom(this.scan)) add(this.formatPlace, h("p", { class: "quiet" }, t.noDicom));
    add(group, this.folderPlace, this.formatPlace);
    this.showFolder();
    return group;
  }

  private showFolder() {
    const { folder } = this.choice;
    const set = (path: string | null) => {
      this.choice.folder = path;
      this.showFolder();
      this.folderPlace.querySelector("button")?.focus();
    };
    const choose = button(folder === null ? t.chooseFolderNow : t.change, () => {
      void choosePath(this.app.store, "save").then((p) => (p === null ? null : set(p)));
    }, { icon: "folder" });
    const where = folder === null ? h("span", {}, t.saveLater) : h("span", {}, t.saveInto, " ", h("strong", {}, shortPath(folder, 36)));
    this.folderPlace.replaceChildren(where, choose);
    this.formatPlace.hidden = folder === null;
    if (folder !== null) add(this.folderPlace, button(t.saveLaterButton, () => set(null)));
  }
}

/** Three real slices and the new ones between them. */
function rulerPicture(steps: number): SVGElement {
  const [width, height, gaps] = [320, 26, 3];
  const box = svg("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  const last = gaps * steps;
  for (let k = 0; k <= last; ++k) {
    const x = 6 + (k / last) * (width - 12);
    const real = k % steps === 0;
    box.append(svg("line", { x1: x, x2: x, y1: real ? 2 : 8, y2: height - 2, class: real ? "real" : "made" }));
  }
  return box;
}

