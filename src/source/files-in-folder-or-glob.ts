import type { Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { MigrateError, migrateError, systemCode } from "../errors.js";
import type { Candidate } from "../types/source-file.js";
import { identityOf } from "./file-identity.js";
import { temporaryOf } from "./leftover-temp-file.js";
import { unreadable } from "./unreadable-source.js";

/**
 * A folder's files that may be legacy files; what is in them decides. JSON lines are to be named: those that lie beside
 * the library's file are its archives and our own journals.
 */
const wanted = /\.json(\.gz)?$/;

/** Folders that are skipped, unless they are named. */
const skippedFolders: ReadonlySet<string> = new Set(["node_modules", ".git"]);

/**
 * The files that one name stands for, with their real paths: itself, those in it if it is a folder, or those that match it.
 * @throws MigrateError `source-missing`, `source-none`, `source-empty`, `source-unreadable`, `source-name`
 */
export async function findFiles(name: string): Promise<(readonly [string, Candidate])[]> {
  const { paths, named } = await pathsOf(name);
  return Promise.all(
    paths.map(async (path) => {
      try {
        const [real, stats] = [await realpath(path), await stat(path)];
        const identity = identityOf(stats);
        return [real, { path, bytes: stats.size, named, identity, stdinFile: null }] as const;
      } catch (error) {
        throw unopened(path, error);
      }
    }),
  );
}

/** The error for a path that was found or named, and cannot be opened. */
function unopened(path: string, error: unknown): MigrateError {
  return systemCode(error) === "ENOENT" && isMangled(path)
    ? migrateError("source-name", { path }, error)
    : unreadable(path, error);
}

/** Whether a path may be another one than it seems: what is not UTF-8 in it becomes U+FFFD. */
function isMangled(path: string): boolean {
  return path.includes("\ufffd");
}

async function pathsOf(name: string): Promise<{ paths: string[]; named: boolean }> {
  const kind = await kindOf(name);
  if (kind === "file") return { paths: [name], named: true };
  if (kind === "folder") {
    const paths = await filesIn(name);
    if (paths.length === 0) throw migrateError("source-empty", { path: name });
    return { paths: paths.sort(), named: false };
  }
  // Loaded only where it is needed: what is named outright needs no pattern.
  const { default: fastGlob } = await import("fast-glob");
  if (!fastGlob.isDynamicPattern(name)) {
    // A first save that crashed leaves x.tmp.json alone: the library would take it for x.json, and so do we.
    const temporary = temporaryOf(name);
    if ((await kindOf(temporary)) === "file") return { paths: [temporary], named: true };
    if (isMangled(name)) throw migrateError("source-name", { path: name });
    throw migrateError("source-missing", { path: name });
  }
  const paths = await filesLike(name);
  if (paths.length === 0) throw migrateError("source-none", { pattern: name });
  return { paths: paths.sort(), named: false };
}

/** The files below a folder that may be legacy files; no hidden ones. */
async function filesIn(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for (const entry of await entriesOf(folder)) {
    if (entry.name.startsWith(".")) continue;
    const path = join(folder, entry.name);
    // Linked folders may form loops and are skipped; a linked file is a file.
    if (entry.isDirectory()) {
      if (!skippedFolders.has(entry.name)) paths.push(...(await filesIn(path)));
    } else if (wanted.test(entry.name) && (await isFile(entry, path))) paths.push(path);
  }
  return paths;
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw unopened(folder, error);
  }
}

/** The files that match a pattern. What it names outright, such as `node_modules`, is searched. */
async function filesLike(pattern: string): Promise<string[]> {
  const { default: fastGlob } = await import("fast-glob");
  const ignored = [...skippedFolders].filter((name) => !pattern.split("/").includes(name));
  try {
    const found = await fastGlob(pattern, {
      ignore: ignored.map((name) => `**/${name}/**`),
      followSymbolicLinks: false,
      onlyFiles: false,
      objectMode: true,
    });
    const files = await Promise.all(found.map(({ dirent, path }) => isFile(dirent, path)));
    return found.flatMap(({ path }, at) => (files[at] ? [path] : []));
  } catch (error) {
    if (error instanceof MigrateError) throw error;
    throw unopened(pathIn(error) ?? pattern, error);
  }
}

async function isFile(entry: Pick<Dirent, "isFile" | "isSymbolicLink">, path: string): Promise<boolean> {
  return entry.isFile() || (entry.isSymbolicLink() && (await kindOf(path)) === "file");
}

/** The path that the system could not read. */
function pathIn(error: unknown): string | null {
  if (!(error instanceof Error) || !("path" in error)) return null;
  return typeof error.path === "string" ? error.path : null;
}

async function kindOf(path: string): Promise<"file" | "folder" | null> {
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) return "folder";
    if (stats.isFile()) return "file";
    throw migrateError("source-unreadable", {
      path,
      reason: "it is a pipe or device: feed it to standard input, as -",
    });
  } catch (error) {
    if (error instanceof MigrateError) throw error;
    const code = systemCode(error);
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG") return null;
    throw unreadable(path, error);
  }
}
