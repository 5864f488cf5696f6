// What an interpolation made: the verdict, before and after, saving, numbers, the record.
import { post, Refusal, type Format, type Job, type Light, type Measure, type Result, type Verdict } from "./api";
import { add, button, bytesText, h, icon, lastPart, newId, shortNumber, type Icon } from "./dom";
import { isUnsaved } from "./jobs";
import { chooseFolder } from "./scan";
import { confirm, more, showFault, type App } from "./shell";
import { filled, kLanguage, methodText, numberText } from "../texts";
import { t } from "./texts";

const kIcons: Record<Light, Icon> = { green: "good", amber: "half", red: "minus" };

/** The verdict in a word, and what it means for who has not met it before. */
function wordsOf(v: Verdict, light: Light, byNetwork: boolean): { word: string; about: string } {
  if (v.verdict === "not_judged") return byNetwork ? { word: t.notChecked, about: t.notCheckedAbout } : { word: t.noNetwork, about: "" };
  if (light === "green") return { word: t.green, about: "" };
  return light === "amber" ? { word: t.amber, about: t.amberAbout } : { word: t.red, about: t.redAbout };
}

export function resultOf(app: App, job: Job): HTMLElement {
  const result = job.result!;
  const side = h("div", { class: "result-side" });
  const byNetwork = (result.made_by?.["network"] ?? 0) > 0;
  if (result.verdict?.light) add(side, verdictBox(result.verdict, result.verdict.light, byNetwork));
  add(side, savePanel(app, job), countsOf(result));
  const element = h("div", { class: "result" });
  if (result.view) add(element, viewFrame(result.view));
  add(element, side);
  const below = h("div", { class: "below" });
  if (result.verdict && result.verdict.table.length > 0) add(below, numbers(result.verdict.table));
  if (result.record !== undefined && result.record !== null) {
    const text = JSON.stringify(result.record, null, 2);
    add(below, more(t.record, h("pre", { class: "record", tabindex: "0", "aria-label": t.record }, text)));
  }
  return h("div", {}, element, below);
}

/** A traffic light: a colour, a shape, a word and one sentence. */
function verdictBox(v: Verdict, light: Light, byNetwork: boolean): HTMLElement {
  const { word, about } = wordsOf(v, light, byNetwork);
  const text = h("div", {}, h("p", { class: "verdict-word" }, word), h("p", {}, v.sentence?.[kLanguage]));
  if (about !== "") add(text, h("p", { class: "quiet" }, about));
  return h("section", { class: `verdict ${light}`, "aria-label": t.verdict }, h("span", { class: `light ${light}` }, icon(kIcons[light])), text);
}

function countsOf(result: Result): HTMLElement {
  const list = h("dl", { class: "counts" });
  const line = (name: string, value: string) => add(list, h("dt", {}, name), h("dd", {}, value));
  if (result.slices_before !== undefined && result.slices !== undefined) {
    line(t.slicesName, filled(t.fromTo, { n: numberText(result.slices_before), m: numberText(result.slices) }));
  }
  for (const [method, n] of Object.entries(result.made_by ?? {})) {
    const name = method === "real" ? t.real : methodText(method === "network" ? "model" : method);
    line(name, numberText(n));
  }
  if (typeof result.uncertainty_hu === "number") line(t.expectedError, `${shortNumber(result.uncertainty_hu, 1)} HU`);
  return list;
}

function viewFrame(address: string): HTMLElement {
  const frame = h("iframe", { class: "view", src: address, title: t.beforeAfter });
  const full = h("a", { class: "as-button", href: address, target: "_blank", rel: "noopener" }, icon("open"), t.fullWindow);
  return h("section", { class: "view-side", "aria-label": t.beforeAfter }, frame, h("div", { class: "row" }, full));
}

/** Formats that can be saved; the first one is chosen. */
function formatsOf(result: Result): { format: Format; name: string; about: string }[] {
  const bytes = new Map<string, number>();
  for (const f of result.files ?? []) bytes.set(f.format, (bytes.get(f.format) ?? 0) + f.bytes);
  const all: { format: Format; name: string; made: boolean }[] = [
    { format: "dicom", name: "DICOM", made: true },
    { format: "nifti", name: "NIfTI", made: true },
    { format: "gif", name: t.gif, made: true },
    { format: "png", name: t.png, made: true },
    { format: "page", name: t.page, made: true },
    { format: "mesh", name: t.mesh, made: false },
  ];
  return all
    .filter((f) => !f.made || bytes.has(f.format))
    .map((f) => ({ ...f, about: bytes.has(f.format) ? bytesText(bytes.get(f.format)!) : "" }));
}

