// `ct2ct app` as a user has it, in a browser: node test/app.mjs PROGRAM
// Works on a few slices of a real scan where CT2CT_REAL_DATA names the folder of real data, else on
// a phantom.
import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { check, finish, launch, run, scratch, settle } from "./browser.mjs";
import { newPage, noAxeFindings, onlyFrom, screens, showScreen } from "./app_screens.mjs";

const kSlices = 6; // of the real scan: enough for a self-check, and quick
const kFewClicks = 10;
const kLong = 900000; // ms, on a machine that does other work too

const program = process.argv[2];
if (program === undefined) throw new Error("usage: node test/app.mjs PROGRAM");
const folder = scratch();
const data = join(folder, "data");
const saved = join(folder, "saved");
for (const f of [data, saved]) mkdirSync(f);

/** Where a slice lies along z: Image Position (Patient), in a file of explicit little-endian values. */
function heightOf(file) {
  const bytes = readFileSync(file);
  const at = bytes.indexOf(Buffer.from([0x20, 0x00, 0x32, 0x00, 0x44, 0x53]));
  return Number(bytes.subarray(at + 8, at + 8 + bytes.readUInt16LE(at + 6)).toString().split("\\")[2]);
}

/** The folder of a scan to fill, and whether it is DICOM. */
function realScan() {
  const zip = join(process.env.CT2CT_REAL_DATA ?? "/none", "dicom/head_cq500_5_tilt7.zip");
  const all = join(folder, "all");
  if (!existsSync(zip) || spawnSync("unzip", ["-qj", zip, "-d", all]).status !== 0) {
    console.log("no real scan: a phantom");
    run(program, data, "phantom", "head.nii.gz", "--slices", "12", "--size", "64");
    return { name: "head.nii.gz", dicom: false };
  }
  mkdirSync(join(data, "head"));
  const byHeight = readdirSync(all).sort((a, b) => heightOf(join(all, a)) - heightOf(join(all, b)));
  const from = Math.floor(byHeight.length / 2);
  for (const name of byHeight.slice(from, from + kSlices)) copyFileSync(join(all, name), join(data, "head", name));
  return { name: "head", dicom: true };
}

class App {
  constructor() {
    this.state = join(folder, "state");
    process.prependListener("exit", () => this.child?.kill("SIGKILL"));
  }

