// The server's answers and requests. train/app writes them; the field names here are its field names.

export interface Fault {
  what: string;
  where: string;
  expected: string;
  hint: string;
  code?: string | null; // names what users can cause; texts_es.ts has its words
}

/** What the server says in English; where it has a code, the page has its own words. */
export interface Said {
  code: string;
  value: number | null; // that the words have
  text: string;
}

export interface ModelEntry {
  model: string; // "default" or a path
  name: string;
}

export interface Series {
  key: string | null; // what --series takes; null where a scan has one series
  text: string;
  modality: string;
  slices: number | null; // null, as the next three, where only reading it would tell
  size: [number, number] | null;
  spacing: [number | null, number | null, number | null] | null;
  unit: string | null;
  thumbnail: string | null;
  warnings: Said[];
  usable: boolean;
  why_not: Said | string | null;
}

export interface Scan {
  id: string;
  path: string;
  name: string;
  format: string;
  series: Series[];
  warnings: string[];
}

export type Method = "model" | "registered" | "cubic";
export type Format = "dicom" | "nifti" | "png" | "gif" | "mesh" | "page";

export interface Interpolation {
  kind: "interpolate";
  scan: string;
  series: string | null;
  factor?: number;
  spacing?: number;
  model: string;
  method: Method;
  formats: Format[];
  folder: string | null;
}

export interface Training {
  kind: "train";
  scans: { scan: string; series: string | null }[];
  minutes: number;
  from: string | null;
  name: string;
}

export type Light = "green" | "amber" | "red";

/** A measure of the self-check on hidden slices: "error in body, HU", "PSNR, dB". */
export interface Measure {
  name: string;
  slices: number;
  network: number | null;
  registered: number | null;
  cubic: number | null;
}

export interface Verdict {
  light: Light | null; // null: nothing was judged
  verdict: string | null;
  sentence: { en: string; es: string } | null;
  table: Measure[];
}

export interface Result {
  slices_before?: number;
  slices?: number;
  made_by?: Record<string, number>;
  verdict?: Verdict;
  uncertainty_hu?: number | null; // mean absolute error to expect
  record?: unknown;
  view?: string | null;
  files?: { format: string; name: string; bytes: number }[];
  saved?: string[];
  folder?: string; // of the program: where the outputs lie until the job is removed
  steps?: number; // of a training, as the next three
  seconds?: number;
  model?: string | null;
  live?: string | null;
}

export type JobState = "queued" | "running" | "done" | "failed" | "cancelled" | "stopped";

export interface Progress {
  label: string;
  part: number;
  elapsed: number; // seconds since the job began
  left: number | null; // seconds, of the step that the label names
  message?: string;
}

export interface Job {
  id: string;
  kind: "interpolate" | "train";
  title: string;
  state: JobState;
  place: number; // how many jobs run before it
  created: string | number;
  started: string | number | null;
  ended: string | number | null;
  progress: Progress | null;
  messages: { kind: "note" | "warning"; text: string }[];
  error: Fault | null;
  command: string[];
  result: Result | null;
  asked: Interpolation | Training;
}

export interface State {
  version: string;
  threads: number;
  roots: { name: string; path: string }[];
  recent: { path: string; when: string | number }[];
  models: ModelEntry[];
  jobs: Job[]; // newest first
}

/** Files that lie in a folder itself, and whether it has folders. */
export interface Holdings {
  dicom: number;
  pictures: number;
  folders: boolean;
}

export interface Entry {
  name: string;
  path: string;
  kind: "folder" | "file";
  bytes: number;
  modified: string | number;
  holds?: Holdings; // of a folder, where a scan is chosen
}

export interface Folder {
  path: string;
  holds: Holdings | null;
  parent: string | null;
  entries: Entry[];
  truncated: boolean;
}

export type Purpose = "scan" | "model" | "save";

/** What the server refused, or that it did not answer: then `status` is 0. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly fault: Fault,
  ) {
    super(fault.what);
  }
}

const kNoFault: Fault = { what: "", where: "", expected: "", hint: "" };

async function answerOf<T>(request: Promise<Response>, address: string): Promise<T> {
  let response: Response;
  try {
    response = await request;
  } catch {
    throw new Refusal(0, { ...kNoFault, where: address });
  }
  const text = await response.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = null;
  }
  if (response.ok && body !== null) return body as T;
  const fault = (body as { error?: Partial<Fault> } | null)?.error ?? { what: `HTTP ${response.status}` };
  throw new Refusal(response.status, { ...kNoFault, where: address, ...fault });
}

export function get<T>(address: string): Promise<T> {
  return answerOf<T>(fetch(address, { cache: "no-store" }), address);
}

export function post<T>(address: string, body: unknown): Promise<T> {
  const request = fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return answerOf<T>(request, address);
}

export function openScan(path: string): Promise<Scan> {
  return post<Scan>("/api/open", { path });
}

export function listFolder(path: string | null, purpose: Purpose): Promise<Folder> {
  const query = new URLSearchParams();
  if (path !== null) query.set("path", path);
  if (purpose !== "scan") query.set("for", purpose);
  return get<Folder>(`/api/folder?${query}`);
}

/** Sends one file as it is; `sent` hears how many bytes have gone. */
export function put(address: string, file: File, sent: (bytes: number) => void, signal: AbortSignal) {
  return new Promise<void>((done, failed) => {
    const request = new XMLHttpRequest(); // fetch does not say how far it is
    request.open("PUT", address);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.addEventListener("progress", (e) => sent(e.loaded));
    const refuse = () => {
      const answer = new Response(request.responseText || "{}", { status: request.status || 500 });
      answerOf<void>(Promise.resolve(answer), address).then(done, failed);
    };
    request.addEventListener("load", () => (request.status < 300 ? done() : refuse()));
    request.addEventListener("error", () => failed(new Refusal(0, { ...kNoFault, where: address })));
    request.addEventListener("abort", () => failed(new DOMException("", "AbortError")));
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}
