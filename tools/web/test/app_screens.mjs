// Every screen of the program's page on answers of fake.mjs: names, contrast, keys, widths, refusals.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { axeSource, check, kWeb } from "./browser.mjs";
import { jobOf, resultWith, startFake } from "./fake.mjs";

const kServer = join(kWeb, "../../train/app");
const kTraining = { kind: "train", title: "our scanner", asked: { kind: "train", scans: [], minutes: 10, from: "default", name: "our scanner" } };
const kTwiceSaid = ["", "/home/ada/head: ", "/home/ada/.local/state/ct2ct/app/jobs/green/out/x2.nii.gz: "].map((where) => ({ kind: "warning", text: `${where}the slices are tilted` }));
export const kJobs = [
  jobOf("q2", "queued", { place: 2 }),
  jobOf("q1", "queued", { place: 1 }),
  jobOf("r", "running", {
    progress: { label: "self-check", part: 0.34, elapsed: 65, left: 125, message: "" },
    messages: [{ kind: "note", text: "31 of 51 slices are hidden" }, { kind: "warning", text: "the slices are tilted" }],
  }),
  ...["green", "amber", "red"].map((light) => jobOf(light, "done", { result: resultWith(light), messages: kTwiceSaid })),
  jobOf("f", "failed", { error: { what: "no room left", where: "/home/ada/out", expected: "120 MB", hint: "save elsewhere", code: null } }),
  jobOf("c", "cancelled"),
  jobOf("s", "stopped", { ...kTraining, result: { steps: 1234, seconds: 600, model: "/home/ada/run/model.safetensors", live: null } }),
  jobOf("t", "running", { ...kTraining, progress: { label: "train", part: 0.6, elapsed: 365, left: 200, message: "G 0.12" } }),
];
export const kScreens = {
  start: "", scan: "scan?path=/home/ada/head", jobs: "jobs", train: "train", running: "job?id=r", queued: "job?id=q2",
  green: "job?id=green", amber: "job?id=amber", red: "job?id=red", failed: "job?id=f", cancelled: "job?id=c",
  stopped: "job?id=s", training: "job?id=t", gone: "job?id=none",
};

export async function noAxeFindings(page, what) {
  await page.evaluate(axeSource());
  const found = await page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { iframes: false });
    return violations.map((v) => `${v.id} (${v.nodes.map((n) => n.target.join(" ")).join(", ")})`);
  });
  check(`axe-core finds nothing: ${what}`, found.length === 0, found.join("; "));
}

/** A page of its own that goes nowhere else. */
export async function newPage(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, locale: "en-US", ...options });
  const page = await context.newPage();
  const seen = { requests: [], errors: [] };
  page.on("request", (r) => seen.requests.push(r.url()));
  page.on("pageerror", (e) => seen.errors.push(String(e)));
  return { context, page, seen };
}

export async function showScreen(page, address, screen) {
  await page.goto("about:blank"); // else only what stands after # would change
  await page.goto(`${address}#/${screen}`);
  await page.waitForSelector("h1");
  await page.waitForSelector("[aria-busy]", { state: "detached" });
}

export function onlyFrom(seen, address) {
  const origin = new URL(address).origin;
  const out = seen.requests.filter((u) => !u.startsWith(`${origin}/`) && !/^(data|blob|about):/.test(u));
  check("no request leaves the page", out.length === 0, out.join());
  check("no error in the page", seen.errors.length === 0, seen.errors.join("; "));
}

