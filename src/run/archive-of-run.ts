import { stat } from "node:fs/promises";
import { migrateError } from "../errors.js";
import { checkNewFile } from "../new-file/open-new-file.js";
import type { BatchMode } from "../pipeline/pipeline-context.js";
import { identityOf } from "../source/file-identity.js";
import type { FoundSources } from "../source/find-source-files.js";
import type { Reader } from "../source/read-in-thread-or-here.js";
import type { Entry } from "../types/entry.js";
import type { Source } from "../types/source-file.js";
import { isThere, type OpenArchive, openNewArchive } from "./open-archive.js";
import { readArchive } from "./read-archive.js";

/**
 * The archive as a mode needs it: one that is there is read; a new one is made by a migration alone, and a dry run sees
 * that it can be.
 * @param mayHold whether a record may stand in one that is there
 * @throws MigrateError `archive-unreadable`, `archive-holds-more`, `source-unreadable`, `file-exists`, `file-unwritable`
 */
export async function openArchive(
  path: string,
  mode: BatchMode,
  reader: Reader,
  mayHold: (entry: Entry) => boolean,
  signal: AbortSignal | undefined,
): Promise<OpenArchive> {
  if (await isThere(path)) return readArchive(path, reader, mayHold, signal);
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
  const stats = archive === null ? null : await stat(archive).catch(() => null);
  if (archive === null || stats === null) return found;
  const { device, inode } = identityOf(stats);
  const isArchive = ({ identity }: Source) => identity?.device === device && identity.inode === inode;
  const sources = found.sources.filter((one) => !isArchive(one));
  if (sources.length === found.sources.length) return found;
  if (sources.length === 0 || found.sources.some((one) => one.named && isArchive(one)))
    throw migrateError("archive-is-source", { path: archive });
  const message = `${archive}: lies among the sources, and is not read as one, for it is the file of --archive`;
  return { sources, warnings: [...found.warnings, { code: "archive-skipped", message }] };
}
