// The pages that ct2ct evaluate and ct2ct train write, in a browser: node test/report.mjs PROGRAM
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  check, difference, finish, launch, noAxeFindings, open, pixels, run, scratch, settle,
} from "./browser.mjs";

const program = process.argv[2];
if (program === undefined) throw new Error("usage: node test/report.mjs PROGRAM");
const browser = await launch({ webgl: false });
const folder = scratch();
const text = (page, selector) => page.locator(selector).first().textContent();

/** The page of one scan: 20 hidden slices. */
const kSlices = 20;
run(program, folder, "evaluate", "phantom:9:41:64", "--lesions", "12", "--out", "one");
const one = join(folder, "one/report.html");
const report = JSON.parse(readFileSync(join(folder, "one/metrics.json"), "utf8"));

const sliceShown = async (page) => Number(/\((\d+) of/.exec(await text(page, ".about .where"))[1]);

async function picture(page, kind) {
  return pixels(page, await page.locator(`.${kind} canvas`).boundingBox());
}

async function judged(page) {
  const scan = report.scans[0];
  check("the headline is that of metrics.json", (await text(page, ".result .main")) === scan.headline);
  const words = { better: /^▲Better than every/, worse: /^▼Worse than the best/, even: /^≈Not shown/ };
  const outcome = scan.best_without_network.model_is;
  check("the verdict is said in words", words[outcome].test(await text(page, ".result .verdict")), outcome);
  check("the box has the verdict's colour", await page.locator(`.result.${outcome}`).count() === 1);
  const pictures = await page.locator(".panels").boundingBox();
  check("pictures begin on the first screen", pictures.y < 600, String(pictures.y));
}

async function scrolling(page) {
  const panels = page.locator(".panels");
  await panels.scrollIntoViewIfNeeded();
  const start = await sliceShown(page);
  const kinds = ["truth", "model", "free", "model-error", "free-error"];
  const before = [];
  for (const kind of kinds) before.push(await picture(page, kind));
  check("the pictures of a slice differ", difference(before[0], before[1]) > 0.001 && difference(before[3], before[4]) > 0.001);
  await panels.focus();
  await page.keyboard.press("ArrowUp");
  await settle(page);
  check("a key moves one slice", (await sliceShown(page)) === start + 1);
  for (const [i, kind] of kinds.entries()) {
    check(`the ${kind} picture follows`, difference(before[i], await picture(page, kind)) > 0.001);
  }
  const box = await panels.boundingBox();
  await page.mouse.move(box.x + 100, box.y + 100);
  await page.mouse.wheel(0, -100);
  await settle(page);
  check("the wheel moves one slice back", (await sliceShown(page)) === start);
  check("and shows the same picture", difference(before[0], await picture(page, "truth")) < 0.001);
  await page.locator(".slide input").fill("0");
  await settle(page);
  check("the slider goes to the first slice", (await sliceShown(page)) === 1);
  await panels.focus();
  await page.keyboard.press("End");
  await settle(page);
  check("End goes to the last slice", (await sliceShown(page)) === kSlices);
  const y = await page.evaluate(() => window.scrollY);
  await page.mouse.wheel(0, 300);
  await settle(page);
  check("after the last slice the wheel scrolls the page", (await page.evaluate(() => window.scrollY)) > y);
  await panels.scrollIntoViewIfNeeded();
  const canvas = await page.locator(".model canvas").boundingBox();
  await page.mouse.move(canvas.x + canvas.width / 2, canvas.y + canvas.height / 2);
  check("values at the pointer are said", /truth −?-?[\d,]+ HU; model .+, registration .+/.test(await text(page, ".pointer")), await text(page, ".pointer"));
  const error = await picture(page, "model-error");
  await page.locator(".controls select").nth(1).selectOption("25");
  await settle(page);
  check("a finer scale of errors shows more", difference(error, await picture(page, "model-error")) > 0.01);
  check("both errors have that scale", (await text(page, ".ends")).includes("+25 HU"));
}

async function plots(page) {
  const figures = page.locator("figure.plot");
  const count = await figures.count();
  check("there are four plots of the scan", count >= 4, String(count));
  for (let i = 0; i < 4; ++i) {
    const legend = await figures.nth(i).locator(".legend").textContent();
    check(`registration is in plot ${i + 1}`, /registration/.test(legend) && /model/.test(legend), legend);
  }
  const along = figures.first().locator("svg.plot");
  await along.scrollIntoViewIfNeeded();
  const box = await along.boundingBox();
  await page.mouse.click(box.x + box.width * 0.08, box.y + box.height / 2);
  await settle(page);
  check("a click on the plot shows that slice", (await sliceShown(page)) === 1, String(await sliceShown(page)));
  const said = await figures.first().locator(".legend").textContent();
  check("the values of the slice stand beside the names", /^slice 1, .*model [\d.]+/.test(said), said);
  await page.locator(".along select").selectOption("psnr");
  check("the plot changes to PSNR", /PSNR/.test(await along.textContent()));
}

async function sorting(page) {
  const table = page.locator(".table", { has: page.locator("h4", { hasText: "The methods" }) });
  const head = table.locator("thead th").nth(1);
  const values = async () => {
    const cells = await table.locator("tbody td:nth-child(2)").allTextContents();
    return cells.map((c) => (c.startsWith("–") ? null : Number(c.split("[")[0].replace("−", "-"))));
  };
  const ordered = (v, sign) => v.slice(0, -1).every((x, i) => i === 0 || sign * (x - v[i - 1]) >= 0) && v.at(-1) === null;
  check("no column is sorted at first", (await head.getAttribute("aria-sort")) === null);
  await head.locator("button").click();
  check("a click sorts, from low to high", (await head.getAttribute("aria-sort")) === "ascending" && ordered(await values(), 1), (await values()).join());
  await page.keyboard.press("Enter");
  check("Enter turns the order", (await head.getAttribute("aria-sort")) === "descending" && ordered(await values(), -1), (await values()).join());
  const first = table.locator("thead th").first();
  await first.locator("button").focus();
  await page.keyboard.press("Space");
  const names = await table.locator("tbody th").allTextContents();
  check("Space sorts by name", (await first.getAttribute("aria-sort")) === "ascending" && names[0].startsWith("cubic"), names.join());
  check("one column alone is sorted", (await head.getAttribute("aria-sort")) === null);
  check("what was sorted is said", /method: sorted from low to high/.test(await table.locator(".hear").textContent()));
  const slices = page.locator(".table", { has: page.locator("h4", { hasText: "Each slice" }) });
  await slices.locator("tbody .pick").nth(4).click();
  await settle(page);
  check("a slice of the table shows its pictures", (await sliceShown(page)) === 5);
}

async function lesions(page) {
  const shown = await page.locator(".examples img").evaluateAll(async (all) => {
    await Promise.all(all.map((e) => e.decode()));
    return all.map((e) => e.naturalWidth);
  });
  check("lesions are shown, with the truth and three methods", shown.length >= 4 && shown.length % 4 === 0 && Math.min(...shown) > 10, shown.join());
  const table = page.locator(".table", { has: page.locator("h4", { hasText: "Contrast shown" }) });
  const cells = await table.locator("tbody tr", { has: page.locator("th", { hasText: "registration" }) }).locator("td").allTextContents();
  check("and what registration shows of them is in the table", cells.length >= 2 && cells.every((c) => /^[−\d]/.test(c)), cells.join());
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
  const { page, seen, context } = await open(browser, one);
  await judged(page);
  await noAxeFindings(page, "a report");
  await scrolling(page);
  await plots(page);
  await sorting(page);
  await lesions(page);
  await nothingLeaves(page, seen);
  await page.emulateMedia({ media: "print" });
  check("paper has no controls", !(await page.locator(".slices .controls").isVisible()));
  check("paper has pictures and tables", (await page.locator(".panels").isVisible()) && (await page.locator(".table").first().isVisible()));
  await context.close();
}
{
  const { page, context } = await open(browser, one, { context: { colorScheme: "dark", viewport: { width: 500, height: 800 } } });
  await noAxeFindings(page, "a report in the dark, on a narrow screen");
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  check("a narrow screen scrolls in one direction", wide <= 0, String(wide));
  await context.close();
}
{
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`file://${one}`);
  const still = await page.locator("#still").innerText();
  check("without scripts the headline is there", still.includes(report.scans[0].headline));
  check("without scripts the main table is there", (await page.locator("#still table").nth(1).isVisible()) && still.includes("model"));
  await context.close();
}
{
  const name = "<b>&amp; é.nii";
  run(program, folder, "phantom", name, "--slices", "9", "--size", "48");
  run(program, folder, "evaluate", name, "phantom:4:24:48", "--out", "two");
  const { page, seen, context } = await open(browser, join(folder, "two/report.html"), { context: { locale: "es-ES" } });
  check("Spanish by the browser's language", (await text(page, "h1")).startsWith("¿Cuánto se acercan"));
  check("a scan's name is text", (await text(page, "#scan-0 h2")) === name);
  check("a caution stands first, in Spanish", (await page.locator("#scan-0 .caution").allTextContents()).some((c) => /^POCOS CORTES: se probaron 4;/.test(c)));
  check("a caution takes the colour away", (await page.locator(".result.doubtful").count()) >= 1);
  check("the headline is in Spanish", /modelo/.test(await text(page, ".result .main")) && /red/.test(await text(page, ".result .main")));
  await noAxeFindings(page, "two scans, in Spanish");
  // What the program found out about a scan stays as the program says it.
  await page.evaluate(() => document.querySelectorAll(".caution, .facts").forEach((e) => e.remove()));
  const whole = await page.locator("#page").innerText();
  const english = ["the model", "best without", "error of", "hidden slice", "closer", "sorted", "mean "];
  const left = english.filter((words) => whole.toLowerCase().includes(words));
  check("no English is left", left.length === 0, left.join());
  check("each scan has its pictures", (await page.locator(".panels").count()) === 2);
  check("no error in the page of two scans", seen.errors.length === 0, seen.errors.join("; "));
  await context.close();
}