  async start() {
    const args = ["app", "--no-browser", "--state", this.state, "--folder", folder];
    this.child = spawn(program, args, { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
    for await (const line of createInterface({ input: this.child.stdout })) {
      this.first = line.match(/http:\S+/)?.[0];
      if (this.first !== undefined) break;
    }
    this.address = new URL("/", this.first).href;
    this.child.stdout.resume();
  }

  end(signal) {
    const gone = new Promise((done) => this.child.once("exit", done));
    this.child.kill(signal);
    return gone;
  }

  jobFolders() {
    return readdirSync(join(this.state, "jobs"));
  }
}

/** SHA-256 of the values of a scan, and of how they are stored. */
function hashesOf(path) {
  const info = JSON.parse(run(program, folder, "info", path, "--json"));
  return { values: info.sha256, stored: info.stored_sha256, slices: info.slices };
}

const state = (page) => page.evaluate(async () => (await fetch("/api/state")).json());
const waitFor = (page, test, argument) => page.waitForFunction(test, argument, { timeout: kLong });
const badge = (page, name) => page.waitForSelector(`.job-head .badge.${name}`, { timeout: kLong });

/** From an empty profile to a saved series. */
async function firstWay(page, app, scan) {
  let clicks = 0;
  const click = async (selector, text) => {
    ++clicks;
    await page.locator(selector, { hasText: text }).first().click();
  };
  await page.goto(app.first);
  await page.waitForSelector("h1");
  check("the token is not in the address that stays", !page.url().includes("token"), page.url());
  await click("button.main", "Choose a scan");
  await page.waitForSelector(".entry");
  await click(".entry", "data");
  await page.waitForSelector(`.entry:has-text("${scan.name}")`);
  await click(".entry", scan.name);
  await page.waitForSelector(".options", { timeout: kLong });
  check("the series has a picture", await page.locator("img.thumb").first().evaluate(async (e) => (await e.decode(), e.naturalWidth > 32)));
  await noAxeFindings(page, "a scan of the program");
  await click("button.main", "Make");
  await badge(page, "done");
  await page.locator("iframe.view").waitFor();
  await click("button.main", "Save");
  await page.waitForSelector(".chooser .entry");
  await page.locator(".chooser .roots button").first().waitFor();
  await click(".chooser .entry", "saved");
  await page.waitForFunction((p) => document.querySelector(".chooser input").value === p, saved);
  await click(".chooser button.main", "Save here");
  await page.waitForSelector(".saved", { timeout: kLong });
  await page.waitForFunction(() => !/not saved/.test(document.querySelector(".job-head .badge").textContent), null, { timeout: 20000 });
  check("what is saved is called done", true);
  check(`${kFewClicks} clicks or fewer to a saved series`, clicks <= kFewClicks, clicks);
  await noAxeFindings(page, "a result of the program");
  return (await state(page)).jobs[0];
}

function sameAsTheCommandLine(job, scan) {
  const ours = job.result === null ? "" : readdirSync(saved).map((n) => join(saved, n)).find((p) => (scan.dicom ? !/\./.test(p.slice(saved.length)) : p.endsWith(".nii.gz")));
  check("the result is saved with its record", readdirSync(saved).some((n) => n.endsWith(".record.json")), readdirSync(saved).join());
  const out = join(folder, scan.dicom ? "cli/" : "cli.nii.gz");
  run(program, folder, "interpolate", join(data, scan.name), "--factor", "2", "--out", out);
  const [a, b] = [hashesOf(ours), hashesOf(out)];
  check("the app's slices are the command line's", a.values === b.values && a.stored === b.stored && a.slices > kSlices, JSON.stringify([a, b]));
}

/** The page before and after, in its frame. */
async function beforeAndAfter(page) {
  const frame = page.frameLocator("iframe.view");
  await frame.locator("body[data-ready=yes]").waitFor({ timeout: kLong });
  check("before and after are shown", /after/i.test(await frame.locator("#pane-1 .caption").textContent()));
  await settle(page);
  const drawn = await frame.locator("#pane-1 canvas").first().evaluate((c) => {
    const data = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
    return data.filter((x, i) => i % 4 === 0 && x > 60).length / (data.length / 4);
  });
  check("the picture is not black", drawn > 0.02, drawn.toFixed(3));
}

/** A file that is dropped onto the first screen. */
async function dropped(page, app, file) {
  await showScreen(page, app.address, "");
  const bytes = [...readFileSync(file)];
  await page.evaluate((values) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(values)], "dropped.nii.gz"));
    document.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
  }, bytes);
  await page.waitForSelector(".options", { timeout: kLong });
  check("a file that is dropped is a scan", /12 slices/.test(await page.locator(".series").textContent()));
}

async function begin(page, app, path) {
  await showScreen(page, app.address, `scan?path=${encodeURIComponent(path)}`);
  await page.locator("button.main", { hasText: "Make" }).click();
  await page.waitForSelector(".job");
  const id = new URLSearchParams(page.url().split("?")[1]).get("id");
  await badge(page, "running");
  return id;
}

/** Waits until a job has come so far; fails if it ends before. */
async function further(page, id, part) {
  const end = Date.now() + kLong;
  for (;;) {
    const job = (await state(page)).jobs.find((j) => j.id === id);
    if ((job?.progress?.part ?? 0) >= part) return;
    if (!/queued|running/.test(job?.state) || Date.now() > end) throw new Error(`${id} is ${job?.state} before ${part}`);
    await page.waitForTimeout(200);
  }
}

