// The chooser of files and folders of this computer's disk. The server lists them.
import { listFolder, type Entry, type Folder, type Holdings, type Purpose } from "./api";
import { add, button, bytesText, dateText, h, icon, newId, say } from "./dom";
import { showFault } from "./shell";
import type { Store } from "./store";
import { filled, numberText } from "../texts";
import { t } from "./texts";

const kRemembered = "ct2ct-folder-"; // in the browser: where the last choice was

interface Parts {
  dialog: HTMLDialogElement;
  path: HTMLInputElement;
  list: HTMLUListElement;
  said: HTMLElement;
  faults: HTMLElement;
  choose: HTMLButtonElement;
}

const kTitles: Record<Purpose, () => string> = {
  scan: () => t.chooseScan,
  model: () => t.chooseModel,
  save: () => t.chooseFolder,
};
const kChoose: Record<Purpose, () => string> = {
  scan: () => t.openThisFolder,
  model: () => t.openThisFolder,
  save: () => t.saveHere,
};

/** A folder of DICOM files and nothing else is opened as a scan, not shown. */
function isOneScan(e: Entry): boolean {
  return e.kind === "folder" && (e.holds?.dicom ?? 0) > 1 && !e.holds!.folders;
}

/** "DICOM, 53 files"; empty for a folder that is no scan by itself. */
function holdingsText(holds: Holdings | null | undefined): string {
  if (!holds) return "";
  if (holds.dicom > 1) return filled(t.dicomFiles, { n: numberText(holds.dicom) });
  return holds.pictures > 1 ? filled(t.pictureFiles, { n: numberText(holds.pictures) }) : "";
}

/** The path chosen, or null. For a scan: a folder or a file; for a model: a file; to save: a folder. */
export function choosePath(store: Store, purpose: Purpose): Promise<string | null> {
  return new Promise((done) => {
    const close = (path: string | null) => {
      parts.dialog.close();
      parts.dialog.remove();
      done(path);
    };
    const parts = build(store, purpose, close, (path) => void show(path, null));
    let shown: Folder | null = null;

    async function show(path: string | null, from: string | null): Promise<boolean> {
      try {
        shown = await listFolder(path, purpose);
      } catch (e) {
        showFault(parts.faults, e);
        return false;
      }
      parts.faults.replaceChildren();
      parts.path.value = shown.path;
      localStorage.setItem(kRemembered + purpose, shown.path);
      const pick = (e: Entry) => (e.kind === "file" || isOneScan(e) ? close(e.path) : void show(e.path, shown!.path));
      fill(parts, shown, pick, (up) => void show(up, shown!.path), () => close(shown!.path));
      const came = [...parts.list.querySelectorAll("button")].find((b) => b.dataset.path === from);
      (came ?? parts.list.querySelector("button") ?? parts.path).focus();
      return true;
    }

    /** A path that was typed: a folder is shown, a file is taken. */
    async function typed() {
      const path = parts.path.value.trim();
      if (path === "") return;
      if (path === shown?.path && purpose !== "model") close(path);
      else if (/\.[\w.]{1,12}$/.test(path) && purpose !== "save") close(path);
      else await show(path, null);
    }

    parts.dialog.querySelector("form")!.addEventListener("submit", (e) => {
      e.preventDefault();
      void typed();
    });
    parts.choose.addEventListener("click", () => close(shown?.path ?? null));
    document.body.append(parts.dialog);
    parts.dialog.showModal();
    const last = localStorage.getItem(kRemembered + purpose);
    const first = last ?? store.state?.roots[0]?.path ?? null;
    void show(first, null).then((good) => (good || last === null ? null : show(store.state?.roots[0]?.path ?? null, null)));
  });
}

