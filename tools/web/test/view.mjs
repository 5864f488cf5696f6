// The page that ct2ct view writes, in a browser: node test/view.mjs PROGRAM
import { join } from "node:path";
import {
  check, difference, finish, greyPart, launch, noAxeFindings, open, pixels, run, scratch, settle,
} from "./browser.mjs";

const program = process.argv[2];
if (program === undefined) throw new Error("usage: node test/view.mjs PROGRAM");
const browser = await launch();
const folder = scratch();
run(program, folder, "phantom", "thick.nii.gz", "--slices", "12", "--size", "64");
run(program, folder, "interpolate", "thick.nii.gz", "--out", "x2.nii.gz", "--uncertainty", "x2.error.nii.gz", "--any-scan");
run(program, folder, "view", "thick.nii.gz", "x2.nii.gz", "--uncertainty", "x2.error.nii.gz", "--out", "pair.html");
run(program, folder, "view", "thick.nii.gz", "--out", "one.html");
const pair = join(folder, "pair.html");
const one = join(folder, "one.html");
const kSlices = 23;

const boxOf = async (page, selector) => page.locator(selector).boundingBox();
const text = (page, selector) => page.locator(selector).textContent();
const sliceOf = async (page) => Number((await text(page, "#slice-number")).split(" ")[0]);

/** The tiles of a pane that shows all planes: a name and its box without the labels. */
async function tiles(page, pane) {
  const b = await boxOf(page, pane);
  const [w, h] = [b.width / 2, b.height / 2];
  const at = (x, y) => ({ x: b.x + x * w + 4, y: b.y + y * h + 64, width: w - 8, height: h - 70 });
  return { axial: at(0, 0), coronal: at(1, 0), volume: at(0, 1), sagittal: at(1, 1) };
}

async function planesAreDrawn(page, pane, names, what) {
  const all = await tiles(page, pane);
  for (const name of names) {
    const grey = greyPart(await pixels(page, all[name]));
    check(`${what}: ${name} of ${pane} is not black`, grey > 0.03, grey.toFixed(3));
  }
}

async function scrolling(page) {
  const { axial, coronal } = await tiles(page, "#pane-1");
  const before = await sliceOf(page);
  const picture = await pixels(page, axial);
  await page.mouse.move(axial.x + axial.width / 2, axial.y + axial.height / 2);
  await page.mouse.wheel(0, 100);
  await settle(page);
  check("the wheel moves one slice", Math.abs((await sliceOf(page)) - before) === 1);
  check("the wheel changes the picture", difference(picture, await pixels(page, axial)) > 0.001);
  await page.mouse.wheel(0, -100);
  await settle(page);
  check("the wheel moves back", (await sliceOf(page)) === before);
  const place = await text(page, "#position");
  await page.mouse.move(coronal.x + coronal.width / 2, coronal.y + coronal.height / 2);
  await page.mouse.wheel(0, 100);
  await settle(page);
  check("the wheel over a coronal plane keeps the slice", (await sliceOf(page)) === before);
  check("the wheel over a coronal plane moves the cursor", (await text(page, "#position")) !== place);
}

/** Slices 2, 4, 6 ... of a doubled scan are synthetic. */
async function labels(page) {
  await page.locator("#stage").focus();
  await page.keyboard.press("Home");
  let wrong = "";
  for (let k = 1; k <= kSlices; ++k) {
    await page.waitForFunction((n) => document.querySelector("#slice-number")?.textContent?.startsWith(`${n} `), k);
    const said = await text(page, "#pane-1 .origin");
    const marked = await page.locator("#pane-1 .origin").evaluate((e) => e.classList.contains("synthetic"));
    const right = k % 2 === 0 ? /^SYNTHETIC t = 0\.5, \S/.test(said) && marked : said === "real" && !marked;
    const beside = (await text(page, "#slice-origin")) === said;
    if (!right || !beside || !(await page.locator("#pane-1 .origin").isVisible())) wrong += ` ${k} (${said})`;
    await page.keyboard.press("ArrowUp");
  }
  check("the label is on synthetic slices and on no other", wrong === "", wrong);
  check("the research notice is visible", await page.locator("#research").isVisible());
  await page.keyboard.press("Home");
  await page.keyboard.press("s");
  await settle(page);
  check("S jumps to a synthetic slice", (await sliceOf(page)) === 2);
}

async function ruler(page) {
  const b = await boxOf(page, "#ruler");
  await page.mouse.click(b.x + b.width / 2, b.y + b.height - 4);
  await settle(page);
  check("a click on the ruler's end jumps to the first slice", (await sliceOf(page)) === 1);
  await page.mouse.click(b.x + b.width / 2, b.y + 4);
  await settle(page);
  check("a click on its top jumps to the last slice", (await sliceOf(page)) === kSlices);
  await page.locator("#ruler").focus();
  await page.keyboard.press("PageDown");
  await settle(page);
  check("the ruler is a slider", (await page.locator("#ruler").getAttribute("aria-valuenow")) === "13");
}

