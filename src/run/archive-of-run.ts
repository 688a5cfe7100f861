import { realpath } from "node:fs/promises";
import { migrateError } from "../errors.js";
import { checkNewFile } from "../new-file/open-new-file.js";
import type { BatchMode } from "../pipeline/pipeline-context.js";
import type { FoundSources } from "../source/find-source-files.js";
import type { Reader } from "../source/read-in-thread-or-here.js";
import { isThere, type OpenArchive, openNewArchive } from "./open-archive.js";
import { readArchive } from "./read-archive.js";

/**
 * The archive as a mode needs it: one that is there is read; a new one is made by a migration alone, and a dry run sees
 * that it can be.
 * @throws MigrateError `archive-unreadable`, `source-unreadable`, `file-exists`, `file-unwritable`
 */
export async function openArchive(
  path: string,
  mode: BatchMode,
  reader: Reader,
  signal: AbortSignal | undefined,
): Promise<OpenArchive> {
  if (await isThere(path)) return readArchive(path, reader, signal);
  if (mode === "migrate") return openNewArchive(path);
  if (mode === "dry-run") await checkNewFile({ path, flag: "--archive" });
  const find = mode === "verify" ? () => "missing" as const : null;
  return { path, find, bytes: 0, add: async () => {}, finish: async () => null, close: async () => null };
}

/**
 * The sources without the archive, which may lie in a folder of theirs: what went there is not read as a source again.
 * @throws MigrateError `archive-is-source`, where it is named as one
 */
export async function withoutArchive(found: FoundSources, archive: string | null): Promise<FoundSources> {
  const path = archive === null ? null : await realpath(archive).catch(() => null);
  if (archive === null || path === null) return found;
  const isArchive = await Promise.all(
    found.sources.map(async ({ path: one, stdinFile }) => {
      return stdinFile === null && (await realpath(one).catch(() => null)) === path;
    }),
  );
  if (!isArchive.includes(true)) return found;
  const sources = found.sources.filter((_, at) => !isArchive[at]);
  if (sources.length === 0 || found.sources.some(({ named }, at) => named && isArchive[at]))
    throw migrateError("archive-is-source", { path: archive });
  const message = `${archive}: lies among the sources, and is not read as one, for it is the file of --archive`;
  return { sources, warnings: [...found.warnings, { code: "archive-skipped", message }] };
}
