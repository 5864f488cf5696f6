// Starts the page: reads what it holds, fills the controls, and joins them to the stage.
import "./base.css";
import "./style.css";
import { readPage, readVolume, type Page, type Volume, type Window } from "./data";
import { positionOf } from "./geometry";
import { kLayouts, listenToKeys, listenToPointers, type Actions } from "./input";
import { recordTables } from "./record";
import { heatColour, type Layout, type Look } from "./renderer";
import { legend, Ruler } from "./ruler";
import { originText, Stage, type View } from "./stage";
import { filled, kLanguage, numberText, t } from "./texts";

const byId = <E extends HTMLElement>(id: string) => document.getElementById(id) as E;
const kFramed = window.parent !== window; // in ct2ct app
const kNarrow = 600; // pixels that two pictures side by side need
const field = (id: string) => byId<HTMLInputElement>(id);

function fillTexts() {
  document.documentElement.lang = kLanguage;
  document.body.classList.toggle("framed", kFramed);
  for (const e of document.querySelectorAll<HTMLElement>("[data-t]")) {
    e.textContent = t[e.dataset.t as keyof typeof t] as string;
  }
  byId("stage").setAttribute("aria-label", t.stage);
  byId("record").setAttribute("aria-label", t.record);
  byId("controls").setAttribute("aria-label", t.controls);
  for (const [keys, what] of t.keys) {
    const row = byId<HTMLTableElement>("help-keys").insertRow();
    const key = document.createElement("th");
    key.scope = "row";
    key.textContent = keys;
    row.append(key);
    row.insertCell().textContent = what;
  }
}

function note(text: string) {
  const p = document.createElement("p");
  p.textContent = text;
  byId("notes").append(p);
}

/** What a reader must know of how the volumes are shown. */
function noteDifferences(page: Page) {
  const infos = page.volumes;
  const reduced = infos.find((v) => v.size[0] !== v.original[0] || v.size[1] !== v.original[1]);
  if (reduced !== undefined) {
    const text = (s: number[]) => `${s[0]} x ${s[1]}`;
    const n = Math.round(reduced.original[0] / reduced.size[0]);
    note(filled(t.reduced, { from: text(reduced.original), to: text(reduced.size), n }));
  }
  if (infos.some((v) => v.tilted)) note(t.tilted);
  if (infos.some((v) => !v.even)) note(t.uneven);
  if (infos.some((v) => !v.oriented)) note(t.noOrientation);
  const made = infos.some((v) => v.slices.some((s) => s.kind !== "real"));
  byId("research").hidden = !made;
}

function choices(id: string, entries: [string, string][]) {
  for (const [value, text] of entries) byId<HTMLSelectElement>(id).add(new Option(text, value));
}

const kWindowNames: Record<string, string> = {
  brain: t.brain,
  bone: t.bone,
  soft: t.soft,
  lung: t.lung,
  scan: t.scanWindow,
  usual: t.usual,
  asked: t.asked,
};

function fillControls(page: Page) {
  const views: [View, string][] = [
    ["one", t.one],
    ["side", t.sideBySide],
    ["curtain", t.curtain],
    ["blink", t.blink],
  ];
  choices("view", views);
  const names: Record<Layout, string> = {
    four: t.four,
    axial: t.axial,
    coronal: t.coronal,
    sagittal: t.sagittal,
    volume: t.volume,
  };
  choices("layout", kLayouts.map((l) => [l, names[l]]));
  choices("drag", [["cursor", t.dragCursor], ["window", t.dragWindow]]);
  choices("window", page.windows.map((w, i) => [String(i), kWindowNames[w.name] ?? w.name]));
  byId<HTMLSelectElement>("window").add(new Option(t.own, "own"));
  if (page.volumes.length < 2) for (const e of document.querySelectorAll<HTMLElement>(".two")) e.hidden = true;
  if (page.uncertainty !== null) {
    byId("errors").hidden = false;
    field("error-shown").checked = !kFramed; // there the pictures come first
    field("error-highest").value = String(Math.round(page.uncertainty.highest));
    const stops = Array.from({ length: 13 }, (_, i) => `rgb(${heatColour(i / 12).join(",")})`);
    byId("error-colours").style.background = `linear-gradient(90deg, ${stops.join(",")})`;
  }
}