async function cancelled(page, app, path) {
  const id = await begin(page, app, path);
  await further(page, id, 1 / 3);
  await page.locator("button", { hasText: "Cancel the job" }).click();
  await badge(page, "cancelled");
  const inside = readdirSync(join(app.state, "jobs", id), { recursive: true }).filter((n) => /nii|dcm|gif|png|html/.test(n));
  check("a cancelled job leaves nothing", inside.length === 0, inside.join());
  await page.locator("button", { hasText: "Remove" }).click();
  await page.locator(".question button.danger").click();
  await waitFor(page, () => location.hash === "#/jobs");
  check("a job that is removed is gone", !app.jobFolders().includes(id));
}

async function foundAgain(context, page, app, path) {
  const id = await begin(page, app, path);
  await further(page, id, 0.05);
  await page.reload();
  await badge(page, "running");
  check("a reload finds the job again", page.url().includes(id));
  await app.end("SIGKILL");
  await page.waitForFunction(() => !document.querySelector("#trouble").hidden, null, { timeout: 20000 });
  check("a page without its program says so", /does not answer/.test(await page.locator("#trouble").textContent()));
  await app.start();
  await page.goto(app.first);
  await page.waitForSelector("h1");
  const jobs = (await state(page)).jobs;
  check("after kill -9 the next start has the job", jobs.some((j) => j.id === id && /running|queued/.test(j.state)), JSON.stringify(jobs.map((j) => [j.id, j.state])));
  await showScreen(page, app.address, `job?id=${id}`);
  await badge(page, "done");
  check("and finishes it", (await page.locator("iframe.view").count()) === 1);
}

/** What is saved last says so, at its end. */
async function savedAs(page, format, ending) {
  await page.locator(".formats label", { hasText: format }).click();
  await page.locator("button.main", { hasText: "Save" }).click();
  await page.waitForSelector(".chooser");
  await page.waitForFunction((p) => document.querySelector(".chooser input").value === p, saved);
  await page.locator(".chooser button.main", { hasText: "Save here" }).click();
  const said = await (await page.waitForFunction((end) => {
    const first = document.querySelector(".saved li strong")?.textContent ?? document.querySelector(".fault")?.textContent;
    return first === undefined || (!first.endsWith(end) && document.querySelector(".fault") === null) ? null : first;
  }, ending, { timeout: kLong })).jsonValue();
  check(`${format} is saved`, readdirSync(saved).includes(said), said);
  return existsSync(join(saved, said)) ? join(saved, said) : null;
}

/** A surface, an animation, pictures and a page, each from the list of formats. */
async function everyFormat(page, scan) {
  const mesh = await savedAs(page, "Bone surface", ".stl");
  const triangles = mesh === null ? 0 : readFileSync(mesh).readUInt32LE(80);
  check("the surface has the triangles that its file says", triangles > 100 && readFileSync(mesh).length === 84 + 50 * triangles, triangles);
  const gif = await savedAs(page, "GIF", ".gif");
  check("the animation is a GIF", gif !== null && readFileSync(gif).subarray(0, 6).toString() === "GIF89a");
  const pictures = await savedAs(page, "PNG", scan.dicom ? "_x2_pictures" : "_x2");
  check("each slice is a PNG", pictures !== null && readdirSync(pictures).filter((n) => n.endsWith(".png")).length > kSlices);
  const web = await savedAs(page, "Web page", ".html");
  check("the page is one file", web !== null && readFileSync(web, "utf8").includes("Content-Security-Policy"));
}

