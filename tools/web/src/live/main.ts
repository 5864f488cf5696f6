// The page of a training that runs. The trainer writes it anew now and then; the page loads itself
// again and keeps what the reader has chosen.
import "../base.css";
import "../report/report.css";
import "./live.css";
import { filled, kLanguage, numberText } from "../texts";
import { readJson, type Series } from "../report/data";
import { el } from "../report/dom";
import { linePlot, type Line } from "../report/plot";
import { methodName, t as words } from "../report/texts";
import { t } from "./texts";

interface Live {
  program: string;
  recipe: string;
  state: "running" | "finished" | "stopped" | "failed";
  written: number; // ms since 1970
  next: number; // seconds until it is written again, at most, if all goes as before
  step: number;
  total: number;
  epoch: number;
  elapsed: number; // seconds
  left: number | null;
  losses: Series[];
  validation: Series[]; // the network's first
  free: { method: string; psnr: number }[];
  samples: { file: string; epoch: number; step: number }[];
}

const kSoonest = 2; // seconds
const kLatest = 30;
const kPatience = 60; // seconds beyond which silence counts

const live = readJson<Live>("ct2ct-live");

// What the reader has chosen outlives a reload.
interface Chosen {
  y: number;
  focus: string;
  sample: number | null; // null: the last one
  follows: boolean;
}

const kKey = `ct2ct ${window.location.pathname}`;

function chosenBefore(): Chosen {
  const none: Chosen = { y: 0, focus: "", sample: null, follows: true };
  try {
    return { ...none, ...(JSON.parse(window.sessionStorage.getItem(kKey) ?? "{}") as Partial<Chosen>) };
  } catch {
    return none; // no storage: the page still follows
  }
}

const chosen = chosenBefore();

function keepChosen() {
  chosen.y = window.scrollY;
  chosen.focus = document.activeElement?.id ?? "";
  try {
    window.sessionStorage.setItem(kKey, JSON.stringify(chosen));
  } catch {
    // as above
  }
}