function showWindow(page: Page, look: Look) {
  const same = (w: Window) => Math.abs(w.low - look.low) < 0.01 && Math.abs(w.high - look.high) < 0.01;
  const at = page.windows.findIndex(same);
  byId<HTMLSelectElement>("window").value = at < 0 ? "own" : String(at);
  const rounded = (x: number) => String(Math.round(10 * x) / 10);
  // As DICOM has it (PS3.3, C.11.2.1.2.1): white is at centre + width / 2 - 1.
  if (document.activeElement !== field("centre")) field("centre").value = rounded((look.low + look.high + 1) / 2);
  if (document.activeElement !== field("width")) field("width").value = rounded(look.high - look.low + 1);
}

function actionsOf(stage: Stage, page: Page): Actions {
  const { look } = stage;
  const view = byId<HTMLSelectElement>("view");
  const layout = byId<HTMLSelectElement>("layout");
  const actions: Actions = {
    setWindow(low, high) {
      [look.low, look.high] = [low, high];
      showWindow(page, look);
      stage.applyLook();
    },
    preset(index) {
      const w = page.windows[index];
      if (w !== undefined) actions.setWindow(w.low, w.high);
    },
    toggleErrors() {
      field("error-shown").click();
    },
    nextLayout() {
      layout.selectedIndex = (layout.selectedIndex + 1) % layout.length;
      layout.dispatchEvent(new Event("change"));
    },
    setView(name) {
      if (name === "curtain" && look.layout === "four") {
        look.layout = "coronal"; // a curtain over four planes would hide half of them
        layout.value = look.layout;
        stage.applyLook();
      }
      stage.setView(name);
      view.value = stage.view;
      byId("curtain-label").hidden = stage.view !== "curtain";
    },
    setCurtain(part) {
      stage.setCurtain(part);
      field("curtain").value = String(Math.round(100 * stage.curtain));
    },
    openHelp() {
      byId<HTMLDialogElement>("help").showModal();
    },
    dragsWindow: () => byId<HTMLSelectElement>("drag").value === "window",
  };
  return actions;
}

function joinControls(stage: Stage, page: Page, actions: Actions) {
  const { look } = stage;
  const on = (id: string, event: string, run: () => void) => byId(id).addEventListener(event, run);
  byId("controls").addEventListener("submit", (e) => e.preventDefault());
  on("view", "change", () => actions.setView(byId<HTMLSelectElement>("view").value as View));
  on("curtain", "input", () => stage.setCurtain(Number(field("curtain").value) / 100));
  on("layout", "change", () => {
    look.layout = byId<HTMLSelectElement>("layout").value as Layout;
    stage.applyLook();
  });
  on("window", "change", () => actions.preset(Number(byId<HTMLSelectElement>("window").value)));
  const typed = () => {
    const [centre, width] = [Number(field("centre").value), Number(field("width").value)];
    if (Number.isFinite(centre) && width > 1) actions.setWindow(centre - width / 2, centre + width / 2 - 1);
  };
  on("centre", "change", typed);
  on("width", "change", typed);
  on("smooth", "change", () => {
    look.smooth = field("smooth").checked;
    stage.applyLook();
  });
  const errors = () => {
    look.overlay.visible = page.uncertainty !== null && field("error-shown").checked;
    look.overlay.opacity = Number(field("error-opacity").value) / 100;
    look.overlay.highest = Math.max(Number(field("error-highest").value) || 1, 0.1);
    byId("error-highest-text").textContent = `${numberText(look.overlay.highest)} HU`;
  };
  for (const [id, event] of [["error-shown", "change"], ["error-opacity", "input"], ["error-highest", "change"]] as const) {
    on(id, event, () => {
      errors();
      stage.applyLook();
    });
  }
  errors();
  on("help-open", "click", actions.openHelp);
  on("help-close", "click", () => byId<HTMLDialogElement>("help").close());
}

