import { Interruption, migrateError } from "../errors.js";
import { tooLongForLibrary } from "../new-file/too-long-for-library.js";
import type { Options } from "../options.js";
import { confirmNoDataLoss } from "../pipeline/confirm-no-data-loss.js";
import type { PipelineContext } from "../pipeline/pipeline-context.js";
import { heldKeysOf } from "../record/held-key.js";
import type { KeyList } from "../record/key-list.js";
import { type Kind, kinds } from "../types/kind.js";
import { exportKeys } from "./export-keys.js";
import { findKeys, type KeysByKind } from "./find-keys.js";

/** A file that is being made, as the library would write it. */
export interface ExportFile {
  /** Adds a record: API keys before conversations. */
  add(kind: Kind, value: Buffer): Promise<void>;
  /** Whether all that was added can be taken back. */
  readonly mayStartOver: boolean;
  /** Ends it before its time. @returns where all that was added stays, as a file under a temporary name; null where nothing does */
  keepPartial(): Promise<string | null>;
  /** Begins anew, and keeps what was added as `keepPartial` does. */
  startOver(): Promise<string | null>;
  /** Makes the file whole, and gives it its name. */
  finish(): Promise<void>;
  /** How long it is by now, unpacked. In bytes. */
  readonly bytes: number;
}

export interface ExportContext
  extends Pick<PipelineContext, "store" | "summary" | "rejects" | "hooks" | "signal"> {
  readonly options: Options;
  readonly file: ExportFile;
}

/** The user asked to stop while Redis was there: it still holds all that was read. */
export class Stopped extends Interruption {}

/**
 * Writes all that Redis holds under the prefix to a file. What was read before Redis was lost stays, for nobody else may
 * have it.
 * @throws MigrateError `redis-…`, `export-unrepeatable`, `file-…`; `Interruption` once the signal aborts: then the file is
 *   not whole
 */
export async function exportAll(context: ExportContext): Promise<void> {
  try {
    await exportWhole(context);
  } catch (error) {
    const { file, summary } = context;
    // Where even that cannot be written, the first error says why.
    const kept = error instanceof Stopped ? null : await file.keepPartial().catch(() => null);
    if (kept !== null)
      summary.warn("export-unfinished", unfinishedText(kept, summary.counts.sum("exported")));
    throw error;
  }
}

/**
 * Where Redis restarted or failed over meanwhile, which may have cost it data, the export starts over, what is gone since
 * is told, and what was read before stays.
 */
async function exportWhole(context: ExportContext): Promise<void> {
  const { store, summary, file, rejects, hooks } = context;
  const lossesBefore = store.possibleLosses;
  let found = await exportOnce(context, null);
  const { keys } = found;
  await confirmNoDataLoss(context, lossesBefore, false, async () => {
    if (!file.mayStartOver) throw migrateError("export-unrepeatable", { what: store.lossWords });
    hooks.alert?.(`Redis ${store.lossWords} meanwhile: reading all once more`);
    const kept = await file.startOver();
    if (kept !== null)
      summary.warn("kept-from-before", keptText(kept, summary.counts.sum("exported"), store.lossWords));
    summary.startOver();
    rejects?.startOver();
    found = await exportOnce(context, keys);
  });
  if (store.possibleLosses > lossesBefore)
    summary.warn(
      "redis-restarted",
      `Redis ${store.lossWords} while this ran: all was read once more, and what it had lost by then is not in the file`,
    );
  if (found.lost > 0) summary.warn("gone-since-restart", lostText(found.lost, store.lossWords));
  const withoutBytes = rejects?.withoutBytes ?? 0;
  if (withoutBytes > 0) summary.warn("rejects-incomplete", withoutBytesText(withoutBytes));
  if (found.gone > 0) summary.warn("gone-meanwhile", goneText(found.gone));
  throwIfInterrupted(context);
  await file.finish();
  const tooLong = tooLongForLibrary(file.bytes);
  if (tooLong !== null) summary.warn("too-long-for-library", tooLongText(tooLong));
}

interface Found {
  readonly keys: KeysByKind;
  /** How many held nothing any more when they were read. */
  readonly gone: number;
  /** How many were there before, and are not any more. */
  readonly lost: number;
}

/** @param before the keys that were there before Redis may have lost some; null for none */
async function exportOnce(context: ExportContext, before: KeysByKind | null): Promise<Found> {
  const { store, summary, options, hooks, signal } = context;
  const { prefix, only } = options;
  const keys = await findKeys(store, prefix, only, () => !signal?.aborted);
  throwIfInterrupted(context);
  const totalRecords = keys.key.length + keys.conversation.length;
  hooks.note?.(`${totalRecords} keys found`);
  let gone = 0;
  let lost = 0;
  let bytes = 0;
  const onRead = (more: number) => {
    throwIfInterrupted(context);
    bytes += more;
    const records = summary.counts.sum("read") + gone;
    hooks.progress?.({ bytes, totalBytes: bytes, records, totalRecords });
  };
  // In the library's file, API keys come first.
  for (const kind of kinds.toReversed()) {
    if (before !== null) lost += tellLost(context, kind, before[kind], keys[kind]);
    gone += await exportKeys(context, kind, keys[kind], onRead);
  }
  return { keys, gone, lost };
}

/** Tells what was there before Redis restarted or failed over, and is not any more. @returns how many */
function tellLost(
  { summary, options, store }: ExportContext,
  kind: Kind,
  before: KeyList,
  now: KeyList,
): number {
  const reason = `it is gone since Redis ${store.lossWords}`;
  const keyOf = heldKeysOf(options.prefix, kind);
  let lost = 0;
  for (const bytes of before.without(now)) {
    summary.settleKey({ kind, name: keyOf(bytes).name }, { outcome: "failed", fields: [], reason });
    lost += 1;
  }
  return lost;
}

function recordsThatWere(count: number): string {
  return count === 1 ? "the record that was" : `the ${count} records that were`;
}

function unfinishedText(path: string, records: number): string {
  return `${path}: holds ${recordsThatWere(records)} read by then, and is no whole export. Redis may have lost them since: keep the file until another export is whole; it can be migrated as it is`;
}

function keptText(path: string, records: number, what: string): string {
  return `${path}: holds ${recordsThatWere(records)} read by the time that Redis ${what}, for it may have lost some of them: delete it once you have all that you want`;
}

function lostText(lost: number, what: string): string {
  const keys = lost === 1 ? "1 key that was there before is" : `${lost} keys that were there before are`;
  return `${keys} gone since Redis ${what}, and not in the file`;
}

function tooLongText(why: string): string {
  return `the file is too long to go back: ${why}. Keep it as an archive, which this tool migrates into Redis; --only makes a file of one kind alone`;
}

function withoutBytesText(count: number): string {
  const keys = count === 1 ? "1 key is" : `${count} keys are`;
  return `${keys} named in the file of --rejects without what is held: Redis did not hand that out. It needs GET, and DUMP for what is no string`;
}

function goneText(gone: number): string {
  const what = gone === 1 ? "1 key was" : `${gone} keys were`;
  return `${what} gone before it was their turn to be read: expired, deleted or evicted while this ran`;
}

function throwIfInterrupted({ signal }: ExportContext): void {
  if (signal?.aborted) throw new Stopped();
}
