// What the tests of the page share: a browser, pictures of parts of a page, and one place for
// findings. Exit code 77 means that something is missing on this machine.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const kWeb = dirname(dirname(fileURLToPath(import.meta.url)));
const kSkipped = 77;

export function skip(why) {
  console.log(`skipped: ${why}`);
  process.exit(kSkipped);
}

function browserPath() {
  const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  return process.env.CT2CT_CHROMIUM ?? places.find((p) => existsSync(p));
}

const kArguments = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const kSoftwareWebGl = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"];

/** A folder that goes away with the program. */
export function scratch() {
  const folder = mkdtempSync(join(tmpdir(), "ct2ct_web_"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function launch({ webgl = true } = {}) {
  if (!existsSync(join(kWeb, "node_modules/playwright-core"))) skip("no node_modules; run npm ci in tools/web");
  const executablePath = browserPath();
  if (executablePath === undefined) skip("no chromium");
  const { chromium } = await import("playwright-core");
  const args = [...kArguments, ...(webgl ? kSoftwareWebGl : ["--disable-3d-apis"])];
  return chromium.launch({ executablePath, args });
}

export function axeSource() {
  return readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
}

/** Runs the program in `folder`; its standard output. */
export function run(program, folder, ...args) {
  const done = spawnSync(program, ["--threads", "1", ...args], { cwd: folder, encoding: "utf8" });
  if (done.status !== 0) throw new Error(`ct2ct ${args.join(" ")}: ${done.stderr}`);
  return done.stdout;
}

const findings = [];

export function check(what, good, got = "") {
  console.log(`${good ? "ok  " : "BAD "} ${what}${got === "" ? "" : `: ${got}`}`);
  if (!good) findings.push(what);
}

export function finish() {
  if (findings.length > 0) console.log(`${findings.length} findings`);
  process.exitCode = findings.length > 0 ? 1 : 0;
}

export async function noAxeFindings(page, what) {
  await page.evaluate(axeSource());
  const found = await page.evaluate(async () => {
    const { violations } = await window.axe.run(document);
    return violations.map((v) => `${v.id} (${v.nodes.map((n) => n.target.join(" ")).join(", ")})`);
  });
  check(`axe-core finds nothing: ${what}`, found.length === 0, found.join("; "));
}

/** Opens a page file and waits until it shows something. Counts what it asks other addresses for. */
export async function open(browser, file, options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1400, height: 900 },
    locale: "en-US",
    ...options.context,
  });
  const page = await context.newPage();
  const seen = { requests: [], errors: [] };
  page.on("request", (r) => {
    const inside = r.url().startsWith("data:") || r.url().startsWith("blob:");
    if (!inside && r.url().split("#")[0] !== `file://${file.split("#")[0]}`) seen.requests.push(r.url());
  });
  page.on("pageerror", (e) => seen.errors.push(String(e)));
  if (options.before !== undefined) await page.addInitScript(options.before);
  await page.goto(`file://${file}`);
  await page.waitForFunction(() => document.body.dataset.ready !== undefined, null, { timeout: 240000 });
  await settle(page);
  return { page, seen, context };
}

/** Waits until the picture has followed. */
export async function settle(page) {
  await page.waitForTimeout(400); // the volume is drawn a moment after the planes
  const drawn = () => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await drawn().catch(drawn); // a live page may have loaded itself meanwhile
}

/** Red, green and blue of a part of the page, as one array. */
export async function pixels(page, clip) {
  const png = (await page.screenshot({ clip })).toString("base64");
  const helper = await page.context().newPage();
  const values = await helper.evaluate(async (text) => {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext("2d");
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    return Array.from(data.filter((_, i) => i % 4 !== 3));
  }, png);
  await helper.close();
  return values;
}

/** The part of the values that differ by more than noise. */
export function difference(a, b) {
  let n = 0;
  for (let i = 0; i < a.length; ++i) n += Math.abs(a[i] - b[i]) > 24 ? 1 : 0;
  return n / a.length;
}

/** The part of the pixels that are grey and clearly not black: labels and red lines do not count. */
export function greyPart(values) {
  let n = 0;
  for (let i = 0; i + 2 < values.length; i += 3) {
    const [r, g, b] = [values[i], values[i + 1], values[i + 2]];
    n += r > 50 && Math.abs(r - g) < 6 && Math.abs(g - b) < 6 ? 1 : 0;
  }
  return n / (values.length / 3);
}
