// Runs the program, and makes what it reads.
import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { zipSync } from "fflate";

export const root = resolve(import.meta.dirname, "../../..");
// Set by `run`, which builds it.
const program = process.env.CASEBOOK ?? join(root, "target/release/casebook");

const folders = [];

/** A folder that is gone when the tests are. */
export const folder = async () => {
  folders.push(await mkdtemp(join(tmpdir(), "casebook-browser-")));
  return folders.at(-1);
};

export const clear = () => Promise.all(folders.map((it) => rm(it, { recursive: true, force: true })));

/** Writes files: paths and what is in them. A value that is an object of files becomes a zip file. */
export const write = async (into, files) => {
  for (const [path, content] of Object.entries(files)) {
    const place = join(into, path);
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, typeof content === "object" && !(content instanceof Uint8Array) ? zip(content) : content);
  }
};

const bytes = (content) => typeof content === "string" ? new TextEncoder().encode(content) : content;

export const zip = (members) =>
  zipSync(Object.fromEntries(Object.entries(members).map(([name, content]) => [name, bytes(content)])));

/** Runs `casebook analyze` with these arguments in a folder; its reports are in `reports` there. */
export const analyze = async (cwd, args, allowed = [0, 1]) => {
  const status = await new Promise((done, fail) => {
    execFile(program, ["analyze", ...args], { cwd, maxBuffer: 64 << 20 }, (error, _, stderr) => {
      if (error && typeof error.code !== "number") return fail(error);
      const code = error?.code ?? 0;
      return allowed.includes(code) ? done(code) : fail(new Error(`status ${code}: ${stderr}`));
    });
  });
  return { status, reports: join(cwd, "reports") };
};

/** The same, for the most memory that it takes, in bytes; nothing where the system does not tell. */
export const memory = async (cwd, args) => {
  const child = spawn(program, ["analyze", ...args], { cwd, stdio: "ignore" });
  let most = 0;
  const look = async () => {
    const status = await readFile(`/proc/${child.pid}/status`, "utf8").catch(() => "");
    most = Math.max(most, 1024 * Number(/VmHWM:\s*(\d+)/.exec(status)?.[1] ?? 0));
  };
  const looking = setInterval(look, 50);
  const code = await new Promise((done, fail) => child.on("close", done).on("error", fail));
  clearInterval(looking);
  if (code !== 0 && code !== 1) throw new Error(`status ${code}`);
  return most || undefined;
};

export const pages = async (reports) => (await readdir(reports)).filter((it) => it.endsWith(".html")).sort();
export const url = (...parts) => pathToFileURL(join(...parts)).href;

/** A line of a servicing log. */
export const line = (level, component, message, time = "2024-03-12 03:14:07") =>
  `${time}, ${level.padEnd(22)}${component.padEnd(7)}${message}\r\n`;