async function everyScreen(browser, fake, locale, viewport) {
  const { context, page, seen } = await newPage(browser, { locale, viewport });
  const narrow = viewport.width < 600;
  for (const [name, screen] of Object.entries(kScreens)) {
    await showScreen(page, fake.address, screen);
    const what = `${name}, ${locale}, ${viewport.width} pixels`;
    await noAxeFindings(page, what);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (over > 0) check(`nothing is wider than the window: ${what}`, false, over);
    const inSight = await page.locator(".research").evaluate((e) => {
      const { top, bottom } = e.getBoundingClientRect();
      return top >= 0 && bottom <= window.innerHeight;
    });
    if (!inSight) check(`what the slices are for is in sight: ${what}`, false);
    const mains = await page.locator("main button.main:visible").count();
    if (mains > 1) check(`one main button: ${what}`, false, mains);
  }
  if (!narrow) check("the language is the browser's", (await page.locator(".research").textContent()).includes(locale === "es-ES" ? "SINTÉTICO" : "SYNTHETIC"));
  onlyFrom(seen, fake.address);
  await context.close();
}

/** A light is a colour, a shape, a word and a sentence. */
async function lights(page, address) {
  const words = { green: "The network made", amber: "Two methods", red: "without the network" };
  const shapes = new Set();
  for (const [light, word] of Object.entries(words)) {
    await showScreen(page, address, kScreens[light]);
    check(`${light} has a word`, (await page.locator(".verdict-word").textContent()).includes(word));
    shapes.add(await page.locator(".verdict .light path").getAttribute("d"));
    check(`${light} has its sentence`, (await page.locator(".verdict p").nth(1).textContent()).length > 20);
  }
  check("each light has a shape of its own", shapes.size === 3);
  const cells = await page.locator("table.numbers td").allTextContents();
  check("the numbers are in a table", cells.includes("37.10") && cells.includes("–"), cells.join());
}

async function refusals(page, fake) {
  const fault = { what: "an enhanced DICOM file", where: "/home/ada/head", expected: "one image a file", hint: "convert it first" };
  fake.refusals["/api/open"] = [400, fault];
  await showScreen(page, fake.address, kScreens.scan);
  const said = await page.locator(".fault").textContent();
  check("a refusal says what, where, what was expected and what to do", Object.values(fault).every((w) => said.includes(w)), said);
  await noAxeFindings(page, "a refusal");
  delete fake.refusals["/api/open"];
  fake.refusals["/api/state"] = [403, { what: "no cookie", where: "", expected: "", hint: "" }];
  await page.waitForFunction(() => /address that ct2ct app has printed/.test(document.querySelector("#trouble").textContent), null, { timeout: 15000 });
  delete fake.refusals["/api/state"];
  await page.waitForFunction(() => document.querySelector("#trouble").hidden, null, { timeout: 15000 });
  check("a page that is not let in says so, and goes on when it is", true);
}

/** Folders of DICOM files open as scans; two quick clicks on another folder open nothing inside it. */
async function choosing(page, fake) {
  const list = async () => {
    await showScreen(page, fake.address, "");
    await page.locator("button.main", { hasText: "Choose a scan" }).click();
    await page.waitForSelector(".entry.whole");
  };
  await list();
  check("a folder of DICOM files says so", /DICOM, 53 files/.test(await page.locator(".entry", { hasText: "head" }).textContent()));
  await page.locator(".entry", { hasText: "head" }).click();
  await page.waitForSelector(".options");
  check("one click opens it as a scan", page.url().includes("%2Fhome%2Fada%2Fhead"), page.url());
  await list();
  const box = await page.locator(".entry", { hasText: "study" }).boundingBox();
  await page.mouse.dblclick(box.x + 60, box.y + box.height / 2, { delay: 60 });
  await page.waitForSelector(".entry:has-text('IM1')");
  await page.waitForTimeout(300);
  check("two clicks on a folder show it, and open nothing in it", await page.locator(".chooser").isVisible());
  await page.keyboard.press("Escape");
  await list();
  const first = page.locator(".entry").first();
  check("a folder that holds a scan offers it first", /This folder as one scan/.test(await first.textContent()) && (await first.evaluate((e) => e === document.activeElement)), await first.textContent());
  check("and so does its button", await page.locator(".chooser button.main", { hasText: "Open this folder" }).isVisible());
  check("a folder of pictures says so", /4 pictures/.test(await page.locator(".entry", { hasText: "scout" }).textContent()));
  await noAxeFindings(page, "a folder of scans");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".options");
  check("Enter opens it", page.url().includes("%2Fhome%2Fada%2Fstudy"), page.url());
}

