// The first screen: choose a scan, or drop one; scans and results of before.
import type { Job } from "./api";
import { choosePath } from "./chooser";
import { add, button, dateText, h, icon, lastPart, shortPath, svg } from "./dom";
import { readDrop, sendDrop } from "./drop";
import { isUnsaved, jobBadge } from "./jobs";
import { kPhantom } from "./scan";
import { address, go, showFault, type App, type Screen } from "./shell";
import { t } from "./texts";

const kResults = 4; // on this screen; all are on the screen of jobs

/** Real slices in white, and those that ct2ct adds in blue. */
function picture(): SVGElement {
  const box = svg("svg", { viewBox: "0 0 220 130", class: "picture", "aria-hidden": "true" });
  for (let k = 8; k >= 0; --k) {
    const y = 22 + k * 11;
    const real = k % 2 === 0;
    const shape = svg("path", {
      d: `M40 ${y}l70 -17l70 17l-70 17z`,
      class: real ? "real" : "made",
    });
    box.append(shape);
  }
  return box;
}

export function startScreen(app: App, model: string | null): Screen {
  const { store } = app;
  const faults = h("div", {});
  const open = (path: string | null) => {
    if (path !== null) go("scan", { path, model });
  };
  const choose = button(t.chooseScanMain, () => void choosePath(store, "scan").then(open), { kind: "main", icon: "folder" });
  const zone = h(
    "section",
    { class: "drop", "aria-labelledby": "start-title" },
    picture(),
    h(
      "div",
      { class: "drop-text" },
      h("p", { class: "lead" }, t.lead),
      choose,
      h("p", { class: "quiet" }, t.orDrop),
      h("p", { class: "quiet" }, t.stays),
    ),
  );
  const lists = h("div", { class: "lists" });
  const element = h("div", { class: "start" });
  add(element, h("h1", { id: "start-title", tabindex: "-1" }, t.startTitle));
  if (model !== null) add(element, h("p", { class: "note" }, t.modelChosen, " ", h("strong", {}, modelName(app, model))));
  add(element, faults, zone, lists);
  const dropping = listenToDrops(app, zone, faults, open);
  let shown = "";
  const update = () => {
    const recent = store.state?.recent ?? [];
    const results = (store.state?.jobs ?? []).filter((j) => j.kind === "interpolate").slice(0, kResults);
    const now = JSON.stringify([recent, results.map((j) => [j.id, j.state, isUnsaved(j)])]);
    if (now === shown) return;
    shown = now;
    lists.replaceChildren(recentList(recent, model), resultList(results));
  };
  update();
  return { title: t.startTitle, element, update, close: dropping };
}

export function modelName(app: App, model: string): string {
  return app.store.state?.models.find((m) => m.model === model)?.name ?? lastPart(model);
}

function recentList(recent: { path: string; when: string | number }[], model: string | null): HTMLElement {
  const list = h("ul", { class: "cards" });
  const card = (path: string, name: string, about: string, when: string) => {
    const text = h("span", { class: "card-text" }, h("strong", {}, name), h("span", { class: "quiet" }, about));
    const link = h("a", { class: "card", href: address("scan", { path, model }) }, icon("slices"), text);
    add(link, h("span", { class: "quiet" }, when));
    add(list, h("li", {}, link));
  };
  for (const r of recent.filter((r) => r.path !== kPhantom).slice(0, 6)) {
    card(r.path, lastPart(r.path), shortPath(r.path), dateText(r.when));
  }
  card(kPhantom, t.phantom, t.phantomAbout, "");
  const title = recent.length === 0 ? t.tryOut : t.recent;
  return h("section", {}, h("h2", {}, title), list);
}

function resultList(jobs: Job[]): HTMLElement | string {
  if (jobs.length === 0) return "";
  const list = h("ul", { class: "cards" });
  for (const j of jobs) {
    const text = h("span", { class: "card-text" }, h("strong", {}, j.title), h("span", { class: "quiet" }, dateText(j.created)));
    add(list, h("li", {}, h("a", { class: "card", href: address("job", { id: j.id }) }, text, jobBadge(j))));
  }
  return h("section", {}, h("h2", {}, t.lastResults), list);
}

/** Takes what is dropped anywhere on the page while this screen is shown. Returns what ends that. */
function listenToDrops(app: App, zone: HTMLElement, faults: HTMLElement, open: (path: string) => void): () => void {
  const stop = new AbortController();
  const on = <K extends keyof DocumentEventMap>(name: K, run: (e: DocumentEventMap[K]) => void) =>
    document.addEventListener(name, run, { signal: stop.signal });
  const over = (inside: boolean) => zone.classList.toggle("over", inside);
  on("dragover", (e) => {
    e.preventDefault();
    over(true);
  });
  on("dragleave", (e) => {
    if (e.relatedTarget === null) over(false);
  });
  on("drop", (e) => {
    e.preventDefault();
    over(false);
    if (e.dataTransfer !== null) void take(app, e.dataTransfer, faults, open, stop.signal);
  });
  return () => stop.abort();
}

async function take(app: App, data: DataTransfer, faults: HTMLElement, open: (path: string) => void, left: AbortSignal) {
  const cancelled = new AbortController();
  left.addEventListener("abort", () => cancelled.abort());
  const bar = h("progress", { max: 1, value: 0, "aria-label": t.copying });
  const cancel = button(t.cancel, () => cancelled.abort());
  faults.replaceChildren(h("div", { class: "note row", role: "status" }, t.copying, bar, cancel));
  try {
    const drop = await readDrop(data);
    if (drop === null) {
      faults.replaceChildren(h("p", { class: "note", role: "status" }, t.nothingDropped));
      return;
    }
    const scan = await sendDrop(drop, (p) => (bar.value = p), cancelled.signal);
    if (left.aborted) return;
    app.store.keep(scan.path, scan);
    open(scan.path);
  } catch (e) {
    faults.replaceChildren();
    showFault(faults, e);
  }
}
