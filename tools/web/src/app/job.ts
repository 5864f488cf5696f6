// The screen of one job: waiting, running, and what came of it.
import type { Job, Progress } from "./api";
import { add, button, english, h, say, shellText } from "./dom";
import { jobActions, jobBadge, percent } from "./jobs";
import { resultOf } from "./result";
import { warnings, thumbnail } from "./scan";
import { copyButton, faultBox, go, more, type App, type Screen } from "./shell";
import { filled, kLanguage } from "../texts";
import { t } from "./texts";
import { trainingOf } from "./training";

const kStages: Record<string, string> = {
  "self-check": t.stageCheck,
  interpolate: t.stageInterpolate,
  writing: t.stageWriting,
  page: t.stagePage,
  train: t.stageTrain,
};
const kTold = 0.25; // a reader of the screen is told at each quarter

/** "about 2 min", "40 s". */
export function durationText(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return s < 600 && s % 60 >= 10 ? `${Math.floor(s / 60)} min ${s % 60} s` : `${Math.round(s / 60)} min`;
  return `${Math.floor(s / 3600)} h ${Math.round((s % 3600) / 60)} min`;
}

/** A time left is a guess: it is rounded up, and no more exact than it can be. The server gives that
 *  of the step it is in; a training has one step. */
export function leftText(p: Progress): string {
  if (p.left === null) return t.leftUnknown;
  const whole = p.label === "train";
  if (p.left < 8) return whole ? t.leftFew : t.leftFewOfStep;
  const rounded = p.left < 60 ? Math.ceil(p.left / 10) * 10 : Math.ceil(p.left / 60) * 60;
  return filled(whole ? t.left : t.leftOfStep, { time: durationText(rounded) });
}

export function jobScreen(app: App, id: string): Screen {
  const element = h("div", { class: "job" });
  let shown = "";
  let follow: (job: Job) => void = () => undefined;
  const update = () => {
    const job = app.store.job(id);
    if (job === null) {
      if (app.store.state !== null && shown !== "none") {
        shown = "none";
        element.replaceChildren(h("h1", { tabindex: "-1" }, t.noSuchJob), button(t.toJobs, () => go("jobs")));
      }
      return;
    }
    const now = JSON.stringify([job.state, job.result !== null]);
    if (now !== shown) {
      const had = shown !== "" && element.contains(document.activeElement);
      shown = now;
      follow = build(app, element, job);
      if (had) element.querySelector("h1")!.focus();
    }
    follow(job);
  };
  update();
  return { title: app.store.job(id)?.title ?? t.jobs, element, update };
}

/** Fills the screen; returns what keeps it up to date while the job stays in its state. */
function build(app: App, element: HTMLElement, job: Job): (job: Job) => void {
  document.title = `${job.title} · ct2ct`;
  const title = h("h1", { tabindex: "-1" }, job.title);
  element.replaceChildren(h("div", { class: "job-head" }, title, jobBadge(job)));
  const faults = h("div", {});
  const actions = () => h("div", { class: "row" }, ...jobActions(app, job, faults, () => go("jobs")));
  let progress: (job: Job) => void = () => undefined;
  if (job.state === "queued" || job.state === "running") {
    progress = progressOf(app, element, job, actions());
    if (job.kind === "train" && job.state === "running") add(element, trainingOf(app, job));
  } else if (job.kind === "train") {
    if (job.error !== null) add(element, faultBox(job.error));
    add(element, trainingOf(app, job), actions());
  } else if (job.state === "done" && job.result !== null) {
    add(element, resultOf(app, job), actions());
  } else {
    if (job.error !== null) add(element, faultBox(job.error));
    else add(element, h("p", { class: "note" }, t.cancelledAbout));
    add(element, actions());
  }
  const messages = h("div", {});
  add(element, faults, messages, commandOf(job));
  let told = -1;
  return (now) => {
    progress(now);
    showBadge(element, now);
    if (now.messages.length === told) return;
    told = now.messages.length;
    messages.replaceChildren(...messagesOf(now));
  };
}

function progressOf(app: App, element: HTMLElement, job: Job, actions: HTMLElement) {
  const bar = h("progress", { max: 1, "aria-label": job.title });
  const label = h("p", { class: "progress-label" });
  const part = h("p", { class: "percent", "aria-hidden": "true" });
  const times = h("p", { class: "quiet" });
  const message = h("p", { class: "quiet", lang: "en" });
  const text = h("div", { class: "progress-text" }, part, label, bar, times, message, actions);
  const panel = h("section", { class: "panel progress", "aria-label": t.progress });
  if (job.kind === "interpolate") add(panel, thumbnail(app.store.thumbnailOf(job)));
  add(panel, text);
  add(element, panel, h("p", { class: "quiet" }, t.mayClose));
  let told = 0;
  return (now: Job) => {
    const p = now.progress;
    if (now.state === "queued" || p === null) {
      bar.removeAttribute("value");
      say(label, now.state === "queued" && now.place > 0 ? filled(t.waiting, { n: now.place }) : t.starting);
      say(part, "");
      say(times, "");
      const note = now.messages.filter((m) => m.kind === "note").pop()?.text ?? "";
      say(message, kLanguage === "en" ? note : ""); // the list below says that it is in English
      return;
    }
    bar.value = Math.min(Math.max(p.part, 0), 1);
    say(part, percent(p.part));
    say(label, kStages[p.label] ?? p.label);
    say(message, p.message ?? "");
    say(times, `${filled(t.elapsed, { time: durationText(p.elapsed) })}, ${leftText(p)}`);
    document.title = `${percent(p.part)} · ${now.title} · ct2ct`;
    if (p.part >= told + kTold) {
      told = Math.floor(p.part / kTold) * kTold;
      app.announce(`${now.title}: ${percent(p.part)}, ${leftText(p)}`);
    }
  };
}

/** Follows the progress of a job, and that its result was saved. */
function showBadge(element: HTMLElement, job: Job) {
  const badge = element.querySelector(".job-head .badge");
  const fresh = jobBadge(job);
  if (badge !== null && badge.textContent !== fresh.textContent) badge.replaceWith(fresh);
}

/** Each warning once. The page before and after is drawn from the scan, which warns again with its
 *  name in front, and from a file of the program's own, which nobody has chosen. */
function warningsOf(job: Job): string[] {
  const texts = job.messages.filter((m) => m.kind === "warning").map((m) => m.text);
  const own = job.result?.folder;
  const again = (w: string) => texts.some((other) => w.endsWith(`: ${other}`));
  return texts.filter((w) => !again(w) && !(own && w.startsWith(`${own}/`)));
}

function messagesOf(job: Job): HTMLElement[] {
  const notes = job.messages.filter((m) => m.kind === "note");
  const alerts = warnings(warningsOf(job));
  const list = h("ul", { class: "notes" });
  for (const m of notes) add(list, h("li", {}, english(m.text)));
  const title = kLanguage === "en" ? t.notes : t.notesInEnglish;
  const said = notes.length > 0 ? more(filled(title, { n: notes.length }), list) : null;
  return [alerts, said].filter((e) => e !== null);
}

function commandOf(job: Job): HTMLElement | null {
  if (job.command.length === 0) return null;
  const text = shellText(job.command);
  return more(t.sameCommand, h("div", { class: "command" }, h("pre", { tabindex: "0", "aria-label": t.sameCommand }, text), copyButton(text)));
}
