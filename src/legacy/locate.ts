import { realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Entry as FoundEntry } from "fast-glob";
import { MigrateError, migrateError, systemCode } from "../errors.js";
import type { Candidate, Source, Warning } from "../model.js";
import { tellLayout } from "./layout.js";
import { identityOf, unreadable } from "./read.js";
import { recover, temporaryOf } from "./recover.js";

/** Where `chatgpt-official` keeps its file, seen from the app's folder. */
const libraryFile = "db.json";

/** A folder's files that may be legacy files; what is in them decides. */
const wanted = "**/*.{json,json.gz}";

/** What the named sources mean, and what is to be said about them. */
export interface Located {
  readonly sources: readonly Source[];
  readonly warnings: readonly Warning[];
}

/**
 * The files that the named sources mean, in the order of the names; those of one folder or glob sorted. A path that
 * exists is taken literally, brackets and all; the same file named twice counts once; `spool` stands for `-`.
 * @throws MigrateError `source-missing`, `source-none`, `source-unreadable`, `source-unrecognised`
 */
export async function locate(named: readonly string[], spool: Candidate | null = null): Promise<Located> {
  const found = new Map<string, Candidate>();
  for (const name of named.length > 0 ? named : [libraryFile]) {
    const candidates = name === "-" && spool !== null ? [["-", spool] as const] : await candidatesOf(name);
    for (const [real, candidate] of candidates) if (!found.has(real)) found.set(real, candidate);
  }
  const recovered = await recover([...found.values()]);
  const warnings = [...recovered.warnings];
  const sources: Source[] = [];
  for (const candidate of recovered.candidates) {
    const layout = await tellLayout(candidate);
    if (layout !== null) sources.push({ ...candidate, layout });
    else if (candidate.named) throw migrateError("source-unrecognised", { path: candidate.path });
    else warnings.push(unrecognised(candidate.path));
  }
  return { sources, warnings };
}

function unrecognised(path: string): Warning {
  return {
    code: "unrecognised",
    message: `${path}: passed by, for it holds neither conversations nor API keys`,
  };
}

/** The files that one name means, by their real path. */
async function candidatesOf(name: string): Promise<(readonly [string, Candidate])[]> {
  const { paths, named } = await pathsOf(name);
  return Promise.all(
    paths.map(async (path) => {
      try {
        const [real, stats] = [await realpath(path), await stat(path)];
        const identity = identityOf(stats);
        return [real, { path, bytes: stats.size, named, identity, spool: null }] as const;
      } catch (error) {
        throw unreadable(path, error);
      }
    }),
  );
}

async function pathsOf(name: string): Promise<{ paths: string[]; named: boolean }> {
  const kind = await kindOf(name);
  if (kind === "file") return { paths: [name], named: true };
  // Loaded only where it is needed: a file that is named needs no search.
  const { default: fastGlob } = await import("fast-glob");
  if (kind === null && !fastGlob.isDynamicPattern(name)) {
    // A first save that crashed leaves x.tmp.json alone: the library would take it for x.json, and so do we.
    const temporary = temporaryOf(name);
    if ((await kindOf(temporary)) === "file") return { paths: [temporary], named: true };
    throw migrateError("source-missing", { path: name });
  }
  const pattern = kind === "folder" ? `${fastGlob.convertPathToPattern(name)}/${wanted}` : name;
  const paths: string[] = [];
  for (const { path, dirent } of await search(pattern, name)) {
    const linked = dirent.isSymbolicLink() && (await kindOf(path)) === "file";
    if (linked || dirent.isFile()) paths.push(path);
  }
  if (paths.length === 0) throw migrateError("source-none", { pattern: name });
  return { paths: paths.map((path) => (kind === "folder" ? join(path) : path)).sort(), named: false };
}

async function search(pattern: string, name: string): Promise<FoundEntry[]> {
  const { default: fastGlob } = await import("fast-glob");
  try {
    return await fastGlob(pattern, {
      ignore: ["**/node_modules/**", "**/.git/**"],
      // Linked folders may form loops and are passed by; a linked file is a file.
      followSymbolicLinks: false,
      onlyFiles: false,
      objectMode: true,
    });
  } catch (error) {
    throw unreadable(name, error);
  }
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
