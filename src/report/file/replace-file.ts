import { randomUUID } from "node:crypto";
import {
  closeSync,
  fstatSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { MigrateError, migrateError } from "../../errors.js";
import type { ReportFile, ReportFormat } from "../../types/report-events.js";
import type { Warning } from "../../types/run-result.js";

/** How every report of a format begins, which tells it from other files. */
export const beginningOf = {
  jsonl: '{"outcome":"',
  md: "# chatgpt-migrate",
  xml: '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="chatgpt-migrate',
  html: '<!doctype html>\n<html lang="en">\n<meta name="generator" content="chatgpt-migrate',
} as const satisfies Record<ReportFormat, string>;

/**
 * Sees that a report can be made at its path. The report of an earlier run may be replaced; anything else may be the only
 * copy of something, and is left alone.
 * @returns the path to write to, behind a link
 * @throws MigrateError `report-exists`, `report-unwritable`
 */
export function checkReplaceable({ path, format }: ReportFile): string {
  return explained(path, () => {
    const target = isFree({ path, format }) ? path : realpathSync(path);
    rmSync(makeBeside(target, () => {}));
    return target;
  });
}

/** @throws MigrateError `report-exists`, where something else than a report is there */
function isFree({ path, format }: ReportFile): boolean {
  const existing = statSync(path, { throwIfNoEntry: false });
  if (existing !== undefined && !(existing.isFile() && isReport(path, format)))
    throw migrateError("report-exists", { path });
  return existing === undefined;
}

/** @throws MigrateError `report-unwritable`, for what the system says */
export function explained<T>(path: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (error instanceof MigrateError) throw error;
    throw migrateError("report-unwritable", { path, reason: systemReason(error) }, error);
  }
}

/** The warning that a report is not what it should be: the run goes on all the same. */
export function reportWarning(path: string, state: string, error: unknown): Warning {
  return { code: "report-incomplete", message: `${path}: the report ${state}: ${systemReason(error)}` };
}

/** The system's words, without the call and the path that follow them. */
function systemReason(error: unknown): string {
  return error instanceof Error ? error.message.replace(/,.*$/s, "") : "unknown";
}

function isReport(path: string, format: ReportFormat): boolean {
  const begins = Buffer.from(beginningOf[format]);
  const bytes = Buffer.alloc(begins.length);
  const file = openSync(path, "r");
  try {
    const length = readSync(file, bytes, 0, bytes.length, 0);
    return length === 0 || bytes.equals(begins);
  } finally {
    closeSync(file);
  }
}

/** Opens a new file to append to, for its owner alone, in place of one that `checkReplaceable` saw. @throws what the system says */
export function openNew(path: string): number {
  rmSync(path, { force: true });
  return openSync(path, "ax", 0o600);
}

/** Whether an open file is still at its path. */
export function isAt(file: number, path: string): boolean {
  const [written, found] = [fstatSync(file), statSync(path, { throwIfNoEntry: false })];
  return found !== undefined && found.dev === written.dev && found.ino === written.ino;
}

/**
 * Writes a file that is there whole or not at all, for its owner alone.
 * @throws what the system says; MigrateError `report-exists`, where something else was made there meanwhile
 */
export function writeWhole({ path, format }: ReportFile, pieces: Iterable<string>): void {
  const written = makeBeside(path, (file) => {
    for (const text of joined(pieces)) writeAll(file, text);
    // Such as the run's own file of --rejects, by another name of its folder.
    isFree({ path, format });
  });
  renameSync(written, path);
}

export function writeAll(file: number, text: string): number {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
  return bytes.length;
}

/** Writes a new file beside `path`, which is there only whole. @returns its path */
function makeBeside(path: string, write: (file: number) => void): string {
  const beside = `${path}.${randomUUID()}.partial`;
  const file = openSync(beside, "wx", 0o600);
  try {
    write(file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  return beside;
}

/** Pieces put together to what is worth a write. In characters. */
const worthAWrite = 64 * 1024;

function* joined(pieces: Iterable<string>): Generator<string> {
  let text = "";
  for (const piece of pieces) {
    text += piece;
    if (text.length < worthAWrite) continue;
    yield text;
    text = "";
  }
  yield text;
}
