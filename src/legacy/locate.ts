import { realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import fastGlob from "fast-glob";
import { migrateError, systemCode } from "../errors.js";
import type { Source } from "../model.js";
import { unreadable } from "./read.js";

/** Where `chatgpt-official` keeps its file, seen from the app's folder. */
const libraryFile = "db.json";

/**
 * The files that the named sources mean, in the order of the names; those of one folder or glob sorted.
 * A path that exists is taken literally, brackets and all; the same file named twice counts once.
 * @throws MigrateError `source-missing`, `source-none`, `source-unreadable`
 */
export async function locate(named: readonly string[]): Promise<Source[]> {
  const found = new Map<string, Source>();
  for (const name of named.length > 0 ? named : [libraryFile]) {
    for (const path of await pathsOf(name)) {
      const { real, bytes } = await look(path);
      if (!found.has(real)) found.set(real, { path, bytes });
    }
  }
  return [...found.values()];
}

async function pathsOf(name: string): Promise<string[]> {
  const kind = await kindOf(name);
  if (kind === "file") return [name];
  if (kind === null && !fastGlob.isDynamicPattern(name)) throw migrateError("source-missing", { path: name });
  const pattern = kind === "folder" ? `${fastGlob.convertPathToPattern(name)}/**/*.json` : name;
  const entries = await fastGlob(pattern, {
    ignore: ["**/node_modules/**", "**/.git/**"],
    // Linked folders may form loops and are passed by; a linked file is a file.
    followSymbolicLinks: false,
    onlyFiles: false,
    objectMode: true,
  });
  const paths: string[] = [];
  for (const { path, dirent } of entries) {
    const linked = dirent.isSymbolicLink() && (await kindOf(path)) === "file";
    if (linked || dirent.isFile()) paths.push(path);
  }
  if (paths.length === 0) throw migrateError("source-none", { pattern: name });
  return paths.map((path) => (kind === "folder" ? join(path) : path)).sort();
}

async function kindOf(path: string): Promise<"file" | "folder" | null> {
  try {
    return (await stat(path)).isDirectory() ? "folder" : "file";
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG") return null;
    throw unreadable(path, error);
  }
}

async function look(path: string): Promise<{ real: string; bytes: number }> {
  try {
    return { real: await realpath(path), bytes: (await stat(path)).size };
  } catch (error) {
    throw unreadable(path, error);
  }
}