/** What the server says with a code is said in Spanish; other words are marked as English. */
async function inSpanish(browser, fake) {
  const { context, page } = await newPage(browser, { locale: "es-ES" });
  const fault = { what: "a path outside of the folders", where: "/etc", expected: "", hint: "start ct2ct app", code: "outside" };
  fake.refusals["/api/open"] = [403, fault];
  await showScreen(page, fake.address, kScreens.scan);
  const said = await page.locator(".fault").textContent();
  check("a refusal with a code is in Spanish", /fuera de las carpetas/.test(said) && said.includes("/etc") && !/outside|start/.test(said), said);
  fake.refusals["/api/open"] = [400, { ...fault, code: null }];
  await showScreen(page, fake.address, kScreens.scan);
  check("one without says that it is English", /solo dice esto en inglés/.test(await page.locator(".fault").textContent()) && (await page.locator(".fault [lang=en]").count()) > 0);
  delete fake.refusals["/api/open"];
  await showScreen(page, fake.address, kScreens.scan);
  const warned = await page.locator(".warnings").allTextContents();
  check("warnings, too", /Aviso: .*inclinados 7,4 grados/.test(warned[0]) && /Aviso \(en inglés\): a header/.test(warned[1]), warned.join(" | "));
  check("and each is said once", !warned.join().includes("tilted"), warned.join(" | "));
  await context.close();
  const sources = readdirSync(kServer).filter((n) => n.endsWith(".cpp")).map((n) => readFileSync(join(kServer, n), "utf8")).join("\n");
  const codes = new Set([...sources.matchAll(/"(?:[^"\\]|\\.)*",\s*"([a-z_]+)"\);/g)].map((m) => m[1]));
  const words = readFileSync(join(kWeb, "src/app/texts_es.ts"), "utf8");
  const known = [...codes].filter((c) => new RegExp(`^    ${c}: \\[`, "m").test(words));
  check("the server's codes have Spanish words", known.length >= 15, [...codes].filter((c) => !known.includes(c)).join());
}

/** A result that lies in the program's folder alone says so, and is not lost without a question. */
async function unsaved(page, fake) {
  await showScreen(page, fake.address, kScreens.amber);
  const said = await page.locator(".unsaved").textContent();
  check("a result says that it is not saved, and where it is", /Not saved yet/.test(said) && said.includes("/jobs/green/out"), said);
  await page.locator("button", { hasText: "Remove" }).click();
  check("removing it asks", /not saved elsewhere/.test(await page.locator(".question").textContent()));
  await page.keyboard.press("Escape");
  const jobs = fake.jobs;
  fake.jobs = jobs.filter((j) => j.id === "amber");
  await page.reload();
  await page.waitForSelector(".unsaved");
  await page.locator("#quit").click();
  check("quitting asks", /not saved/.test(await page.locator(".question").textContent()));
  await noAxeFindings(page, "the question of quitting");
  await page.keyboard.press("Escape");
  check("and a no keeps the program", !fake.asked.some(([address]) => address === "/api/quit"));
  fake.jobs = jobs;
}

/** From the first screen to a job, by keys alone. */
async function keyboard(page, fake) {
  await showScreen(page, fake.address, "");
  const focus = () => page.evaluate(() => document.activeElement.textContent.trim().slice(0, 40));
  const tabTo = async (text) => {
    for (let i = 0; i < 40; ++i) {
      await page.keyboard.press("Tab");
      if ((await focus()).startsWith(text)) break;
    }
    const bare = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle === "none");
    check(`Tab reaches "${text}", and it is seen`, (await focus()).startsWith(text) && !bare, await focus());
  };
  await tabTo("Choose a scan");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".entry");
  await noAxeFindings(page, "the chooser");
  check("the chooser's list has the focus", await page.locator(".entry").first().evaluate((e) => e === document.activeElement));
  await page.keyboard.press("t");
  check("a letter jumps in the list", (await focus()).startsWith("thorax"));
  await page.keyboard.press("Escape");
  check("Escape closes the chooser, and the focus is back", (await focus()).startsWith("Choose a scan"));
  await page.keyboard.press("Enter");
  await page.waitForSelector(".entry");
  await page.keyboard.press("t");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".options");
  check("the heading of a new screen has the focus", await page.evaluate(() => document.activeElement.tagName === "H1"));
  check("an unusable series says why", (await page.locator(".why-not").textContent()).includes("a single slice"));
  await page.locator("input[name=factor]").first().focus();
  await page.keyboard.press("ArrowRight");
  check("the number of slices follows at once", /53 slices at 3 mm → 157 slices at 1 mm/.test(await page.locator(".outcome").textContent()), await page.locator(".outcome").textContent());
  await tabTo("Make 104 slices");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".job");
  const asked = JSON.parse(fake.asked.find(([address]) => address === "/api/jobs")[1]);
  check("what was chosen is what is asked", asked.factor === 3 && asked.series === "1" && asked.formats.join() === "dicom", JSON.stringify(asked));
}

