// What the page holds: a description in JSON and volumes as NIfTI files, packed by gzip and written
// in base64. train/view/page.cpp writes both; the field names here are its field names.

export type Point = [number, number, number];

export interface Slice {
  origin: Point; // where voxel (0, 0, k) lies, mm to the right, front and head
  depth: number; // mm along the normal of the slices
  kind: "real" | "synthetic" | "unknown";
  t?: number; // how far from the slice before to the slice after
  method?: string;
  expected_error?: number; // HU, mean over the body
}

export interface VolumeInfo {
  id: string; // of the element that holds its bytes
  size: [number, number, number]; // columns, rows, slices on this page
  original: [number, number, number]; // as they were read
  column_step: Point;
  row_step: Point;
  normal: Point;
  slices: Slice[];
  unit: "hu" | "grey" | "unknown";
  oriented: boolean;
  tilted: boolean;
  even: boolean;
}

export interface Window {
  name: string; // "brain", "bone", "soft", "lung", "scan", "default", or what was asked for
  low: number;
  high: number;
}

export interface MadeBy {
  method: string;
  slices: number;
  expected_error?: [number, number, number]; // lowest, median, highest, HU
}

export interface Page {
  version: number;
  program: string;
  volumes: VolumeInfo[]; // one scan, or before and after
  uncertainty: { volume: VolumeInfo; highest: number } | null;
  windows: Window[];
  window: Window; // shown at first
  made_by: MadeBy[];
  record: Record<string, string | number | boolean | null> | null;
}

export class Volume {
  constructor(
    readonly info: VolumeInfo,
    readonly file: ArrayBuffer, // a NIfTI-1 file of 16-bit integers, little-endian
    readonly stored: Int16Array,
    readonly slope: number,
    readonly intercept: number,
  ) {}

  /** HU or grey level of a voxel; NaN outside. */
  value(i: number, j: number, k: number): number {
    const [w, h, n] = this.info.size;
    if (i < 0 || j < 0 || k < 0 || i >= w || j >= h || k >= n) return NaN;
    return this.slope * this.stored[i + w * (j + h * k)]! + this.intercept;
  }
}

export function readPage(): Page {
  return JSON.parse(document.getElementById("ct2ct-page")!.textContent!) as Page;
}

function bytesOf(base64: string): Uint8Array {
  const native = Uint8Array as unknown as { fromBase64?(text: string): Uint8Array }; // browsers of 2025
  if (native.fromBase64 !== undefined) return native.fromBase64(base64);
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; ++i) bytes[i] = text.charCodeAt(i);
  return bytes;
}

async function unpacked(packed: Uint8Array): Promise<ArrayBuffer> {
  const stream = new Blob([packed as BlobPart]).stream();
  return new Response(stream.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

/** The volume whose bytes element `info.id` holds. The element is emptied, to free its memory. */
export async function readVolume(info: VolumeInfo): Promise<Volume> {
  const element = document.getElementById(info.id)!;
  const file = await unpacked(bytesOf(element.textContent!.trim()));
  element.textContent = "";
  const header = new DataView(file);
  const start = header.getFloat32(108, true); // vox_offset
  const voxels = info.size[0] * info.size[1] * info.size[2];
  const stored = new Int16Array(file, start, voxels);
  return new Volume(
    info,
    file,
    stored,
    header.getFloat32(112, true), // scl_slope
    header.getFloat32(116, true), // scl_inter
  );
}
