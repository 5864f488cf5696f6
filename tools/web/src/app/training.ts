// A training while it runs and afterwards: its page with losses and pictures, and what the model is for.
import type { Job } from "./api";
import { add, button, h, icon } from "./dom";
import { address, go, type App } from "./shell";
import { durationText } from "./job";
import { filled, numberText } from "../texts";
import { t } from "./texts";

const kLiveMs = 3000; // between two looks for the page of the run

/** While it runs, the page of the run is shown as soon as there is one. */
export function trainingOf(app: App, job: Job): HTMLElement {
  const element = h("div", { class: "training" });
  if (job.state !== "running") add(element, whatNow(app, job, job.result?.model ?? null));
  void showLive(element, `/jobs/${encodeURIComponent(job.id)}/live`, job.state === "running");
  return element;
}

async function showLive(element: HTMLElement, address: string, wait: boolean) {
  do {
    const answer = await fetch(address, { cache: "no-store" }).catch(() => null);
    if (answer?.ok) {
      const frame = h("iframe", { class: "live", src: address, title: t.livePage });
      const full = h("a", { class: "as-button", href: address, target: "_blank", rel: "noopener" }, icon("open"), t.fullWindow);
      add(element, h("section", { "aria-label": t.livePage }, frame, h("div", { class: "row" }, full)));
      return;
    }
    await new Promise((done) => window.setTimeout(done, kLiveMs));
  } while (wait && element.isConnected);
}

/** How far the training came, and the buttons that use its model. */
function whatNow(app: App, job: Job, model: string | null): HTMLElement {
  const panel = h("section", { class: "panel", "aria-label": t.result });
  const { steps, seconds } = job.result ?? {};
  if (steps !== undefined) {
    const time = seconds === undefined ? "" : filled(t.inTime, { time: durationText(seconds) });
    add(panel, h("p", {}, filled(t.trainedSteps, { n: numberText(steps) }), time));
  }
  if (job.state === "stopped") add(panel, h("p", { class: "quiet" }, t.stoppedAbout));
  if (model === null) {
    if (job.state !== "failed") add(panel, h("p", { class: "quiet" }, t.noModelYet));
    return panel;
  }
  const scan = app.store.state?.recent[0]?.path ?? null;
  const use = button(t.useModel, () => (scan === null ? go("", { model }) : go("scan", { path: scan, model })), { kind: "main", icon: "slices" });
  const further = h("a", { class: "as-button", href: address("train", { from: model }) }, t.trainFurther);
  add(panel, h("div", { class: "row" }, use, further));
  add(panel, h("p", { class: "quiet" }, t.useAbout));
  return panel;
}
