// How soon a page of ct2ct view shows its first picture, and how many slices a second it scrolls
// through at 900 x 900: node test/measure_view.mjs PAGE.html [ROUNDS]. No test: times depend on what
// else the machine does, so the load average stands beside them. So does the time that processors
// spent on the browser, which depends on it less.
import { loadavg } from "node:os";
import { resolve } from "node:path";
import { launch } from "./browser.mjs";

const kSeconds = 4; // of scrolling in each round

/** In the page: notes when its first picture is drawn, in ms since it was opened. */
function noteFirstPicture() {
  const look = () => {
    if (document.body?.dataset.ready === undefined) requestAnimationFrame(look);
    else requestAnimationFrame(() => (window.firstPicture = performance.now()));
  };
  look();
}

/** In the page: one key in each frame, up and down; slices shown, and frames, a second. */
async function scroll(seconds) {
  const stage = document.getElementById("stage");
  stage.focus();
  const number = () => document.getElementById("slice-number").textContent;
  const begin = performance.now();
  let [frames, slices, last, key] = [0, 0, number(), "ArrowUp"];
  while (performance.now() - begin < 1000 * seconds) {
    stage.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    await new Promise((done) => requestAnimationFrame(done));
    ++frames;
    if (number() === last) key = key === "ArrowUp" ? "ArrowDown" : "ArrowUp";
    else ++slices;
    last = number();
  }
  const took = (performance.now() - begin) / 1000;
  return { frames: frames / took, slices: slices / took };
}

const file = process.argv[2];
if (file === undefined) throw new Error("usage: node test/measure_view.mjs PAGE.html [ROUNDS]");
const browser = await launch();
const devtools = await browser.newBrowserCDPSession();
const spent = async () => {
  const { processInfo } = await devtools.send("SystemInfo.getProcessInfo");
  return processInfo.reduce((sum, p) => sum + p.cpuTime, 0);
};
const loads = () => loadavg().map((x) => x.toFixed(1)).join(" ");
for (let round = 1; round <= Number(process.argv[3] ?? 3); ++round) {
  const page = await browser.newPage({ viewport: { width: 900, height: 900 } });
  await page.addInitScript(noteFirstPicture);
  const before = await spent();
  await page.goto(`file://${resolve(file)}`);
  const first = await (await page.waitForFunction(() => window.firstPicture, null, { timeout: 120000 })).jsonValue();
  const opened = (await spent()) - before;
  const { frames, slices } = await page.evaluate(scroll, kSeconds);
  const each = (1000 * ((await spent()) - before - opened)) / (kSeconds * frames);
  console.log(`round ${round}: first picture after ${(first / 1000).toFixed(2)} s (${opened.toFixed(2)} s of processors); ${slices.toFixed(0)} slices in ${frames.toFixed(0)} frames a second (${each.toFixed(0)} ms of processors each); load ${loads()}`);
  await page.close();
}
await browser.close();