async function comparing(page) {
  await page.locator("#view").selectOption("curtain");
  await page.locator("#layout").selectOption("coronal");
  const stage = await boxOf(page, "#stage");
  const middle = { x: stage.x + 8, y: stage.y + 70, width: stage.width - 16, height: stage.height - 80 };
  const at = async (percent) => {
    await page.locator("#curtain").fill(String(percent));
    await settle(page);
    return pixels(page, middle);
  };
  const before = await at(100);
  const after = await at(0);
  const half = await at(50);
  check("the curtain shows two different pictures", difference(before, after) > 0.01, difference(before, after).toFixed(3));
  const [d0, d1] = [difference(half, before), difference(half, after)];
  check("half a curtain shows a part of each", d0 > 0.001 && d1 > 0.001, `${d0.toFixed(3)}, ${d1.toFixed(3)}`);
  await page.mouse.move(stage.x + stage.width / 2, stage.y + stage.height / 2);
  await page.mouse.down();
  await page.mouse.move(stage.x + stage.width / 4, stage.y + stage.height / 2, { steps: 4 });
  await page.mouse.up();
  check("the curtain can be dragged", Math.abs(Number(await page.locator("#curtain").inputValue()) - 25) < 3);
  await page.locator("#view").selectOption("blink");
  const shown = () => page.locator("#pane-1").evaluate((e) => e.classList.contains("shown"));
  await page.waitForFunction(() => !document.querySelector("#pane-1").classList.contains("shown"));
  await page.waitForFunction(() => document.querySelector("#pane-1").classList.contains("shown"));
  await page.locator("#stage").focus();
  await page.keyboard.press("Space");
  const still = await shown();
  await page.waitForTimeout(1600);
  check("blinking changes the picture, and Space stops it", (await shown()) === still);
  await page.locator("#view").selectOption("side");
  await page.locator("#layout").selectOption("four");
  await settle(page);
}

async function windows(page) {
  await page.locator("#stage").focus();
  await page.keyboard.press("2");
  const values = async () => [await page.locator("#centre").inputValue(), await page.locator("#width").inputValue()];
  check("key 2 is the brain window", (await values()).join() === "40,80", (await values()).join());
  const { axial } = await tiles(page, "#pane-1");
  await page.mouse.move(axial.x + 50, axial.y + 50);
  await page.mouse.down({ button: "right" });
  await page.mouse.move(axial.x + 90, axial.y + 50, { steps: 4 });
  await page.mouse.up({ button: "right" });
  check("a drag to the right widens the window", Number((await values())[1]) > 80);
  await page.locator("#window").selectOption("0");
  await settle(page);
}

async function errorMap(page) {
  await page.keyboard.press("s");
  await settle(page);
  const { axial } = await tiles(page, "#pane-1");
  const on = await pixels(page, axial);
  check("the scale of errors is in HU", /\d+ HU/.test(await text(page, "#error-highest-text")));
  check("the error at the cursor is said", /[\d.]+ HU/.test(await text(page, "#value-error")));
  await page.locator("#stage").focus();
  await page.keyboard.press("e");
  await settle(page);
  check("E hides the errors", difference(on, await pixels(page, axial)) > 0.05);
}

async function keyboard(page) {
  await page.locator("#stage").focus();
  await page.keyboard.press("?");
  check("? opens the list of keys", await page.locator("#help").isVisible());
  await noAxeFindings(page, "the list of keys");
  await page.keyboard.press("Escape");
  const reached = new Set();
  for (let i = 0; i < 40; ++i) {
    await page.keyboard.press("Tab");
    reached.add(await page.evaluate(() => document.activeElement?.id));
    const bare = await page.evaluate(() => {
      const e = document.activeElement;
      return e !== document.body && getComputedStyle(e).outlineStyle === "none" ? e.id : null;
    });
    if (bare !== null) check(`focus is seen on ${bare}`, false);
  }
  const wanted = ["help-open", "view", "layout", "window", "centre", "width", "drag", "smooth", "error-shown", "error-highest", "error-opacity", "stage", "ruler", "record"];
  const missed = wanted.filter((id) => !reached.has(id));
  check("Tab reaches every control", missed.length === 0, missed.join());
}

