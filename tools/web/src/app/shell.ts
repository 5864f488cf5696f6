// What all screens share: the frame of the program, errors, small dialogs, addresses of screens.
import { Refusal, type Fault } from "./api";
import { add, button, english, h, icon, newId } from "./dom";
import type { Store } from "./store";
import { kLanguage } from "../texts";
import { t } from "./texts";

const kOwn = "own"; // a fault that this page has put into words

export interface Screen {
  title: string;
  element: HTMLElement;
  update?(): void; // the server's state has changed
  close?(): void;
}

export interface App {
  store: Store;
  /** Tells readers of the screen; not shown. */
  announce(text: string): void;
}

export function go(screen: string, parameters: Record<string, string | null> = {}) {
  location.hash = address(screen, parameters);
}

export function address(screen: string, parameters: Record<string, string | null> = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== null) query.set(name, value);
  const text = query.toString();
  return `#/${screen}${text === "" ? "" : `?${text}`}`;
}

/** A fault with a code in the language of the page; another one says that its words are English. */
function faultInWords(fault: Fault): Fault & { english: boolean } {
  if (fault.code === kOwn) return { ...fault, english: false };
  const words = t.faults[fault.code ?? ""];
  if (words === undefined) return { ...fault, english: kLanguage !== "en" };
  return { what: words[0], where: fault.where, expected: "", hint: words[1], english: false };
}

export function faultOf(e: unknown): Fault {
  if (e instanceof Refusal) {
    if (e.status === 0) return { what: t.gone, where: "", expected: "", hint: t.goneHint, code: kOwn };
    if (e.status === 403 && e.fault.hint === "") return { ...e.fault, hint: t.lockedHint };
    return e.fault;
  }
  return { what: t.unexpected, where: "", expected: "", hint: String(e), code: kOwn };
}

/** What went wrong, where, what was expected, what to do. */
export function faultBox(given: Fault, ...actions: HTMLElement[]): HTMLElement {
  const fault = faultInWords(given);
  const words = (text: string) => (fault.english ? english(text) : h("span", {}, text));
  const list = h("dl");
  const line = (name: string, text: string) => {
    if (text !== "") add(list, h("dt", {}, name), h("dd", {}, words(text)));
  };
  line(t.where, fault.where);
  line(t.expectedName, fault.expected);
  line(t.whatToDo, fault.hint);
  const box = h("div", { class: "fault", role: "alert" });
  add(box, h("span", { class: "light red" }, icon("bad")));
  const text = h("div", {}, h("p", { class: "fault-what" }, words(fault.what)), list);
  if (fault.english) add(text, h("p", { class: "quiet" }, t.saidInEnglish));
  if (actions.length > 0) add(text, h("div", { class: "row" }, ...actions));
  add(box, text);
  return box;
}

/** Shows the fault of a promise in `place`. */
export function showFault(place: HTMLElement, e: unknown, ...actions: HTMLElement[]) {
  if (e instanceof DOMException && e.name === "AbortError") return;
  place.replaceChildren(faultBox(faultOf(e), ...actions));
}

/** A question with one dangerous answer. The safe one has the focus. */
export function confirm(question: string, yes: string): Promise<boolean> {
  return new Promise((done) => {
    const title = newId();
    const dialog = h("dialog", { class: "question", "aria-labelledby": title });
    const answer = (value: boolean) => {
      dialog.close();
      dialog.remove();
      done(value);
    };
    const no = button(t.cancel, () => answer(false));
    add(dialog, h("h2", { id: title }, question));
    add(dialog, h("div", { class: "row end" }, no, button(yes, () => answer(true), { kind: "danger" })));
    dialog.addEventListener("cancel", (e) => {
      e.preventDefault();
      answer(false);
    });
    document.body.append(dialog);
    dialog.showModal();
    no.focus();
  });
}

/** Copies a text; the button says that it has. */
export function copyButton(text: string): HTMLButtonElement {
  const copy = button(t.copy, () => {
    const done = () => {
      said.textContent = t.copied;
      window.setTimeout(() => (said.textContent = t.copy), 2000);
    };
    void navigator.clipboard.writeText(text).then(done, () => undefined);
  });
  const said = h("span", { "aria-live": "polite" }, t.copy);
  copy.replaceChildren(icon("copy"), said);
  return copy;
}

/** A part of a screen that opens on demand. */
export function more(summary: string, ...children: (Node | null)[]): HTMLDetailsElement {
  const details = h("details", { class: "more" }, h("summary", {}, summary));
  add(details, ...children);
  return details;
}
