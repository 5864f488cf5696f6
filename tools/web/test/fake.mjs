// A server with the answers of `ct2ct app`, for states of the page that are hard to reach with the
// program: refusals, a long queue, every light. It reads no scan and runs no job.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { kWeb } from "./browser.mjs";

const kSeries = {
  key: "1", text: "AXIAL, kernel SB, window 35/85", modality: "CT", slices: 53, size: [512, 512],
  spacing: [0.488, 0.488, 3], unit: "HU", thumbnail: "/scans/s1/1.png", warnings: [], usable: true, why_not: null,
};
const kScan = {
  id: "s1", path: "/home/ada/head", name: "head", format: "DICOM", warnings: ["the slices are tilted by 7.4 degrees: kept as they are", "a header that was mended"],
  series: [
    { ...kSeries, warnings: [{ code: "tilt", value: 7.4, text: "the slices are tilted by 7.4 degrees" }] },
    { ...kSeries, key: "2", text: "LOCALIZER", slices: 1, thumbnail: null, usable: false, why_not: { code: "single", value: null, text: "a single slice" } },
  ],
};
const kTable = [
  { name: "error in body, HU", slices: 31, network: 11.2, registered: 12.4, cubic: 21.9 },
  { name: "soft, HU", slices: 31, network: 9.1, registered: null, cubic: 15.3 },
  { name: "PSNR, dB", slices: 31, network: 37.1, registered: 36.8, cubic: 30.5 },
];
const kSentences = {
  green: ["used", "On 28 of 31 hidden slices the network was closer to the truth than registration.", "En 28 de 31 cortes ocultos la red estuvo más cerca de la verdad que el registro."],
  amber: ["some", "The network won in soft tissue only; registration makes the rest.", "La red ganó solo en tejido blando; el resto lo hace el registro."],
  red: ["rejected", "The network did not win on this scan; registration makes all slices.", "La red no ganó en este estudio; el registro hace todos los cortes."],
};

export const verdictOf = (light) => {
  const [verdict, en, es] = kSentences[light];
  return { light, verdict, sentence: { en, es }, table: kTable };
};

export function jobOf(id, state, more = {}) {
  return {
    id, kind: "interpolate", title: `head, factor 2 (${id})`, state, place: 0, created: 1.79e9, started: 1.79e9,
    ended: null, progress: null, messages: [], error: null, result: null,
    command: ["ct2ct", "interpolate", "/home/ada/my head", "--factor", "2"],
    asked: { kind: "interpolate", scan: "s1", series: "1", factor: 2, model: "default", method: "model", formats: ["dicom"], folder: null },
    ...more,
  };
}

export function resultWith(light, more = {}) {
  return {
    slices_before: 53, slices: 105, made_by: { real: 53, network: 40, registered: 12 }, verdict: verdictOf(light),
    uncertainty_hu: 14.2, record: { program: "ct2ct 1.0" }, view: "/jobs/view", saved: [], folder: "/home/ada/.local/state/ct2ct/app/jobs/green/out",
    files: [{ format: "dicom", name: "dicom.zip", bytes: 5.5e7 }, { format: "nifti", name: "x2.nii.gz", bytes: 2.1e7 }, { format: "gif", name: "x2.gif", bytes: 4e6 }],
    ...more,
  };
}

const kNothing = { dicom: 0, pictures: 0, folders: false };
const kSlices = { ...kNothing, dicom: 53 };
const kDate = 1.79e9;
const folder = (name, holds) => ({ name, path: `/home/ada/${name}`, kind: "folder", bytes: 0, modified: kDate, holds });
const file = (name, bytes) => ({ name: name.split("/").pop(), path: `/home/ada/${name}`, kind: "file", bytes, modified: kDate });
const kFolders = {
  "/home/ada": {
    path: "/home/ada", parent: "/home", truncated: false, holds: { ...kNothing, folders: true },
    entries: [folder("head", kSlices), folder("study", { ...kSlices, folders: true }), file("thorax.nii.gz", 12345678)],
  },
  "/home/ada/study": {
    path: "/home/ada/study", parent: "/home/ada", truncated: false, holds: { ...kSlices, folders: true },
    entries: [folder("study/scout", { ...kNothing, pictures: 4 }), ...[1, 2, 3].map((n) => file(`study/IM${n}`, 526000))],
  },
};

/** `given`: jobs, recent; `refusals`: address -> [status, error]; `view`: HTML of the frames. */
export async function startFake(given = {}) {
  const fake = { jobs: [], recent: [], refusals: {}, view: "<!doctype html><html lang='en'><title>view</title><p>view", asked: [], scan: kScan, ...given };
  const page = readFileSync(join(kWeb, "dist/app.html"));
  const state = () => ({
    version: "test", threads: 1, roots: [{ name: "Home", path: "/home/ada" }], recent: fake.recent,
    models: [{ model: "default", name: "the model in the box" }, { model: "/home/ada/run/model.safetensors", name: "our scanner" }],
    jobs: fake.jobs,
  });
  const server = createServer((request, response) => {
    const address = request.url.split("?")[0];
    const send = (body, status = 200, type = "application/json") => {
      response.writeHead(status, { "Content-Type": type });
      response.end(type === "application/json" ? JSON.stringify(body) : body);
    };
    let text = "";
    request.on("data", (part) => (text += part));
    request.on("end", () => {
      if (request.method !== "GET") fake.asked.push([address, text]);
      const refusal = fake.refusals[address];
      if (refusal !== undefined) return send({ error: refusal[1] }, refusal[0]);
      if (address === "/") return send(page, 200, "text/html");
      if (address === "/api/state") return send(state());
      if (address === "/api/folder") {
        const asked = new URL(request.url, "http://x").searchParams;
        const listed = kFolders[asked.get("path")] ?? kFolders["/home/ada"];
        return send(asked.has("for") ? { ...listed, holds: null } : listed);
      }
      if (address === "/api/open") return send(fake.scan);
      if (address === "/api/jobs") {
        fake.jobs.unshift(jobOf("new", "queued", { place: 1 }));
        return send(fake.jobs[0]);
      }
      if (address.endsWith("/save")) {
        const job = fake.jobs.find((j) => address === `/api/jobs/${j.id}/save`);
        job.result = { ...job.result, saved: ["/home/ada/out/head_x2"] };
        return send({ saved: ["/home/ada/out/head_x2", "/home/ada/out/head_x2_dicom.record.json"] });
      }
      if (address.endsWith(".png") && fake.thumbnail) return send(fake.thumbnail, 200, "image/png");
      if (address === "/jobs/view") return send(fake.view, 200, "text/html");
      return send({ error: { what: "no such address", where: address, expected: "", hint: "" } }, address.startsWith("/api/jobs/") ? 200 : 404);
    });
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  fake.address = `http://127.0.0.1:${server.address().port}/`;
  fake.close = () => server.close();
  return fake;
}
