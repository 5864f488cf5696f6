// Starts the program's page: the frame around the screens, the address of each, the state of the server.
import "../base.css";
import "./app.css";
import "./screens.css";
import "./job.css";
import { post, Refusal } from "./api";
import { add, h, icon, say } from "./dom";
import { jobScreen, leftText } from "./job";
import { isUnsaved, jobsScreen, percent } from "./jobs";
import { scanScreen } from "./scan";
import { address, confirm, type App, type Screen } from "./shell";
import { startScreen } from "./start";
import { Store } from "./store";
import { t } from "./texts";
import { trainScreen } from "./train";
import { filled, kLanguage } from "../texts";

const kScreens = ["", "train", "jobs"] as const;

function frame() {
  document.documentElement.lang = kLanguage;
  const brand = h("a", { class: "brand", href: "#/" }, icon("slices"), "ct2ct");
  const names: Record<(typeof kScreens)[number], string> = { "": t.scans, train: t.trainNav, jobs: t.jobs };
  const links = kScreens.map((name) => h("a", { href: address(name), "data-screen": name }, names[name]));
  const count = h("span", { class: "count", hidden: true });
  add(links[2]!, count);
  const research = h("p", { class: "research", role: "note" }, h("strong", {}, t.synthetic), t.research);
  const quit = h("button", { type: "button", class: "plain", id: "quit" }, t.quit);
  const header = h("header", { class: "top" }, brand, h("nav", { "aria-label": t.screens }, ...links), research, quit);
  const trouble = h("div", { id: "trouble", role: "alert" });
  const main = h("main", { id: "main" });
  const strip = h("a", { class: "strip", hidden: true });
  const said = h("p", { class: "sr", role: "status", "aria-live": "polite" });
  const skip = h("a", { class: "skip", href: "#main" }, t.skip);
  skip.addEventListener("click", (e) => {
    e.preventDefault();
    main.querySelector<HTMLElement>("h1")?.focus();
  });
  document.body.replaceChildren(skip, header, trouble, main, h("footer", {}, strip, said));
  return { links, count, trouble, main, strip, said, quit };
}

type Frame = ReturnType<typeof frame>;

function screenOf(app: App, name: string, query: URLSearchParams): Screen {
  const model = query.get("model");
  const path = query.get("path");
  const id = query.get("id");
  if (name === "scan" && path !== null) return scanScreen(app, path, model);
  if (name === "job" && id !== null) return jobScreen(app, id);
  if (name === "jobs") return jobsScreen(app);
  if (name === "train") return trainScreen(app, query.get("from"));
  return startScreen(app, model);
}

/** Which link is the current screen's. */
function linkOf(name: string): string {
  return name === "train" || name === "jobs" ? name : name === "job" ? "jobs" : "";
}

/** What no screen shows by itself: trouble with the server, and the job that runs. */
function showState(f: Frame, store: Store, current: string) {
  const words = { none: "", gone: `${t.gone} ${t.goneHint}`, locked: t.lockedHint };
  say(f.trouble, words[store.trouble]);
  f.trouble.hidden = store.trouble === "none";
  const jobs = store.state?.jobs ?? [];
  const open = jobs.filter((j) => j.state === "running" || j.state === "queued").length;
  f.count.hidden = open === 0;
  say(f.count, String(open));
  const running = jobs.find((j) => j.state === "running");
  const elsewhere = running !== undefined && current !== `job ${running.id}` && current !== "jobs";
  f.strip.hidden = !elsewhere;
  if (!elsewhere) return;
  f.strip.href = address("job", { id: running.id });
  const p = running.progress;
  say(f.strip, p === null ? running.title : `${running.title}: ${percent(p.part)}, ${leftText(p)}`);
}

/** Asks before it ends the program while a job runs, or while a result was not saved. */
async function quit(store: Store) {
  const unsaved = (store.state?.jobs ?? []).filter(isUnsaved).length;
  const question = unsaved === 1 ? t.quitUnsavedOne : filled(t.quitUnsaved, { n: unsaved });
  if (unsaved > 0 && !store.busy && !(await confirm(question, t.quitYes))) return;
  const end = (force: boolean) => post("/api/quit", { force });
  try {
    await end(false);
  } catch (e) {
    if (e instanceof Refusal && e.status === 409) {
      if (!(await confirm(t.quitAsk, t.quitYes))) return;
      await end(true).catch(() => undefined);
    } else if (!(e instanceof Refusal && e.status === 0)) {
      throw e;
    }
  }
  store.close();
  const title = h("h1", { tabindex: "-1" }, t.ended);
  document.body.replaceChildren(h("main", { class: "ended" }, title, h("p", {}, t.endedAbout)));
  title.focus();
}

function start() {
  const f = frame();
  let screen: Screen | null = null;
  let current = "";
  const store = new Store(() => {
    if (screen === null) show();
    else screen.update?.();
    showState(f, store, current);
  });
  const app: App = { store, announce: (text) => say(f.said, text) };
  const show = () => {
    if (store.state === null) return; // what the screens show needs it
    const [name = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?");
    const parameters = new URLSearchParams(query);
    const first = screen === null;
    screen?.close?.();
    screen = screenOf(app, name, parameters);
    current = name === "job" ? `job ${parameters.get("id")}` : name;
    document.title = `${screen.title} · ct2ct`;
    f.main.replaceChildren(screen.element);
    for (const link of f.links) {
      if (link.dataset.screen === linkOf(name)) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    showState(f, store, current);
    window.scrollTo(0, 0);
    if (!first) f.main.querySelector("h1")?.focus();
    document.body.dataset.ready = "yes";
  };
  window.addEventListener("hashchange", show);
  f.quit.addEventListener("click", () => void quit(store));
  void store.refresh();
}

start();
