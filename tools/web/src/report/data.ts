// What the page holds: the text of metrics.json, and beside it scores slice by slice and pictures.
// train/report/report_json.cpp and report_page.cpp write them; the field names are theirs.

export interface Summary {
  mean: number;
  lo: number;
  hi: number;
}

type ByTissue<T> = Partial<Record<"air" | "soft" | "bone", T>>;

export interface Method {
  psnr_full: Summary;
  psnr_soft?: Summary;
  psnr_bone?: Summary;
  ssim_full: Summary;
  ssim_soft?: Summary;
  ssim_bone?: Summary;
  mae_hu_body?: Summary;
  mae_grey_body?: Summary;
  mae_hu_tissue?: ByTissue<Summary>;
  signed_error_hu?: ByTissue<number>;
  signed_error_hu_pure?: ByTissue<Summary & { pixels: number }>;
  signed_error_hu_pure_median?: ByTissue<Summary>;
  noise_ratio?: Summary;
  sharpness_ratio?: Summary;
  slices_won: number;
  psnr_full_over_cubic: Summary;
  psnr_soft_over_cubic?: Summary;
  mae_hu_body_over_cubic?: Summary;
  mae_grey_body_over_cubic?: Summary;
  wilcoxon_psnr_full_over_cubic: { p: number };
}

export type Methods = Record<string, Method>;

export interface Part {
  name?: string; // of a region
  t?: number; // of a position
  stack?: [number, number];
  slices: number;
  methods: Methods;
}

export type Outcome = "better" | "worse" | "even";

/** By how the known slices hold a lesion that is put in. */
export type Seen = "well" | "partly" | "nowhere" | "elsewhere";

export interface Lesions {
  places: number;
  false_spot_hu: number;
  false_spots: Record<string, number>;
  lesions: { seen: Seen; methods: Record<string, { contrast: number }> }[];
}

export interface LesionExample {
  seen: Seen;
  slice: number;
  diameter_mm: number;
  contrast_hu: number;
  pictures: Record<string, string>; // "truth" and methods, as data: addresses
}

export interface Scan {
  scan: string;
  protocol: string;
  trained_on: boolean;
  factor: number;
  in_passes: boolean;
  slices: number;
  methods: Methods;
  positions: Part[];
  best_without_network: {
    method: string;
    model_is: Outcome;
    model_closer_on: number;
    psnr_full_over: Record<string, Summary>;
    model_psnr_soft_over?: Summary;
  };
  headline: string;
  details: string[];
  cautions: string[];
  meaning: string;
  warnings: string[];
  unit: string;
  size: [number, number];
  self_check?: { used: string };
  lesions?: Lesions; // of evaluate --lesions
  slice_spacing_mm?: number;
  region_rule: "head" | "thirds";
  regions: Part[];
}

export interface Source {
  name: string;
  sha256: string;
  slices: number;
  height: number;
  width: number;
  slice_spacing?: number;
  unit: string;
}

export interface Report {
  scans: Scan[];
  mean_over_scans: Record<string, number>;
  model: {
    file: string;
    sha256: string;
    ct2ct_version: string;
    generator_params: number;
    recipe: Record<string, unknown> & { name?: string; protocol?: string };
    training: Record<string, unknown> & { sources?: Source[]; before?: Source[]; from?: string };
  };
  ct2ct_version: string;
}

export interface Window {
  name: string;
  low: number;
  high: number;
}

export interface Pictures {
  id: string; // of the element that holds them
  width: number;
  height: number;
  reduction: number;
  step: number; // HU or grey levels in a stored unit
  windows: Window[];
  without_network: string;
}

export interface Slices {
  slice: number[];
  position_mm: (number | null)[];
  t: number[];
  region: string[];
  psnr_full: Record<string, number[]>;
  mae_body: Record<string, (number | null)[]>;
}

export interface Series {
  name: string;
  x: number[];
  y: number[];
  raw?: number[]; // where y is smoothed
}

export interface PageData {
  version: number;
  program: string;
  scans: { slices: Slices; pictures: Pictures | null; lesions: LesionExample[] }[];
  losses: Series[];
}

export function readJson<T>(id: string): T {
  return JSON.parse(document.getElementById(id)!.textContent!) as T;
}

/** Pictures of one slice, in HU or grey levels. */
export interface Picture {
  truth: Float32Array;
  model: Float32Array; // minus the truth
  free: Float32Array; // minus the truth
}

const kMostKept = 24;

/** Unpacks pictures when they are shown. */
export class PictureStore {
  private readonly lines: string[];
  private readonly kept = new Map<number, Picture>();

  constructor(readonly about: Pictures) {
    this.lines = document.getElementById(about.id)!.textContent!.trim().split("\n");
  }

  get count(): number {
    return this.lines.length;
  }

  async picture(i: number): Promise<Picture> {
    const kept = this.kept.get(i);
    if (kept !== undefined) return kept;
    const packed = Uint8Array.from(atob(this.lines[i]!), (c) => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
    const n = this.about.width * this.about.height;
    const part = (at: number) => {
      const values = new Float32Array(n);
      let sum = 0;
      for (let p = 0; p < n; ++p) {
        sum = (sum + bytes[at + p]! + 256 * bytes[3 * n + at + p]!) & 0xffff;
        values[p] = (sum < 0x8000 ? sum : sum - 0x10000) * this.about.step;
      }
      return values;
    };
    const picture = { truth: part(0), model: part(n), free: part(2 * n) };
    if (this.kept.size >= kMostKept) this.kept.delete(this.kept.keys().next().value!);
    this.kept.set(i, picture);
    return picture;
  }
}
