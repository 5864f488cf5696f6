// What the server knows, asked for again and again: once a second while a job runs, else every 5 s.
import { get, openScan, post, Refusal, type Job, type Scan, type State } from "./api";

const kBusyMs = 1000;
const kIdleMs = 5000;

export type Trouble = "none" | "gone" | "locked"; // no answer; an answer that asks for the first address

export class Store {
  state: State | null = null;
  trouble: Trouble = "none";
  private readonly scans = new Map<string, Scan>(); // by path
  private timer = 0;
  private asked = 0; // requests so far: an older answer does not replace a newer one

  private closed = false;

  constructor(private readonly changed: () => void) {
    document.addEventListener("visibilitychange", () => void this.refresh());
  }

  /** Asks no more. */
  close() {
    this.closed = true;
    window.clearTimeout(this.timer);
  }

  get busy(): boolean {
    return this.state?.jobs.some((j) => j.state === "running" || j.state === "queued") ?? false;
  }

  job(id: string): Job | null {
    return this.state?.jobs.find((j) => j.id === id) ?? null;
  }

  async refresh(): Promise<void> {
    if (this.closed) return;
    window.clearTimeout(this.timer);
    const mine = ++this.asked;
    try {
      const state = await get<State>("/api/state");
      if (mine !== this.asked || this.closed) return;
      this.state = state;
      this.trouble = "none";
    } catch (e) {
      if (mine !== this.asked || this.closed) return;
      this.trouble = e instanceof Refusal && e.status === 403 ? "locked" : "gone";
    }
    const wait = this.busy && !document.hidden ? kBusyMs : kIdleMs;
    this.timer = window.setTimeout(() => void this.refresh(), this.trouble === "gone" ? kBusyMs : wait);
    this.changed();
  }

  /** Reads a scan once; a second call for the same path answers at once. */
  async scan(path: string): Promise<Scan> {
    const known = this.scans.get(path);
    if (known !== undefined) return known;
    const scan = await openScan(path);
    this.keep(path, scan);
    return scan;
  }

  keep(path: string, scan: Scan) {
    this.scans.set(path, scan);
    this.scans.set(scan.path, scan);
  }

  /** The picture of the series that a job fills, if this page has read the scan. */
  thumbnailOf(job: Job): string | null {
    const asked = job.asked.kind === "interpolate" ? job.asked : null;
    if (asked === null) return null;
    const scan = [...this.scans.values()].find((s) => s.id === asked.scan);
    const series = scan?.series.find((s) => s.key === asked.series) ?? scan?.series[0];
    return series?.thumbnail ?? null;
  }

  async act(job: Job, what: "cancel" | "resume" | "remove"): Promise<void> {
    await post(`/api/jobs/${encodeURIComponent(job.id)}/${what}`, {});
    await this.refresh();
  }
}
