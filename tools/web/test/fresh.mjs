// Whether tools/web/dist is what its sources build: node test/fresh.mjs
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { check, finish, kWeb, scratch, skip } from "./browser.mjs";

if (!existsSync(join(kWeb, "node_modules/vite"))) skip("no node_modules; run npm ci in tools/web");
const folder = scratch();
const node = (...args) => spawnSync(process.execPath, args, { cwd: kWeb, encoding: "utf8" });
const types = node("node_modules/typescript/bin/tsc", "--noEmit");
check("TypeScript finds nothing", types.status === 0, types.stdout.trim());
const built = node("node_modules/vite/bin/vite.js", "build", "--outDir", folder, "--logLevel", "error");
check("Vite builds the page", built.status === 0, built.stderr.trim());
const hash = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");
for (const name of ["view.html", "LICENSES.txt"]) {
  const [fresh, kept] = [join(folder, name), join(kWeb, "dist", name)].map(hash);
  check(`tools/web/dist/${name} is the fresh build`, fresh === kept, `${kept} and ${fresh}`);
}
finish();
