// Files and folders that are dropped onto the page. They go to the program on this computer, one by one.
import { post, put, type Scan } from "./api";

export interface Dropped {
  name: string;
  files: { path: string; file: File }[];
}

function filesOf(entry: FileSystemEntry, folder: string): Promise<Dropped["files"]> {
  if (entry.isFile) {
    return new Promise((done, failed) =>
      (entry as FileSystemFileEntry).file((file) => done([{ path: folder + entry.name, file }]), failed),
    );
  }
  return inFolder((entry as FileSystemDirectoryEntry).createReader(), `${folder}${entry.name}/`);
}

/** A browser gives at most a hundred entries a call. */
async function inFolder(reader: FileSystemDirectoryReader, folder: string): Promise<Dropped["files"]> {
  const files: Dropped["files"] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((done, failed) => reader.readEntries(done, failed));
    if (some.length === 0) return files;
    for (const e of some) if (!e.name.startsWith(".")) files.push(...(await filesOf(e, folder)));
  }
}

/** What a drop holds; null where it holds no file. The entries must be taken before the first await. */
export async function readDrop(data: DataTransfer): Promise<Dropped | null> {
  const entries = [...data.items].map((i) => i.webkitGetAsEntry()).filter((e) => e !== null);
  const alone = entries.length > 0 ? [] : [...data.files]; // some sources give files without entries
  const lists = await Promise.all(entries.map((e) => filesOf(e, "")));
  const files = [...lists.flat(), ...alone.map((file) => ({ path: file.name, file }))];
  return files.length === 0 ? null : { name: entries[0]?.name ?? files[0]!.path, files };
}

/** Copies the files to the program's folder and has the scan read. `part` hears how far it is, 0 to 1. */
export async function sendDrop(drop: Dropped, part: (p: number) => void, signal: AbortSignal): Promise<Scan> {
  const total = drop.files.reduce((sum, f) => sum + f.file.size, 0) || 1;
  const asked = { name: drop.name, files: drop.files.map((f) => ({ path: f.path, bytes: f.file.size })) };
  const place = await post<{ id: string; put: string }>("/api/drop", asked);
  let sent = 0;
  for (const { path, file } of drop.files) {
    const start = sent;
    await put(`${place.put}?path=${encodeURIComponent(path)}`, file, (n) => part((start + n) / total), signal);
    sent += file.size;
    part(sent / total);
  }
  return post<Scan>(`/api/drop/${encodeURIComponent(place.id)}/done`, {});
}
