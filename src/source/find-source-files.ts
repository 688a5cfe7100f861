import { migrateError } from "../errors.js";
import type { Warning } from "../types/run-result.js";
import type { Candidate, Source } from "../types/source-file.js";
import { findFiles } from "./files-in-folder-or-glob.js";
import { recover } from "./leftover-temp-file.js";
import { formatOfFile } from "./other-formats.js";
import { recognise } from "./recognise-file.js";

/** Where `chatgpt-official` keeps its file, seen from the app's folder. */
const libraryFile = "db.json";

/** The named sources, and what is to be reported of others that were found. */
export interface FoundSources {
  readonly sources: readonly Source[];
  readonly warnings: readonly Warning[];
}

/**
 * The sources that were named, in the order of the names; those of one folder or glob sorted. A path that exists is taken
 * literally, brackets and all; the same file named twice counts once; `stdin` stands for `-`.
 * @throws MigrateError `source-missing`, `source-none`, `source-empty`, `source-unreadable`, `source-name`,
 *   `source-format`, `source-unrecognised`
 */
export async function findSources(
  named: readonly string[],
  stdin: Candidate | null = null,
): Promise<FoundSources> {
  const byRealPath = new Map<string, Candidate>();
  for (const name of named.length > 0 ? named : [libraryFile]) {
    const found = name === "-" && stdin !== null ? [["-", stdin] as const] : await findFiles(name);
    for (const [real, candidate] of found) if (!byRealPath.has(real)) byRealPath.set(real, candidate);
  }
  const { candidates, warnings } = await recover([...byRealPath.values()]);
  const sources: Source[] = [];
  const skipped: string[] = [];
  for (const candidate of candidates) {
    const { path } = candidate;
    // Other programs' files may change as they like.
    const unwatched = { ...candidate, identity: null };
    const layout = await recognise(unwatched);
    const format = layout === "unreadable" && candidate.named ? await formatOfFile(unwatched) : null;
    if (format !== null)
      throw migrateError("source-format", { path, format: format.name, todo: format.todo });
    if (layout !== null) sources.push({ ...candidate, layout });
    else if (candidate.named) throw migrateError("source-unrecognised", { path });
    else skipped.push(path);
  }
  if (sources.length === 0) throw migrateError("source-unrecognised", { path: named.join(", ") });
  return { sources, warnings: [...warnings, ...skippedFiles(skipped)] };
}

/** Only so many of other programs' files are named one by one: a folder may hold thousands. */
const mostNamed = 20;

function skippedFiles(paths: readonly string[]): Warning[] {
  const why = "neither conversations nor API keys of chatgpt-official were found in";
  const messages = paths.slice(0, mostNamed).map((path) => `${path}: skipped, for ${why} it`);
  const more = paths.length - messages.length;
  if (more > 0) messages.push(`${more} more files skipped, for ${why} any of them`);
  return messages.map((message) => ({ code: "unrecognised", message }));
}
