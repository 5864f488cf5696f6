// Where voxels lie in the patient. Exact for tilted and for uneven slices: each slice has its own
// origin, and the planes between are interpolated along the normal.
import type { Point, VolumeInfo } from "./data";

/** Column, row and slice; whole numbers are the centres of voxels. */
export type Voxel = [number, number, number];

const dot = (a: Point, b: Point) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

const clamp = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high);

/** The nearest voxel of the volume. */
export function nearest(info: VolumeInfo, v: Voxel): Voxel {
  return v.map((x, a) => clamp(Math.round(x), 0, info.size[a]! - 1)) as Voxel;
}

export function positionOf(info: VolumeInfo, v: Voxel): Point {
  const k = clamp(Math.floor(v[2]), 0, Math.max(info.slices.length - 2, 0));
  const a = info.slices[k]!.origin;
  const b = info.slices[Math.min(k + 1, info.slices.length - 1)]!.origin;
  const f = v[2] - k;
  return a.map(
    (x, r) => x + f * (b[r]! - x) + v[0] * info.column_step[r]! + v[1] * info.row_step[r]!,
  ) as Point;
}

/** The slice whose depth is nearest. */
export function sliceNear(info: VolumeInfo, depth: number): number {
  let best = 0;
  for (let k = 1; k < info.slices.length; ++k) {
    const closer = Math.abs(info.slices[k]!.depth - depth) < Math.abs(info.slices[best]!.depth - depth);
    if (closer) best = k;
  }
  return best;
}

/** The voxel of the volume nearest to a point, which may lie outside. */
export function voxelAt(info: VolumeInfo, p: Point): Voxel {
  const k = sliceNear(info, dot(info.normal, p));
  const origin = info.slices[k]!.origin;
  const d: Point = [p[0] - origin[0], p[1] - origin[1], p[2] - origin[2]];
  const c = info.column_step;
  const r = info.row_step;
  // d = i c + j r in the plane of the slice: two equations by dot products with c and r.
  const cc = dot(c, c);
  const cr = dot(c, r);
  const rr = dot(r, r);
  const determinant = cc * rr - cr * cr;
  const i = (dot(d, c) * rr - dot(d, r) * cr) / determinant;
  const j = (dot(d, r) * cc - dot(d, c) * cr) / determinant;
  return nearest(info, [i, j, k]);
}

/** For right, front and head: the axis of the volume that is nearest to it, and whether it runs
 *  that way (1) or against it (-1). */
export function anatomy(info: VolumeInfo): { axis: number; sign: number }[] {
  const n = info.slices.length;
  const first = info.slices[0]!.origin;
  const last = info.slices[n - 1]!.origin;
  const along =
    n > 1 ? (last.map((x, a) => x - first[a]!) as Point) : ([...info.normal] as Point);
  const steps = [info.column_step, info.row_step, along].map((s) => {
    const length = Math.sqrt(dot(s, s)) || 1;
    return s.map((x) => x / length);
  });
  let best: number[] = [0, 1, 2];
  let most = -1;
  for (const order of [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]) {
    const sum = order.reduce((s, axis, world) => s + Math.abs(steps[axis]![world]!), 0);
    if (sum > most + 1e-9) {
      most = sum;
      best = order;
    }
  }
  return best.map((axis, world) => ({ axis, sign: steps[axis]![world]! < 0 ? -1 : 1 }));
}

/** mm from voxel to voxel along each axis; between slices the mean. */
export function spacing(info: VolumeInfo): Point {
  const n = info.slices.length;
  const length = (s: Point) => Math.sqrt(dot(s, s)) || 1;
  const between = n > 1 ? Math.abs(info.slices[n - 1]!.depth - info.slices[0]!.depth) / (n - 1) : 1;
  return [length(info.column_step), length(info.row_step), between || 1];
}