async function nothingLeaves(page, seen) {
  const blocked = await page.evaluate(async () => {
    const violations = [];
    document.addEventListener("securitypolicyviolation", (e) => violations.push(e.effectiveDirective));
    new Image().src = "http://127.0.0.1:9/x.png";
    await fetch("http://127.0.0.1:9/x").catch(() => {});
    const script = document.createElement("script");
    script.textContent = "window.ranInline = true";
    document.body.append(script);
    await new Promise((done) => setTimeout(done, 200));
    return { violations, ran: window.ranInline === true };
  });
  const expected = ["img-src", "connect-src", "script-src-elem"];
  check("the policy blocks pictures, requests and scripts", expected.every((d) => blocked.violations.includes(d)) && !blocked.ran, blocked.violations.join());
  check("no request has left the page", seen.requests.filter((r) => !r.includes("127.0.0.1:9")).length === 0, seen.requests.join());
  check("no error in the page", seen.errors.length === 0, seen.errors.join("; "));
}

{
  // #webgl: NiiVue also where a processor does the work of a GPU.
  const { page, seen, context } = await open(browser, `${pair}#webgl`);
  await page.keyboard.press("e"); // without the errors, whose colours are no greys
  await page.keyboard.press("3"); // bone
  await settle(page);
  for (const pane of ["#pane-0", "#pane-1"]) {
    await planesAreDrawn(page, pane, ["axial", "coronal", "sagittal", "volume"], "WebGL2");
  }
  check("NiiVue draws", (await page.locator("canvas.niivue").count()) === 2);
  await noAxeFindings(page, "two scans");
  await scrolling(page);
  await labels(page);
  await ruler(page);
  await comparing(page);
  await windows(page);
  await page.keyboard.press("e");
  await errorMap(page);
  await keyboard(page);
  check("the record is shown", /SHA-256/.test(await text(page, "#record")));
  await nothingLeaves(page, seen);
  await page.evaluate(() => document.querySelector("#pane-1 canvas.niivue").getContext("webgl2").getExtension("WEBGL_lose_context").loseContext());
  await page.waitForSelector("#pane-1 canvas.plain");
  check("a lost GPU is said", /graphics processor has failed/.test(await text(page, "#notes")));
  await context.close();
}
{
  const { page, seen, context } = await open(browser, one, { context: { locale: "es-ES" } });
  check("Spanish by the browser's language", (await text(page, "h1")) === "Estudio de TC");
  check("a scan of real slices has no notice", !(await page.locator("#research").isVisible()));
  check("a scan of real slices is called real", (await text(page, "#pane-1 .origin")) === "real");
  await noAxeFindings(page, "one scan, in Spanish");
  check("no error in the page of one scan", seen.errors.length === 0, seen.errors.join("; "));
  await context.close();
}
{
  const small = () => {
    const get = WebGL2RenderingContext.prototype.getParameter;
    WebGL2RenderingContext.prototype.getParameter = function (name) {
      return name === this.MAX_3D_TEXTURE_SIZE ? 32 : get.call(this, name);
    };
  };
  const { page, context } = await open(browser, one, { before: small });
  check("a GPU that is too small is said", /at most 32 voxels/.test(await text(page, "#notes")));
  await planesAreDrawn(page, "#pane-1", ["axial"], "small GPU");
  await context.close();
}
{
  const { page, context } = await open(browser, one);
  check("without a graphics processor a plain canvas shows slices", (await page.locator("canvas.plain").count()) === 1);
  await planesAreDrawn(page, "#pane-1", ["axial", "coronal", "sagittal"], "in software");
  const { volume } = await tiles(page, "#pane-1");
  check("there is no volume at first", (await page.locator("canvas.volume").count()) === 0);
  await noAxeFindings(page, "the offer of a volume");
  await page.locator("button.offer").click();
  await page.waitForSelector("button.offer", { state: "detached" });
  await settle(page);
  const grey = greyPart(await pixels(page, volume));
  check("a button draws the volume", grey > 0.03, grey.toFixed(3));
  await context.close();
}
{
  const { page, context } = await open(browser, `${one}#plain`);
  check("#plain shows a plain canvas although there is WebGL2", /ends in #plain/.test(await text(page, "#notes")));
  await planesAreDrawn(page, "#pane-1", ["coronal"], "#plain");
  await context.close();
}
await browser.close();
{
  const plain = await launch({ webgl: false });
  const { page, context } = await open(plain, pair, { context: { hasTouch: true } });
  await page.keyboard.press("e");
  await settle(page);
  check("without WebGL2 the page says so", /no WebGL2/.test(await text(page, "#notes")));
  for (const pane of ["#pane-0", "#pane-1"]) {
    await planesAreDrawn(page, pane, ["axial", "coronal", "sagittal"], "plain canvas");
  }
  await scrolling(page);
  const { axial } = await tiles(page, "#pane-1");
  const place = await text(page, "#position");
  await page.touchscreen.tap(axial.x + axial.width * 0.4, axial.y + axial.height * 0.4);
  await settle(page);
  check("a touch moves the cursor", (await text(page, "#position")) !== place);
  await noAxeFindings(page, "plain canvas");
  await context.close();
  await plain.close();
}
finish();