async function spacing(page, fake) {
  await showScreen(page, fake.address, kScreens.scan);
  await page.locator(".segment", { hasText: "mm" }).click();
  await page.locator("input[type=number]").fill("1");
  check("a spacing says its slices", /157 slices at 1 mm/.test(await page.locator(".outcome").textContent()));
  await page.locator("input[type=number]").fill("4");
  check("a spacing that adds nothing cannot be started", await page.locator("button.main").isDisabled());
}

async function saving(page, fake) {
  await showScreen(page, fake.address, kScreens.green);
  await page.locator("button.main", { hasText: "Save" }).click();
  await page.locator(".chooser button.main").click();
  await page.waitForSelector(".saved");
  check("what was saved is said", (await page.locator(".saved").textContent()).includes("/home/ada/out/head_x2"));
  await page.waitForTimeout(300);
  check("the state follows", (await page.locator(".job-head .badge").textContent()) === "done");
  await page.locator("button", { hasText: "Remove" }).click();
  check("removing it threatens no loss", !/not saved/.test(await page.locator(".question").textContent()));
  await page.keyboard.press("Escape");
  const warned = await page.locator(".warnings li").allTextContents();
  check("a warning is said once, and none about the program's own file", warned.length === 1, warned.join(" | "));
  fake.refusals["/api/jobs/green/save"] = [409, { what: "exists", where: "/home/ada/out", expected: "", hint: "" }];
  await page.locator("button.main", { hasText: "Save" }).click();
  await page.locator(".chooser button.main").click();
  await page.waitForSelector(".question");
  await noAxeFindings(page, "a question");
  await page.keyboard.press("Enter");
  check("nothing is replaced without a yes", !fake.asked.some(([a, b]) => a.endsWith("/save") && JSON.parse(b).force));
}

export async function screens(browser) {
  const fake = await startFake({ jobs: [...kJobs], recent: [{ path: "/home/ada/head", when: "2026-09-21T10:00:00Z" }] });
  await everyScreen(browser, fake, "en-US", { width: 1280, height: 720 });
  await everyScreen(browser, fake, "es-ES", { width: 380, height: 800 });
  const { context, page, seen } = await newPage(browser);
  await lights(page, fake.address);
  await spacing(page, fake);
  await saving(page, fake);
  await refusals(page, fake);
  await unsaved(page, fake);
  await inSpanish(browser, fake);
  await keyboard(page, fake);
  await choosing(page, fake);
  onlyFrom(seen, fake.address);
  await context.close();
  fake.close();
}
