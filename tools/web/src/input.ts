// Mouse, touch and keys.
import { anatomy, type Voxel } from "./geometry";
import { kAcross, type Layout, type Plane } from "./renderer";
import { kViews, type Stage } from "./stage";

export interface Actions {
  setWindow(low: number, high: number): void;
  preset(index: number): void;
  toggleErrors(): void;
  nextLayout(): void;
  setView(view: (typeof kViews)[number]): void;
  setCurtain(part: number): void;
  openHelp(): void;
  dragsWindow(): boolean;
}

export const kLayouts: Layout[] = ["four", "axial", "coronal", "sagittal", "volume"];

const kWheelStep = 40; // pixels of a touchpad that make one slice
const kTouchStep = 12;
const kTurn = 10; // degrees

/** Steps along the axis that a plane is cut across, towards the head, front or right. */
function stepAcross(stage: Stage, plane: Plane, steps: number) {
  const { axis, sign } = anatomy(stage.main.info)[kAcross[plane]]!;
  const voxel: Voxel = [...stage.voxel];
  voxel[axis] = voxel[axis]! + sign * steps;
  stage.moveTo(voxel);
}

/** Steps of slices, upwards on the ruler. */
export function stepSlices(stage: Stage, steps: number) {
  const up = stage.main.info.normal[2] > 0.5 ? 1 : -1;
  stage.moveTo([stage.voxel[0], stage.voxel[1], stage.voxel[2] + up * steps]);
}

function turn(stage: Stage, azimuth: number, elevation: number) {
  stage.look.azimuth = (stage.look.azimuth + azimuth + 360) % 360;
  stage.look.elevation = Math.min(Math.max(stage.look.elevation + elevation, -90), 90);
  stage.applyLook();
}

function dragWindow(stage: Stage, actions: Actions, dx: number, dy: number) {
  const { low, high } = stage.look;
  const unit = Math.max((high - low) / 250, 0.1);
  const width = Math.max(high - low + dx * unit, 1);
  const centre = (low + high) / 2 + dy * unit;
  actions.setWindow(centre - width / 2, centre + width / 2);
}

/** Steps of the wheel; a touchpad's small movements add up to one. */
function listenToWheel(stage: Stage, element: HTMLElement) {
  let gathered = 0;
  element.addEventListener(
    "wheel",
    (e) => {
      e.preventDefault();
      const lines = e.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? e.deltaY : Math.sign(e.deltaY) * kWheelStep;
      gathered += Math.abs(lines) >= 100 ? Math.sign(lines) * kWheelStep : lines;
      const steps = Math.trunc(gathered / kWheelStep);
      if (steps === 0) return;
      gathered -= steps * kWheelStep;
      const found = stage.locate(e.clientX, e.clientY);
      if (found === null) return;
      if (found === "volume") stepSlices(stage, -steps);
      else stepAcross(stage, found.plane, -steps);
    },
    { passive: false },
  );
}

export function listenToPointers(stage: Stage, element: HTMLElement, actions: Actions) {
  type Drag = { kind: "cursor" | "window" | "turn" | "curtain"; plane: Plane | null; x: number; y: number };
  const drags = new Map<number, Drag>();
  let pinched = 0;
  const near = (e: PointerEvent) => {
    const box = element.getBoundingClientRect();
    return Math.abs(e.clientX - box.left - stage.curtain * box.width) < 10;
  };
  const follow = (e: PointerEvent, drag: Drag) => {
    const found = stage.locate(e.clientX, e.clientY);
    if (found !== null && found !== "volume" && found.plane === drag.plane) stage.moveTo(found.voxel);
  };
  element.addEventListener("contextmenu", (e) => e.preventDefault());
  element.addEventListener("pointerdown", (e) => {
    if (e.target instanceof HTMLButtonElement) return; // captured, its click would come here
    element.setPointerCapture(e.pointerId);
    const found = stage.locate(e.clientX, e.clientY);
    const window = e.button === 2 || actions.dragsWindow();
    const kind =
      stage.view === "curtain" && near(e) ? "curtain" : window ? "window" : found === "volume" ? "turn" : "cursor";
    const plane = found === null || found === "volume" ? null : found.plane;
    const drag: Drag = { kind, plane, x: e.clientX, y: e.clientY };
    drags.set(e.pointerId, drag);
    pinched = 0;
    if (kind === "cursor" && drags.size === 1) follow(e, drag);
  });
  element.addEventListener("pointermove", (e) => {
    const drag = drags.get(e.pointerId);
    if (drag === undefined) return;
    const [dx, dy] = [e.clientX - drag.x, e.clientY - drag.y];
    [drag.x, drag.y] = [e.clientX, e.clientY];
    if (drags.size > 1) {
      pinched += dy / drags.size;
      const steps = Math.trunc(pinched / kTouchStep);
      pinched -= steps * kTouchStep;
      if (steps !== 0) stepSlices(stage, -steps);
    } else if (drag.kind === "curtain") {
      const box = element.getBoundingClientRect();
      actions.setCurtain((e.clientX - box.left) / box.width);
    } else if (drag.kind === "window") {
      dragWindow(stage, actions, dx, dy);
    } else if (drag.kind === "turn") {
      turn(stage, dx / 2, dy / 2);
    } else {
      follow(e, drag);
    }
  });
  for (const end of ["pointerup", "pointercancel"] as const) {
    element.addEventListener(end, (e) => drags.delete(e.pointerId));
  }
  listenToWheel(stage, element);
}