function savePanel(app: App, job: Job): HTMLElement {
  const result = job.result!;
  const nameId = newId();
  const said = h("div", { role: "status" });
  const faults = h("div", {});
  const select = h("fieldset", { class: "formats" }, h("legend", {}, t.saveTitle));
  const formats = formatsOf(result);
  let format = formats[0]?.format ?? "nifti";
  for (const f of formats) {
    const input = h("input", { type: "radio", name: "save-format", checked: f.format === format, onchange: () => (format = f.format) });
    add(select, h("label", { class: "check" }, input, h("span", {}, f.name), h("span", { class: "quiet" }, f.about)));
  }
  const name = h("input", { id: nameId, type: "text", placeholder: t.nameAsIs, autocomplete: "off", spellcheck: "false" });
  const save = button(t.save, () => void run(), { kind: "main wide", icon: "save" });
  const run = async () => {
    faults.replaceChildren();
    const folder = await chooseFolder(app);
    save.focus();
    if (folder === null) return;
    save.disabled = true;
    const before = [...said.childNodes];
    said.replaceChildren(h("p", { class: "busy" }, t.saving));
    try {
      const saved = await saveInto(job, format, folder, name.value.trim() || null);
      said.replaceChildren(savedList(saved));
      await app.store.refresh();
    } catch (e) {
      said.replaceChildren(...before);
      if (e !== kKept) showFault(faults, e);
    }
    save.disabled = false;
    save.focus();
  };
  const notYet = h("p", { class: "note unsaved" }, icon("save"), h("span", {}, h("strong", {}, t.notSaved), " ", t.notSavedAbout));
  if (result.folder) add(notYet.lastElementChild!, " ", h("span", { class: "quiet path-text" }, result.folder));
  add(said, isUnsaved(job) ? notYet : savedList(result.saved ?? []));
  const named = h("div", { class: "row" }, h("label", { for: nameId }, t.nameName), name);
  return h("section", { class: "panel save", "aria-label": t.saveTitle }, select, named, save, said, faults, h("p", { class: "quiet" }, t.withRecord));
}

const kKept = new Error("kept");

/** Saves; asks before it replaces what is there. Throws kKept if the answer was no. */
async function saveInto(job: Job, format: Format, folder: string, name: string | null): Promise<string[]> {
  const address = `/api/jobs/${encodeURIComponent(job.id)}/save`;
  const save = (force: boolean) => post<{ saved: string[] }>(address, { format, folder, name, force });
  try {
    return (await save(false)).saved;
  } catch (e) {
    if (!(e instanceof Refusal) || e.status !== 409) throw e;
    if (!(await confirm(filled(t.replaceAsk, { what: e.fault.where || e.fault.what }), t.replaceYes))) throw kKept;
    return (await save(true)).saved;
  }
}

function savedList(paths: string[]): HTMLElement {
  const list = h("ul", {});
  for (const p of paths) add(list, h("li", {}, h("strong", {}, lastPart(p)), " ", h("span", { class: "quiet path-text" }, p)));
  return h("div", { class: "saved" }, h("p", {}, h("span", { class: "light green small" }, icon("good")), t.saved), list);
}

/** Names of the measures that the self-check is known to have; others keep their own. */
const kMeasures: Record<string, string> = {
  "error in body, HU": t.errorInBody,
  "air, HU": t.air,
  "soft, HU": t.soft,
  "bone, HU": t.bone,
  "PSNR, dB": t.psnr,
};

function numbers(rows: Measure[]): HTMLElement {
  const methods = (["network", "registered", "cubic"] as const).filter((m) => rows.some((r) => r[m] !== null));
  const names = { network: t.network, registered: t.registration, cubic: t.cubic };
  const column = (text: string) => h("th", { scope: "col" }, text);
  const head = h("tr", {}, column(t.measure), ...methods.map((m) => column(names[m])), column(t.hiddenSlices));
  const body = h("tbody", {});
  for (const r of rows) {
    const digits = /dB/.test(r.name) ? 2 : 1;
    const values = methods.map((m) => {
      const x = r[m];
      return h("td", {}, x === null ? "–" : numberText(x, digits));
    });
    const name = kMeasures[r.name.trim()] ?? r.name;
    add(body, h("tr", {}, h("th", { scope: "row" }, name), ...values, h("td", {}, numberText(r.slices))));
  }
  const table = h("table", { class: "numbers" }, h("caption", {}, t.numbersAbout), h("thead", {}, head), body);
  return h("section", {}, h("h2", {}, t.numbers), h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t.numbers }, table));
}