// A training, followed from its first page to its end.

async function until(what, good, seconds = 120) {
  for (let i = 0; i < seconds * 10 && !(await good()); ++i) await new Promise((done) => setTimeout(done, 100));
  check(what, await good());
}

/** Takes "follow" away, and waits until a load that was under way is over: then nothing changes any more. */
async function standStill(page) {
  const still = () => {
    const follow = document.getElementById("follow");
    if (document.body?.dataset.ready === undefined) return false;
    if (follow.checked) follow.click();
    return !follow.checked;
  };
  await page.waitForFunction(still, null, { timeout: 120000 });
  await page.waitForTimeout(1000);
  await page.waitForFunction(still, null, { timeout: 120000 });
}

{
  const words = ["train", "phantom:1:24:64", "--out", "run", "--steps", "100000", "--width", "4", "--levels", "3"];
  const training = spawn(program, ["--threads", "1", ...words], { cwd: folder, stdio: "ignore" });
  const ended = new Promise((done) => training.on("exit", done));
  const live = join(folder, "run/live.html");
  await until("the page is there soon after the start", async () => existsSync(live));
  const { page, seen, context } = await open(browser, live, { context: { viewport: { width: 1000, height: 500 } } });
  seen.requests.length = 0;
  // The page may load itself at any moment, so what belongs together is asked in one breath, of a page
  // that has started.
  const chosen = await (
    await page.waitForFunction(() => {
      const y = Math.min(200, document.documentElement.scrollHeight - window.innerHeight);
      if (document.body.dataset.ready === undefined || y < 50) return null;
      window.scrollTo(0, y);
      document.getElementById("follow").focus({ preventScroll: true });
      return { y: window.scrollY, step: Number(document.querySelector(".progress progress").getAttribute("value")) };
    }, null, { timeout: 120000 })
  ).jsonValue();
  const later = await (
    await page.waitForFunction((before) => {
      const step = Number(document.querySelector(".progress progress")?.getAttribute("value") ?? -1);
      if (document.body.dataset.ready === undefined || step <= before) return null;
      return { y: window.scrollY, step, focus: document.activeElement.id };
    }, chosen.step, { timeout: 120000 })
  ).jsonValue();
  check("the page loads itself and shows a later step", later.step > chosen.step);
  check("it keeps the place", chosen.y >= 50 && later.y === chosen.y, `${chosen.y}, then ${later.y}`);
  check("it keeps the focus", later.focus === "follow", later.focus);
  await standStill(page);
  check("it says that the training runs, and when it was written", /runs/.test(await text(page, ".verdict")) && /written at .+ ago/.test(await text(page, ".main")));
  const plotted = await page.locator("figure.plot .legend").allTextContents();
  check("validation is set beside methods without a network", /network .*registration.*best without a network/.test(plotted[0]), plotted.join(" | "));
  check("the curve begins before the first step", (await page.locator("figure.plot").first().locator("circle").count()) >= 1);
  check("losses are drawn", /L1/.test(plotted[1]));
  const shown = await page.locator("img").evaluate(async (e) => (await e.decode(), e.naturalWidth > 100));
  check("samples are shown", shown);
  await noAxeFindings(page, "a training");
  const outside = seen.requests.filter((r) => !r.startsWith(`file://${folder}/run/`));
  check("it loads nothing but the run's own files", outside.length === 0, outside.join());
  await page.locator("#follow").check();
  training.kill("SIGINT");
  await ended;
  await page.waitForFunction(() => /stopped/.test(document.querySelector(".verdict")?.textContent ?? ""), null, { timeout: 120000 });
  check("it says that the training was stopped", true);
  await page.evaluate(() => (window.same = true));
  await page.waitForTimeout(4000);
  check("then it loads itself no more", await page.evaluate(() => window.same === true));
  check("no error in the page of a training", seen.errors.length === 0, seen.errors.join("; "));
  await context.close();

  const dead = join(folder, "run/dead.html");
  const old = readFileSync(live, "utf8").replace('"state":"stopped"', '"state":"running"').replace(/"written":\d+/, '"written":1000');
  writeFileSync(dead, old);
  const spanish = await open(browser, dead, { context: { locale: "es-MX" } });
  check("a page that nobody writes says so, in Spanish", /parece muerto/.test(await text(spanish.page, ".verdict")), await text(spanish.page, ".verdict"));
  await noAxeFindings(spanish.page, "a training that seems dead, in Spanish");
  await spanish.context.close();
}
await browser.close();
finish();