/** The page of the run, in its frame: it loads itself, so what belongs together is asked at once. */
async function livePage(page) {
  await page.waitForSelector("iframe.live", { timeout: kLong });
  const frame = () => page.frames().find((f) => /\/live$/.test(f.url()));
  const look = async () => {
    const end = Date.now() + kLong;
    for (;;) {
      const seen = await frame()?.evaluate(() => {
        const image = document.querySelector("img");
        const curves = document.querySelectorAll("figure.plot").length; // the losses begin with the first step
        if (document.body?.dataset.ready === undefined || !image?.complete || curves < 2) return null;
        return { step: Number(document.querySelector(".progress progress").value), wide: image.naturalWidth, curves };
      }).catch(() => null); // it was just loading
      if (seen || Date.now() > end) return seen;
      await page.waitForTimeout(100);
    }
  };
  const first = await look();
  check("the live page in its frame has curves", first?.curves === 2, JSON.stringify(first));
  check("and its samples", first?.wide > 100, first?.wide);
  const end = Date.now() + kLong;
  let later = first;
  while (!(later?.step > first?.step) && Date.now() < end) later = await look();
  check("and goes on by itself", later?.step > first?.step, `${first?.step}, then ${later?.step}`);
}

async function training(page, app, path) {
  await showScreen(page, app.address, `scan?path=${encodeURIComponent(path)}`);
  await page.waitForSelector(".options", { timeout: kLong });
  await showScreen(page, app.address, "train");
  await page.locator("button", { hasText: "small.nii.gz" }).first().click();
  await page.waitForSelector("li.card .thumb", { timeout: kLong });
  await page.locator("input[type=number]").fill("5");
  await page.locator("input[type=text]").fill("ours");
  await page.locator("button.main", { hasText: "Start the training" }).click();
  await page.waitForSelector(".job");
  const id = new URLSearchParams(page.url().split("?")[1]).get("id");
  await further(page, id, 1e-6);
  await noAxeFindings(page, "a training of the program");
  await livePage(page);
  await page.locator("button", { hasText: "Stop" }).click();
  await badge(page, "stopped");
  const jobNow = async () => (await state(page)).jobs.find((j) => j.id === id);
  const { steps, total } = (await jobNow()).result;
  check("a training is stopped before its end", steps > 0 && steps < total, `${steps} of ${total}`);
  await page.locator("button", { hasText: "Go on" }).click();
  await badge(page, "running");
  await further(page, id, (steps + 2) / total);
  await page.locator("button", { hasText: "Stop" }).click();
  await badge(page, "stopped");
  const job = await jobNow();
  check("and goes on where it was", job.result.steps > steps + 1, `${steps}, ${job.result.steps}`);
  await page.locator("button.main", { hasText: "Use this model" }).click();
  await page.waitForSelector(".options", { timeout: kLong });
  check("its model is chosen", (await page.locator(".options select").inputValue()) === `model ${job.result.model}`);
  await page.locator("button.main", { hasText: "Make" }).click();
  await badge(page, "done");
  const filled = (await state(page)).jobs[0];
  check("its model is used", filled.command.some((w) => w.endsWith(job.result.model)), filled.command.join(" "));
}

const browser = await launch();
await screens(browser);
const scan = realScan();
run(program, data, "phantom", "small.nii.gz", "--slices", "12", "--size", "64");
run(program, data, "phantom", "long.nii.gz", "--slices", "16", "--size", "96");
const app = new App();
await app.start();
const { context, page, seen } = await newPage(browser);
const stranger = await fetch(`${app.address}api/state`);
check("without the first address nothing is answered", stranger.status === 403, stranger.status);
const job = await firstWay(page, app, scan);
await beforeAndAfter(page);
sameAsTheCommandLine(job, scan);
await everyFormat(page, scan);
await dropped(page, app, join(data, "small.nii.gz"));
await cancelled(page, app, join(data, "long.nii.gz"));
await foundAgain(context, page, app, join(data, "long.nii.gz"));
onlyFrom({ ...seen, requests: seen.requests.filter((u) => !u.startsWith("http://127.0.0.1")) }, app.address);
await training(page, app, join(data, "small.nii.gz"));
await page.locator("#quit").click();
await page.locator(".question button.danger").click(); // results were not saved
await page.waitForSelector(".ended");
check("the program can be ended from its page", (await new Promise((done) => (app.child.exitCode === null ? app.child.once("exit", done) : done(app.child.exitCode)))) === 0);
await context.close();
await browser.close();
finish();