function duration(seconds: number): string {
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

const age = () => Math.max(0, (Date.now() - live.written) / 1000);
const isStale = () => live.state === "running" && age() > kPatience + 4 * live.next;

function statusBox(): HTMLElement {
  const said = el("p", { class: "verdict" });
  const written = el("p", { class: "main" });
  const box = el("div", { class: "result", role: "status" }, said, written);
  const tell = () => {
    const stale = isStale();
    box.className = `result ${stale || live.state === "failed" ? "worse" : live.state === "finished" ? "better" : ""}`;
    said.textContent = stale ? t.stale : t.states[live.state];
    const time = new Date(live.written).toLocaleTimeString(kLanguage);
    written.textContent = filled(live.state === "running" ? t.writtenAgo : t.writtenAt, { time, ago: duration(age()) });
  };
  tell();
  if (live.state === "running") window.setInterval(tell, 1000);
  return box;
}

function progress(): HTMLElement {
  const percent = live.total > 0 ? (100 * live.step) / live.total : 0;
  const left = live.state === "running" && live.left !== null ? `, ${filled(t.left, { time: duration(live.left) })}` : "";
  const text = filled(t.progress, {
    step: numberText(live.step),
    total: numberText(live.total),
    percent: numberText(percent, 0),
    epoch: numberText(live.epoch),
    time: duration(live.elapsed),
  });
  const bar = el("progress", { max: String(live.total), value: String(live.step), "aria-label": t.progressName });
  return el("div", { class: "progress" }, bar, el("p", {}, text + left));
}

function follow(): HTMLElement {
  const box = el("input", { type: "checkbox", id: "follow" });
  box.checked = chosen.follows;
  box.addEventListener("change", () => {
    chosen.follows = box.checked;
    keepChosen();
  });
  return el("p", { class: "controls" }, el("label", {}, box, el("span", {}, t.follow)));
}

/** The network's curve, and what methods without a network have on the same slices. */
function validationPlot(): HTMLElement | null {
  const own = live.validation[0];
  if (own === undefined || own.x.length === 0) return null;
  const ends = [own.x[0]!, Math.max(live.step, own.x[own.x.length - 1]!)];
  const best = [...live.free].sort((a, b) => b.psnr - a.psnr)[0];
  const lines: Line[] = [{ key: "model", name: t.network, x: own.x, y: own.y, marks: own.x.length <= 60 }];
  for (const f of live.free) {
    const first = f === best;
    const name = first ? filled(words.bestWithout, { method: methodName(f.method) }) : methodName(f.method);
    lines.push({ key: f.method, name, x: ends, y: [f.psnr, f.psnr], faint: !first });
  }
  const plot = linePlot(lines, {
    title: t.validation,
    caption: t.validationCaption,
    xLabel: words.step,
    yLabel: words.psnrAxis,
    digits: 2,
    level: "h2",
  });
  plot.mark(null, "");
  const last = own.y[own.y.length - 1]!;
  const gain = best === undefined ? null : last - best.psnr;
  const said = gain === null ? "" : filled(gain > 0 ? t.ahead : t.notAhead, { dB: numberText(Math.abs(gain), 2), method: methodName(best!.method), step: numberText(own.x[own.x.length - 1]!) });
  return el("div", {}, el("p", { class: "now" }, said), plot.element);
}

function lossPlot(): HTMLElement | null {
  if (live.losses.length === 0) return null;
  const lines = live.losses.map((s, i) => ({ key: `loss-${i}`, name: words.losses[s.name] ?? s.name, x: s.x, y: s.y, raw: s.raw }));
  const plot = linePlot(lines, { title: t.losses, caption: t.lossCaption, xLabel: words.step, yLabel: words.lossAxis, digits: 4, log: true, level: "h2" });
  plot.mark(null, "");
  return plot.element;
}

/** The sheets of samples in the order of the training. */
function samples(): HTMLElement | null {
  const last = live.samples.length - 1;
  if (last < 0) return null;
  const image = el("img", { alt: "" });
  const said = el("p", { class: "where" });
  const slider = el("input", { type: "range", id: "sample", min: "0", max: String(last), "aria-label": t.look });
  const show = (i: number) => {
    const s = live.samples[i]!;
    image.src = s.file;
    image.alt = filled(t.sampleAlt, { step: numberText(s.step) });
    said.textContent = s.step === 0 ? t.untrained : filled(t.afterStep, { step: numberText(s.step), epoch: numberText(s.epoch) });
    slider.setAttribute("aria-valuetext", said.textContent);
  };
  slider.addEventListener("input", () => {
    const at = Number(slider.value);
    chosen.sample = at === last ? null : at;
    show(at);
  });
  const at = Math.min(chosen.sample ?? last, last);
  slider.value = String(at);
  show(at);
  const label = el("label", { class: "slide" }, el("span", {}, t.look), slider);
  return el("section", {}, el("h2", {}, t.samples), el("p", { class: "note" }, t.samplesNote), el("div", { class: "controls" }, label), said, image);
}

/** Loads the page again while the run goes on; seldom when it seems dead, since it may be taken up. */
function loadAgain() {
  if (live.state !== "running") return;
  const soon = Math.min(Math.max(live.next, kSoonest), kLatest);
  window.setTimeout(
    function again() {
      const busy = document.querySelector("input:active") !== null || document.hidden;
      if (!chosen.follows || busy) {
        window.setTimeout(again, 1000);
        return;
      }
      window.location.reload();
    },
    1000 * (isStale() ? kLatest : soon),
  );
}

function start() {
  document.documentElement.lang = kLanguage;
  const percent = live.total > 0 ? Math.floor((100 * live.step) / live.total) : 0;
  document.title = `${percent} % · ct2ct train`;
  document.getElementById("title")!.textContent = filled(t.title, { recipe: live.recipe });
  const root = document.getElementById("page")!;
  root.append(statusBox(), progress());
  if (live.state === "running") root.append(follow());
  const parts = [validationPlot(), lossPlot(), samples()];
  root.append(...parts.filter((p) => p !== null), el("p", { class: "note end" }, filled(t.end, { program: live.program })));
  document.getElementById("still")!.remove();
  window.history.scrollRestoration = "manual";
  window.scrollTo(0, chosen.y);
  if (chosen.focus !== "") document.getElementById(chosen.focus)?.focus({ preventScroll: true });
  document.body.dataset.ready = "";
  // The last moment: what a user does while the page loads itself again is not lost.
  window.addEventListener("pagehide", keepChosen);
  loadAgain();
}

start();
