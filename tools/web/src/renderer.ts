// What draws a volume into a pane: NiiVue where there is WebGL2 (niivue.ts), else a plain canvas
// (plain.ts). Both show the same four tiles, so that panes can lie over each other as a curtain.
import type { Voxel } from "./geometry";

export type Plane = "axial" | "coronal" | "sagittal";

export interface Tile {
  plane: Plane | "volume";
  left: number; // parts of the pane's width and height
  top: number;
  width: number;
  height: number;
}

export type Layout = "four" | Plane | "volume";

const kQuarter = 0.5;

/** The tiles of a layout. */
export function tilesOf(layout: Layout): Tile[] {
  if (layout !== "four") return [{ plane: layout, left: 0, top: 0, width: 1, height: 1 }];
  const at = (plane: Tile["plane"], left: number, top: number): Tile => ({
    plane,
    left,
    top,
    width: kQuarter,
    height: kQuarter,
  });
  return [
    at("axial", 0, 0),
    at("coronal", kQuarter, 0),
    at("volume", 0, kQuarter),
    at("sagittal", kQuarter, kQuarter),
  ];
}

/** For right, front and head: the planes that a step along it leads through. */
export const kAcross: Record<Plane, number> = { sagittal: 0, coronal: 1, axial: 2 };

export interface Overlay {
  visible: boolean;
  highest: number; // HU that has the last colour
  opacity: number;
}

export interface Look {
  low: number;
  high: number;
  smooth: boolean;
  overlay: Overlay;
  layout: Layout;
  azimuth: number; // degrees from which the volume is seen
  elevation: number;
}

export interface Renderer {
  /** Shows the three planes through a voxel. */
  show(voxel: Voxel): void;
  setLook(look: Look): void;
  resize(): void;
  /** What lies at a point of the pane, in its pixels of CSS. */
  locate(x: number, y: number): { plane: Plane; voxel: Voxel } | "volume" | null;
}

/** Colours of the overlay from 0 to the highest: dark violet, red, orange, light yellow. */
const kHeat: [number, number, number][] = [
  [40, 11, 84],
  [101, 21, 110],
  [159, 42, 99],
  [212, 72, 66],
  [245, 125, 21],
  [250, 193, 39],
  [252, 255, 164],
];

/** How much of the opacity a colour has: little at 0, so that the scan shows where errors are small. */
export function heatOpacity(part: number): number {
  return Math.min(0.25 + 2 * Math.max(part, 0), 1);
}

export function heatColour(part: number): [number, number, number] {
  const x = Math.min(Math.max(part, 0), 1) * (kHeat.length - 1);
  const k = Math.min(Math.floor(x), kHeat.length - 2);
  const f = x - k;
  return kHeat[k]!.map((c, a) => Math.round(c + f * (kHeat[k + 1]![a]! - c))) as [
    number,
    number,
    number,
  ];
}