function build(store: Store, purpose: Purpose, close: (path: string | null) => void, jump: (path: string) => void): Parts {
  const [title, pathId] = [newId(), newId()];
  const path = h("input", { id: pathId, type: "text", spellcheck: "false", autocomplete: "off" });
  const list = h("ul", { class: "entries" });
  const said = h("p", { class: "quiet", role: "status" });
  const faults = h("div", {});
  const choose = h("button", { type: "button", class: purpose === "save" ? "main" : "", hidden: purpose === "model" }, kChoose[purpose]());
  const roots = h("ul", { class: "roots" });
  for (const r of store.state?.roots ?? []) {
    add(roots, h("li", {}, button(r.name, () => jump(r.path), { icon: "folder" })));
  }
  const dialog = h("dialog", { class: "chooser", "aria-labelledby": title });
  add(
    dialog,
    h("h2", { id: title }, kTitles[purpose]()),
    h("form", { class: "path" }, h("label", { for: pathId }, t.path), path, h("button", { type: "submit" }, t.show)),
    faults,
    h("div", { class: "browse" }, h("nav", { "aria-label": t.places }, roots), list),
    said,
    h("div", { class: "row end" }, button(t.cancel, () => close(null)), choose),
  );
  dialog.addEventListener("cancel", (e) => {
    e.preventDefault();
    close(null);
  });
  list.addEventListener("keydown", moveByKeys);
  return { dialog, path, list, said, faults, choose };
}

function fill(parts: Parts, folder: Folder, pick: (e: Entry) => void, up: (path: string) => void, whole: () => void) {
  parts.list.replaceChildren();
  // The second click of two was meant for what stood there before.
  const item = (run: () => void, path: string, ...children: Node[]) => {
    const once = (e: Event) => (e as MouseEvent).detail <= 1 && run();
    const b = h("button", { type: "button", class: "entry", "data-path": path, onclick: once }, ...children);
    add(parts.list, h("li", {}, b));
    return b;
  };
  const here = holdingsText(folder.holds);
  if (folder.holds) parts.choose.classList.toggle("main", here !== "");
  if (here !== "") {
    const name = h("span", { class: "entry-name" }, t.thisFolder);
    item(whole, "", icon("slices"), name, h("span", { class: "entry-about" }, here)).classList.add("whole");
  }
  if (folder.parent !== null) {
    const { parent } = folder;
    item(() => up(parent), "", icon("up"), h("span", { class: "entry-name" }, t.upOne));
  }
  for (const e of folder.entries) {
    const about = e.kind === "file" ? bytesText(e.bytes) : holdingsText(e.holds);
    const button_ = item(
      () => pick(e),
      e.path,
      icon(isOneScan(e) ? "slices" : e.kind),
      h("span", { class: "entry-name" }, e.name),
      h("span", { class: "entry-about" }, about),
      h("span", { class: "entry-about" }, dateText(e.modified)),
    );
    if (isOneScan(e)) button_.classList.add("whole");
  }
  const n = folder.entries.length;
  const empty = n === 0 && here === "";
  const all = n === 1 ? t.oneEntry : filled(t.entries, { n });
  say(parts.said, folder.truncated ? filled(t.firstEntries, { n }) : empty ? t.emptyFolder : all);
  if (parts.list.querySelector(".whole") !== null) parts.said.append(` · ${t.wholeAbout}`);
}

/** Arrows, Home and End move through the list; a letter jumps to the next name that begins with it. */
function moveByKeys(e: KeyboardEvent) {
  const buttons = [...(e.currentTarget as HTMLElement).querySelectorAll("button")];
  const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
  const last = buttons.length - 1;
  const steps: Record<string, number | undefined> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: last, PageDown: at + 10, PageUp: at - 10 };
  let next = steps[e.key];
  if (next === undefined && e.key.length === 1 && e.key !== " " && !e.ctrlKey && !e.metaKey && !e.altKey) {
    const starts = (b: HTMLButtonElement) =>
      b.querySelector(".entry-name")!.textContent!.toLowerCase().startsWith(e.key.toLowerCase());
    next = [...buttons.keys()].map((i) => (at + 1 + i) % buttons.length).find((i) => starts(buttons[i]!));
  }
  if (next === undefined) return;
  e.preventDefault();
  buttons[Math.min(Math.max(next, 0), last)]?.focus();
}
