// Builds each page as one file: script and style inside, a Content-Security-Policy that names the
// script by its hash, and the licences of what the scripts hold. The page is named as Vite's mode:
// `vite build --mode view` makes dist/view.html of view.html.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

const here = dirname(fileURLToPath(import.meta.url));

/** The name of the package that a module belongs to, or null for our own. */
function packageOf(module: string): string | null {
  const at = module.lastIndexOf("/node_modules/");
  if (at < 0) return null;
  const parts = module.slice(at + "/node_modules/".length).split("/");
  return parts[0]!.startsWith("@") ? `${parts[0]}/${parts[1]}` : parts[0]!;
}

function licenceOf(name: string): string {
  const folder = join(here, "node_modules", name);
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const own = join(here, "licenses", `${name.replace("/", "-").replace("@", "")}.txt`);
  const found = readdirSync(folder).find((f) => /^licen[cs]e/i.test(f));
  const file = existsSync(own) ? own : found === undefined ? null : join(folder, found);
  if (file === null) throw new Error(`${name}: no licence; put its text into ${own}`);
  const licence = typeof about.license === "string" ? about.license : "see below";
  const text = readFileSync(file, "utf8").trim().replace(/\r\n/g, "\n");
  return `${name} ${about.version} (${licence})\n\n${text}\n`;
}

/** NiiVue computes gradients of the volume for every new window, which the page's rendering, without
 *  light, does not use. They cost more than all else where a processor does the work of a GPU. */
function withoutGradients(): Plugin {
  const call = "this.gradientTexture = gradientGL({";
  return {
    name: "without-gradients",
    transform(code, id) {
      if (packageOf(id) !== "@niivue/niivue") return null;
      const at = code.lastIndexOf(call);
      if (at < 0) throw new Error(`NiiVue has no ${call} any more`);
      const guard = "if (this.gradientTextureAmount > 0) ";
      return { code: code.slice(0, at) + guard + code.slice(at), map: null };
    },
  };
}

/** What a page may load beside its own script, in the words of a Content-Security-Policy. */
const kMayLoad: Record<string, string[]> = {
  view: ["img-src data: blob:"],
  report: ["img-src data:"],
  live: ["img-src 'self' file: data:"], // the pictures beside it
  app: ["img-src 'self' data: blob:", "connect-src 'self'", "frame-src 'self'"],
};

function onePage(name: string): Plugin {
  const source = `${name}.html`;
  return {
    name: "one-page",
    enforce: "post",
    generateBundle(_, bundle) {
      const page = bundle[source]!;
      if (page.type !== "asset") throw new Error(`${source} is no asset`);
      let script = "";
      let style = "";
      const packages = new Set<string>();
      for (const [file, part] of Object.entries(bundle)) {
        if (part === page) continue;
        if (part.type === "chunk") {
          if (!part.isEntry) throw new Error(`${file}: a second script`);
          script = part.code.trim();
          for (const module of Object.keys(part.modules)) {
            const owner = packageOf(module);
            if (owner !== null) packages.add(owner);
          }
        } else if (file.endsWith(".css")) {
          style += String(part.source).trim();
        } else {
          throw new Error(`${file}: a file that the page would load`);
        }
        delete bundle[file];
      }
      // Addresses stand in NiiVue's comments on shaders alone, which are strings.
      script = script.replace(/(?:https?|wss?|ftp):\/\/[^\s"'`\\]+/g, "");
      if (/<\/script|<!--/i.test(script)) throw new Error("the script would end the page's element");
      const hash = createHash("sha256").update(script).digest("base64");
      const policy = [
        "default-src 'none'",
        `script-src 'sha256-${hash}'`,
        "style-src 'unsafe-inline'",
        ...kMayLoad[name]!,
        "base-uri 'none'",
        "form-action 'none'",
      ].join("; ");
      const meta = `<meta http-equiv="Content-Security-Policy" content="${policy}" />`;
      let html = String(page.source);
      html = html.replace(/\s*<script type="module"[^>]*><\/script>/, "");
      html = html.replace(/\s*<link rel="stylesheet"[^>]*>/, "");
      html = html.replace('<meta charset="utf-8" />', () => `<meta charset="utf-8" />\n    ${meta}`);
      html = html.replace("</head>", () => `  <style>${style}</style>\n  </head>`);
      html = html.replace("</body>", () => `  <script>${script}</script>\n  </body>`);
      page.source = html;
      const texts = [...packages].sort().map(licenceOf);
      if (texts.length === 0) return; // the page holds code of ours alone
      const fileName = `LICENSES-${name}.txt`;
      this.emitFile({ type: "asset", fileName, source: texts.join(`\n${"-".repeat(72)}\n\n`) });
    },
  };
}

export default defineConfig(({ mode }) => ({
  root: here,
  base: "./",
  plugins: [withoutGradients(), onePage(mode)],
  resolve: {
    alias: { zarrita: join(here, "src/no_zarr.ts") }, // a reader of remote stores
  },
  build: {
    outDir: "dist",
    emptyOutDir: false,
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: false,
    target: "es2022",
    reportCompressedSize: false,
    rollupOptions: {
      input: join(here, `${mode}.html`),
      output: { format: "iife" as const, inlineDynamicImports: true },
    },
  },
}));
