// Whether tools/web/dist is what its sources build: node test/fresh.mjs
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { check, finish, kWeb, scratch, skip } from "./browser.mjs";

if (!existsSync(join(kWeb, "node_modules/vite"))) skip("no node_modules; run npm ci in tools/web");
const folder = scratch();
const node = (...args) => spawnSync(process.execPath, args, { cwd: kWeb, encoding: "utf8" });
const types = node("node_modules/typescript/bin/tsc", "--noEmit");
check("TypeScript finds nothing", types.status === 0, types.stdout.trim());
const build = JSON.parse(readFileSync(join(kWeb, "package.json"), "utf8")).scripts.build;
const pages = [...build.matchAll(/--mode (\w+)/g)].map((m) => m[1]);
check("the build makes pages", pages.length > 0);
for (const page of pages) {
  const args = ["build", "--mode", page, "--outDir", folder, "--logLevel", "error"];
  const built = node("node_modules/vite/bin/vite.js", ...args);
  check(`Vite builds ${page}.html`, built.status === 0, built.stderr.trim());
}
const kept = readdirSync(join(kWeb, "dist")).sort();
const fresh = readdirSync(folder).sort();
check("tools/web/dist holds what the build writes", kept.join() === fresh.join(), `${kept} and ${fresh}`);
const hash = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");
for (const name of kept.filter((n) => fresh.includes(n))) {
  const [ours, theirs] = [join(kWeb, "dist", name), join(folder, name)].map(hash);
  check(`tools/web/dist/${name} is the fresh build`, ours === theirs, `${ours} and ${theirs}`);
}
finish();