/** Value, place and origin at the cursor. */
function showCursor(stage: Stage, errors: Volume | null) {
  const list = byId("cursor");
  list.replaceChildren();
  const line = (name: string, text: string, id = "") => {
    const dt = document.createElement("dt");
    const dd = document.createElement("dd");
    [dt.textContent, dd.textContent, dd.id] = [name, text, id];
    list.append(dt, dd);
  };
  const unit = (v: Volume) => (v.info.unit === "hu" ? " HU" : "");
  const value = (v: Volume) => numberText(v.value(...stage.voxelIn(v)), v.slope === 1 ? 0 : 1) + unit(v);
  const two = stage.volumes.length > 1;
  if (two) line(t.before, value(stage.volumes[0]!), "value-0");
  line(two ? t.after : unit(stage.main).trim() || t.scan, value(stage.main), "value-1");
  if (errors !== null && stage.slice.kind === "synthetic") {
    line(t.expected, `${numberText(errors.value(...stage.voxel), 1)} HU`, "value-error");
  }
  const p = positionOf(stage.main.info, stage.voxel);
  const oriented = stage.main.info.oriented;
  const names = [[t.right, t.left], [t.front, t.back], [t.head, t.feet]] as const;
  const place = p.map((x, a) =>
    oriented ? `${numberText(Math.abs(x), 1)} ${names[a]![x < 0 ? 1 : 0]}` : numberText(x, 1),
  );
  line("mm", place.join(", "), "position");
  line(t.slice, `${stage.voxel[2] + 1} ${t.of} ${stage.main.info.slices.length}`, "slice-number");
  line("", originText(stage.slice), "slice-origin");
  if (stage.slice.expected_error !== undefined) {
    line(t.expectedSlice, `${numberText(stage.slice.expected_error, 1)} HU`);
  }
}

/** All at once: a browser unpacks on threads of its own. */
async function readVolumes(page: Page): Promise<{ volumes: Volume[]; errors: Volume | null }> {
  const map = page.uncertainty === null ? null : readVolume(page.uncertainty.volume);
  const volumes = await Promise.all(page.volumes.map(readVolume));
  performance.mark("ct2ct-read");
  return { volumes, errors: await map };
}

async function start() {
  fillTexts();
  const page = readPage();
  noteDifferences(page);
  fillControls(page);
  byId("record").append(...recordTables(page));
  byId("legend").append(legend(page.volumes[page.volumes.length - 1]!));
  const { volumes, errors } = await readVolumes(page);
  const look: Look = {
    low: page.window.low,
    high: page.window.high,
    smooth: false,
    overlay: { visible: errors !== null && !kFramed, highest: page.uncertainty?.highest ?? 1, opacity: 0.6 },
    layout: kFramed && page.volumes.length > 1 ? "coronal" : "four", // across the slices one sees the difference
    azimuth: 110,
    elevation: 15,
  };
  let ruler: Ruler | null = null;
  const changed = () => {
    showCursor(stage, errors);
    const k = stage.voxel[2];
    ruler?.show(k, `${t.slice} ${k + 1} ${t.of} ${stage.main.info.slices.length}, ${originText(stage.slice)}`);
  };
  const stage: Stage = new Stage(byId("stage"), page, volumes, errors, look, note, changed);
  ruler = new Ruler(byId("ruler"), stage.main.info, (k) => stage.moveTo([stage.voxel[0], stage.voxel[1], k]));
  new ResizeObserver(() => ruler.draw()).observe(byId("ruler"));
  const actions = actionsOf(stage, page);
  joinControls(stage, page, actions);
  listenToPointers(stage, byId("stage"), actions);
  listenToKeys(stage, actions);
  showWindow(page, look);
  byId<HTMLSelectElement>("layout").value = look.layout;
  actions.setView(window.innerWidth < kNarrow ? "one" : stage.view);
  await stage.start();
  byId("loading").hidden = true;
  document.body.dataset.ready = "yes";
}

start().catch((e: unknown) => {
  byId("loading").textContent = t.failed + String(e);
  document.body.dataset.ready = "failed";
});

