import { Interruption, migrateError } from "../errors.js";
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
  /** Takes back all that was added. */
  startOver(): Promise<void>;
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

/**
 * Writes all that Redis holds under the prefix to a file. Where Redis restarted or failed over meanwhile, which may have
 * cost it data, it starts over, and what is gone since is told.
 * @throws MigrateError `export-unrepeatable`, `redis-unstable`, `file-…`; `Interruption` once the signal aborts: then the
 *   file is not whole
 */
export async function exportAll(context: ExportContext): Promise<void> {
  const { store, summary, file, rejects, hooks } = context;
  const lossesBefore = store.possibleLosses;
  const keys = await exportOnce(context, null);
  await confirmNoDataLoss(context, lossesBefore, false, async () => {
    if (!file.mayStartOver) throw migrateError("export-unrepeatable", { what: store.lossWords });
    hooks.alert?.(`Redis ${store.lossWords} meanwhile: reading all once more`);
    summary.startOver();
    rejects?.startOver();
    await file.startOver();
    await exportOnce(context, keys);
  });
  if (store.possibleLosses > lossesBefore)
    summary.warn(
      "redis-restarted",
      `Redis ${store.lossWords} while this ran: all was read once more, and what it had lost by then is not in the file`,
    );
  throwIfInterrupted(context);
  await file.finish();
  if (file.bytes > longestForLibrary) summary.warn("too-long-for-library", tooLong(file.bytes));
}

/**
 * The library reads its file into one string, and writes it from one: V8's longest has 2^29 - 24 UTF-16 units. A file of
 * no more bytes has no more units than that; Node 20 refuses one of more bytes.
 */
const longestForLibrary = 2 ** 29 - 24;

function tooLong(bytes: number): string {
  const most = `${longestForLibrary.toLocaleString("en")} bytes`;
  return `the file is too long to go back: unpacked, it has ${bytes.toLocaleString("en")} bytes, and what has more than ${most} the library may be unable to load; it then starts without any record, and saves that in the file's place. Keep it as an archive, which this tool migrates into Redis; --only makes a file of one kind alone`;
}

/** @param before the keys that were there before Redis may have lost some; null for none. @returns those that are there now */
async function exportOnce(context: ExportContext, before: KeysByKind | null): Promise<KeysByKind> {
  const { store, summary, options, hooks, signal } = context;
  const { prefix, only } = options;
  const keys = await findKeys(store, prefix, only, () => !signal?.aborted);
  throwIfInterrupted(context);
  const totalRecords = keys.key.length + keys.conversation.length;
  hooks.note?.(`${totalRecords} keys found`);
  let gone = 0;
  let bytes = 0;
  const onRead = (more: number) => {
    throwIfInterrupted(context);
    bytes += more;
    const records = summary.counts.sum("read") + gone;
    hooks.progress?.({ bytes, totalBytes: bytes, records, totalRecords });
  };
  // In the library's file, API keys come first.
  for (const kind of kinds.toReversed()) {
    if (before !== null) tellLost(context, kind, before[kind], keys[kind]);
    gone += await exportKeys(context, kind, keys[kind], onRead);
  }
  if (gone > 0) summary.warn("gone-meanwhile", goneText(gone));
  return keys;
}

/** What was there before Redis restarted or failed over, and is not any more. */
function tellLost(
  { summary, options, store }: ExportContext,
  kind: Kind,
  before: KeyList,
  now: KeyList,
): void {
  const reason = `it is gone since Redis ${store.lossWords}`;
  const keyOf = heldKeysOf(options.prefix, kind);
  for (const bytes of before.without(now))
    summary.settleKey({ kind, name: keyOf(bytes).name }, { outcome: "failed", fields: [], reason });
}

function goneText(gone: number): string {
  const what = gone === 1 ? "1 key was" : `${gone} keys were`;
  return `${what} gone before it was their turn to be read: expired, deleted or evicted while this ran`;
}

function throwIfInterrupted({ signal }: ExportContext): void {
  if (signal?.aborted) throw new Interruption();
}