function nextSynthetic(stage: Stage) {
  const { slices } = stage.main.info;
  for (let step = 1; step <= slices.length; ++step) {
    const k = (stage.voxel[2] + step) % slices.length;
    if (slices[k]!.kind === "synthetic") {
      stage.moveTo([stage.voxel[0], stage.voxel[1], k]);
      return;
    }
  }
}

function nextView(stage: Stage, actions: Actions) {
  const at = kViews.indexOf(stage.view);
  actions.setView(kViews[(at + 1) % kViews.length]!);
}

function widen(stage: Stage, actions: Actions, factor: number) {
  const { low, high } = stage.look;
  const centre = (low + high) / 2;
  const half = Math.max(((high - low) / 2) * factor, 0.5);
  actions.setWindow(centre - half, centre + half);
}

function shift(stage: Stage, actions: Actions, part: number) {
  const { low, high } = stage.look;
  const by = (high - low) * part;
  actions.setWindow(low + by, high + by);
}

/** Keys of the whole page. Lists, fields and buttons keep the keys that they need. */
export function listenToKeys(stage: Stage, actions: Actions) {
  const move = (i: number, j: number) =>
    stage.moveTo([stage.voxel[0] + i, stage.voxel[1] + j, stage.voxel[2]]);
  const last = stage.main.info.slices.length;
  const keys: Record<string, () => void> = {
    ArrowUp: () => stepSlices(stage, 1),
    ArrowDown: () => stepSlices(stage, -1),
    PageUp: () => stepSlices(stage, 10),
    PageDown: () => stepSlices(stage, -10),
    Home: () => stage.moveTo([stage.voxel[0], stage.voxel[1], 0]),
    End: () => stage.moveTo([stage.voxel[0], stage.voxel[1], last - 1]),
    ArrowLeft: () => move(-1, 0),
    ArrowRight: () => move(1, 0),
    "[": () => move(0, -1),
    "]": () => move(0, 1),
    s: () => nextSynthetic(stage),
    v: () => nextView(stage, actions),
    l: () => actions.nextLayout(),
    e: () => actions.toggleErrors(),
    " ": () => {
      stage.blinking = !stage.blinking;
    },
    ",": () => actions.setCurtain(stage.curtain - 0.05),
    ".": () => actions.setCurtain(stage.curtain + 0.05),
    "-": () => widen(stage, actions, 0.8),
    "+": () => widen(stage, actions, 1.25),
    ";": () => shift(stage, actions, 0.1),
    "'": () => shift(stage, actions, -0.1),
    a: () => turn(stage, -kTurn, 0),
    d: () => turn(stage, kTurn, 0),
    w: () => turn(stage, 0, kTurn),
    x: () => turn(stage, 0, -kTurn),
    "?": () => actions.openHelp(),
  };
  document.addEventListener("keydown", (e) => {
    const { target } = e;
    const taken =
      target instanceof Element && target.closest("input, select, button, dialog") !== null;
    if (taken || e.ctrlKey || e.metaKey || e.altKey) return;
    const key = e.key.length === 1 ? e.key.toLowerCase() : e.key;
    const action = /^[1-9]$/.test(key) ? () => actions.preset(Number(key) - 1) : keys[key];
    if (action === undefined) return;
    e.preventDefault();
    action();
  });
}
