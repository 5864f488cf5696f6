// The screen that starts a training: scans, minutes, from which model, its name.
import { post, type Job, type Scan, type Series } from "./api";
import { choosePath } from "./chooser";
import { add, button, english, h, lastPart, newId } from "./dom";
import { geometryText, thumbnail } from "./scan";
import { go, showFault, type App, type Screen } from "./shell";
import { filled } from "../texts";
import { t } from "./texts";

const kDraft = "ct2ct-training"; // in the browser: the paths chosen so far
const kMinutes = [2, 10, 30, 60];

interface Picked {
  path: string;
  scan: Scan;
  series: Series;
}

/** The scans chosen so far, as a list that can be changed. */
class PickedScans {
  readonly list = h("ul", { class: "cards" });
  readonly none = h("p", { class: "quiet" }, t.noScansYet);
  readonly faults = h("div", {});
  readonly addButton: HTMLButtonElement;
  private readonly picked: Picked[] = [];

  constructor(
    private readonly app: App,
    private readonly changed: (n: number) => void,
  ) {
    const choose = async () => {
      const path = await choosePath(app.store, "scan");
      if (path !== null) await this.take(path);
    };
    this.addButton = button(t.addScan, () => void choose(), { icon: "folder" });
  }

  has(path: string): boolean {
    return this.picked.some((p) => p.path === path);
  }

  get asked(): { scan: string; series: string | null }[] {
    return this.picked.map((p) => ({ scan: p.scan.id, series: p.series.key }));
  }

  /** Shows the list, and keeps it in the browser. */
  show() {
    this.list.replaceChildren(...this.picked.map((p, i) => row(p, () => this.remove(i))));
    this.none.hidden = this.picked.length > 0;
    sessionStorage.setItem(kDraft, JSON.stringify(this.picked.map((p) => p.path)));
    this.changed(this.picked.length);
  }

  private remove(i: number) {
    this.picked.splice(i, 1);
    this.show();
    this.addButton.focus();
  }

  async take(path: string) {
    this.faults.replaceChildren(h("p", { class: "busy", role: "status" }, t.readingLong));
    try {
      const scan = await this.app.store.scan(path);
      const series = scan.series.find((s) => s.usable);
      const note = h("p", { class: "note", role: "alert" }, `${scan.name}: ${t.noneUsable}`);
      this.faults.replaceChildren(...(series === undefined ? [note] : []));
      if (series !== undefined && !this.has(path)) this.picked.push({ path, scan, series });
    } catch (e) {
      showFault(this.faults, e);
    }
    this.show();
  }
}

export function trainScreen(app: App, from: string | null): Screen {
  const start = button(t.startTraining, () => void begin(), { kind: "main", icon: "play" });
  const recent = recentButtons(app, (path) => scans.take(path));
  const scans = new PickedScans(app, (n) => {
    start.disabled = n === 0;
    for (const b of recent) b.hidden = scans.has(b.dataset.path!);
  });
  const form = settings(app, from);
  const begin = async () => {
    if (!form.valid()) return;
    start.disabled = true;
    try {
      const job = await post<Job>("/api/jobs", { kind: "train", scans: scans.asked, ...form.values() });
      sessionStorage.removeItem(kDraft);
      await app.store.refresh();
      go("job", { id: job.id });
    } catch (e) {
      start.disabled = false;
      showFault(scans.faults, e);
    }
  };
  const draft = JSON.parse(sessionStorage.getItem(kDraft) ?? "[]") as string[];
  scans.show();
  const element = h(
    "div",
    { class: "narrow" },
    h("h1", { tabindex: "-1" }, t.trainTitle),
    h("p", { class: "quiet" }, t.trainAbout),
    h(
      "section",
      { class: "panel", "aria-label": t.scansToLearn },
      h("h2", {}, t.scansToLearn),
      scans.none,
      scans.list,
      h("div", { class: "row" }, scans.addButton, ...recent),
    ),
    h("section", { class: "panel", "aria-label": t.howToTrain }, form.element, scans.faults, start),
  );
  void (async () => {
    for (const path of draft) await scans.take(path);
  })();
  return { title: t.trainTitle, element };
}

function recentButtons(app: App, take: (path: string) => Promise<void>): HTMLElement[] {
  return (app.store.state?.recent ?? []).slice(0, 3).map((r) => {
    const b = button(filled(t.addRecent, { name: lastPart(r.path) }), () => void take(r.path), { icon: "slices" });
    b.dataset.path = r.path;
    return b;
  });
}

function row(p: Picked, remove: () => void): HTMLElement {
  const text = h("span", { class: "card-text" }, h("strong", {}, p.scan.name));
  const usable = p.scan.series.filter((s) => s.usable);
  if (usable.length > 1) {
    const id = newId();
    const select = h("select", { id });
    usable.forEach((s, i) => add(select, h("option", { value: i, selected: s === p.series }, s.text)));
    select.addEventListener("change", () => (p.series = usable[Number(select.value)]!));
    add(text, h("label", { for: id, class: "sr" }, t.series), select);
  } else {
    add(text, h("span", {}, english(p.series.text)));
  }
  add(text, h("span", { class: "quiet" }, geometryText(p.series)));
  const b = button(t.takeOut, remove, { icon: "close", kind: "plain" });
  b.setAttribute("aria-label", `${t.takeOut}: ${p.scan.name}`);
  return h("li", { class: "card" }, thumbnail(p.series.thumbnail), text, b);
}

/** The fields below the scans. */
function settings(app: App, from: string | null) {
  const [minutesId, fromId, nameId] = [newId(), newId(), newId()];
  const minutes = h("input", { id: minutesId, type: "number", min: 0.1, max: 1440, step: "any", value: 10, required: true });
  const quick = kMinutes.map((m) => button(filled(t.minutesN, { n: m }), () => (minutes.value = String(m))));
  const model = h("select", { id: fromId });
  const models = new Map((app.store.state?.models ?? []).map((m) => [m.model, m.model === "default" ? t.modelInBox : m.name]));
  if (from !== null && !models.has(from)) models.set(from, lastPart(from));
  for (const [value, name] of models) add(model, h("option", { value }, name));
  add(model, h("option", { value: "" }, t.anew));
  model.value = from ?? "default";
  const name = h("input", { id: nameId, type: "text", value: t.myModel, maxlength: 60, required: true, pattern: "[^./][^/]*", autocomplete: "off", spellcheck: "false" });
  const line = (id: string, text: string, ...fields: HTMLElement[]) =>
    h("div", { class: "field" }, h("label", { for: id, class: "group-name" }, text), h("div", { class: "row" }, ...fields));
  const element = h("div", {});
  add(element, line(minutesId, t.minutes, minutes, ...quick), line(fromId, t.from, model), line(nameId, t.modelNameName, name));
  add(element, h("p", { class: "quiet hint" }, t.trainHint));
  const values = () => ({ minutes: Number(minutes.value), from: model.value === "" ? null : model.value, name: name.value.trim() });
  const valid = () => minutes.reportValidity() && name.reportValidity();
  return { element, values, valid };
}
