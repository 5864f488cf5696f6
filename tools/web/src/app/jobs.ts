// The queue: every job, newest first, with what can be done about it.
import type { Job, JobState } from "./api";
import { add, button, dateText, h, icon, type Icon } from "./dom";
import { address, confirm, showFault, type App, type Screen } from "./shell";
import { filled } from "../texts";
import { t } from "./texts";

const kIcons: Record<JobState, Icon> = {
  queued: "slices",
  running: "play",
  done: "good",
  failed: "bad",
  cancelled: "close",
  stopped: "stop",
};

export function percent(part: number): string {
  return `${Math.floor(100 * Math.min(Math.max(part, 0), 1))} %`;
}

/** Slices that lie in the program's folder alone, which go away with the job. */
export function isUnsaved(job: Job): boolean {
  return job.kind === "interpolate" && job.state === "done" && (job.result?.saved?.length ?? 0) === 0;
}

/** The state in a word with a sign. */
export function jobBadge(job: Job): HTMLElement {
  const names: Record<JobState, string> = {
    queued: filled(t.queued, { n: job.place }),
    running: t.running,
    done: isUnsaved(job) ? t.doneUnsaved : t.done,
    failed: t.failedState,
    cancelled: t.cancelled,
    stopped: t.stopped,
  };
  const part = job.state === "running" && job.progress !== null ? ` ${percent(job.progress.part)}` : "";
  return h("span", { class: `badge ${job.state}` }, icon(kIcons[job.state]), names[job.state] + part);
}

/** Buttons for what can be done about a job. After an action the focus goes to `after`. */
export function jobActions(app: App, job: Job, faults: HTMLElement, removed: () => void): HTMLElement[] {
  const act = (what: "cancel" | "resume" | "remove") => async () => {
    try {
      await app.store.act(job, what);
      if (what === "remove") removed();
    } catch (e) {
      showFault(faults, e);
    }
  };
  const actions: HTMLElement[] = [];
  const train = job.kind === "train";
  const named = (b: HTMLButtonElement) => {
    b.setAttribute("aria-label", `${b.textContent}: ${job.title}`);
    return b;
  };
  if (job.state === "queued" || job.state === "running") {
    actions.push(named(button(train && job.state === "running" ? t.stop : t.cancelJob, () => void act("cancel")(), { icon: "stop" })));
    return actions;
  }
  if (job.state === "stopped") actions.push(named(button(t.goOn, () => void act("resume")(), { icon: "play" })));
  if (job.state === "failed" || job.state === "cancelled") {
    actions.push(named(button(t.again, () => void act("resume")(), { icon: "play" })));
  }
  const remove = async () => {
    const question = isUnsaved(app.store.job(job.id) ?? job) ? t.removeUnsavedAsk : t.removeAsk;
    if (await confirm(filled(question, { title: job.title }), t.removeYes)) await act("remove")();
  };
  actions.push(named(button(t.remove, () => void remove(), { icon: "close", kind: "plain" })));
  return actions;
}

export function jobsScreen(app: App): Screen {
  const list = h("ul", { class: "cards jobs" });
  const faults = h("div", {});
  const none = h("p", { class: "quiet" }, t.noJobs);
  const title = h("h1", { tabindex: "-1" }, t.jobs);
  const element = h("div", { class: "narrow" }, title, faults, none, list);
  add(element, h("p", { class: "quiet" }, t.jobsAbout));
  let shown = "";
  const update = () => {
    const jobs = app.store.state?.jobs ?? [];
    none.hidden = jobs.length > 0;
    const now = JSON.stringify(jobs.map((j) => [j.id, j.state, j.place, isUnsaved(j)]));
    if (now !== shown) {
      const had = list.contains(document.activeElement);
      shown = now;
      list.replaceChildren(...jobs.map((j) => row(app, j, faults, () => title.focus())));
      if (had) title.focus();
      return;
    }
    for (const j of jobs) {
      if (j.state !== "running") continue;
      const badge = list.querySelector(`[data-job="${CSS.escape(j.id)}"] .badge`);
      const fresh = jobBadge(j);
      if (badge !== null && badge.textContent !== fresh.textContent) badge.replaceWith(fresh);
    }
  };
  update();
  return { title: t.jobs, element, update };
}

function row(app: App, job: Job, faults: HTMLElement, removed: () => void): HTMLElement {
  const text = h("a", { class: "card-text", href: address("job", { id: job.id }) });
  add(text, h("strong", {}, job.title), h("span", { class: "quiet" }, job.kind === "train" ? t.training : t.interpolation, ", ", dateText(job.created)));
  const actions = h("span", { class: "row" }, ...jobActions(app, job, faults, removed));
  return h("li", { class: "card", "data-job": job.id }, text, jobBadge(job), actions);
}

