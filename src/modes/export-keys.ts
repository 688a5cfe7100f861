import { Interruption } from "../errors.js";
import { readAhead } from "../pipeline/read-ahead.js";
import { type HeldKey, heldKeysOf } from "../record/held-key.js";
import type { KeyList } from "../record/key-list.js";
import { Failed } from "../redis/failed-one-of-many.js";
import type { HeldValue } from "../redis/read-many-values.js";
import { Refusal } from "../redis/refused-by-redis.js";
import type { Store } from "../redis/store.js";
import { type HeldValueCheck, heldValueCheck } from "../source/check-held-value.js";
import type { Kind } from "../types/kind.js";
import type { Settled } from "../types/outcome.js";
import type { ExportContext } from "./export.js";

/** Of how many keys the lengths are asked in one go. */
const keysAtOnce = 256;

/** How much is read in one go. */
const batchLimits = { count: 128, bytes: 256 * 1024 };

/** How much is read at a time: less than a migration has in flight, so that a running app waits for little of it. */
const inFlight = { count: 4, bytes: 1024 * 1024 };

/** How long a value is thought to be where Redis does not say. In bytes. */
const unknownLength = 64 * 1024;

/** Keys, and what they held when they were read. */
interface ReadBatch {
  readonly keys: readonly HeldKey[];
  readonly held: readonly (HeldValue | Failed)[];
}

/**
 * Writes what the keys of a kind hold to the file, in their order.
 * @param onRead called with the bytes of the values read since the last call
 * @returns how many held nothing any more
 */
export async function exportKeys(
  context: ExportContext,
  kind: Kind,
  keys: KeyList,
  onRead: (bytes: number) => void,
): Promise<number> {
  const { store, options, signal } = context;
  const check = heldValueCheck();
  let gone = 0;
  for await (const { keys: some, held } of readAhead(
    batchesOf(store, options.prefix, kind, keys),
    inFlight,
  )) {
    let bytes = 0;
    throwIfAwayOnStop(held);
    for (const [at, key] of some.entries()) {
      if (signal?.aborted) break;
      const one = held[at] as HeldValue | Failed;
      if (one instanceof Failed) settleFailed(context, key, one.error);
      else if (one.state === "absent") gone += 1;
      else if (one.state === "other") await settleOther(context, key, one.type);
      else {
        bytes += one.value.length;
        await settleString(context, key, one.value, check);
      }
    }
    onRead(bytes);
  }
  return gone;
}

/** @throws Interruption where the user asked to stop while Redis was away: it may not hold any more what was read */
function throwIfAwayOnStop(held: ReadBatch["held"]): void {
  for (const one of held) if (one instanceof Failed && one.error instanceof Interruption) throw one.error;
}

/** Batches of values, as large as is known beforehand. The lengths of the next ones are asked while these are read. */
async function* batchesOf(store: Store, prefix: string, kind: Kind, list: KeyList) {
  const keyOf = heldKeysOf(prefix, kind);
  const askFrom = (from: number) => {
    const length = Math.min(keysAtOnce, list.length - from);
    const keys = Array.from({ length }, (_, at) => keyOf(list.at(from + at)));
    const lengths = store.lengthsOf(keys.map(({ bytes }) => bytes));
    // It is told once it is waited for.
    lengths.catch(() => {});
    return { keys, lengths };
  };
  let next = askFrom(0);
  for (let from = 0; from < list.length; from += keysAtOnce) {
    const { keys } = next;
    const lengths = await next.lengths;
    next = askFrom(from + keys.length);
    let batch: HeldKey[] = [];
    let bytes = 0;
    for (const [at, key] of keys.entries()) {
      const length = lengths[at] ?? unknownLength;
      if (batch.length > 0 && (batch.length === batchLimits.count || bytes + length > batchLimits.bytes)) {
        yield readingOf(store, batch, bytes);
        batch = [];
        bytes = 0;
      }
      batch.push(key);
      bytes += length;
    }
    yield readingOf(store, batch, bytes);
  }
}

function readingOf(store: Store, keys: readonly HeldKey[], bytes: number) {
  const read = async (): Promise<ReadBatch> => {
    return { keys, held: await store.readValues(keys.map((key) => key.bytes)) };
  };
  return { bytes, read };
}

async function settleString(
  context: ExportContext,
  key: HeldKey,
  value: Buffer,
  check: HeldValueCheck,
): Promise<void> {
  const checked = key.isText ? check(key.kind, key.id, value) : notText;
  if ("reason" in checked) return leaveOut(context, key, { outcome: "invalid", ...checked }, value);
  await context.file.add(key.kind, checked.value);
  const { messageCount, lastActive, oddities } = checked;
  const { kind, name } = key;
  context.summary.settleKey(
    { kind, name, bytes: checked.value.length, messageCount, lastActive },
    { outcome: "exported", fields: [] },
  );
  if (oddities.length > 0) context.summary.warnOfExported(kind, name, oddities);
}

const notText = { reason: "its key is not UTF-8, so that the library cannot find it" };

async function settleOther(context: ExportContext, key: HeldKey, type: string): Promise<void> {
  const reason = `is a ${type}, and no string`;
  // What there is to keep, as far as this user may have it.
  const kept = context.rejects === null ? null : await context.store.dumpBytes(key.bytes).catch(() => null);
  leaveOut(context, key, { outcome: "wrongType", reason }, kept, type);
}

/** @throws what concerns more than this key */
function settleFailed(context: ExportContext, key: HeldKey, error: unknown): void {
  if (!(error instanceof Refusal)) throw error;
  leaveOut(context, key, { outcome: "failed", reason: error.message }, null);
}

type LeftOut = Pick<Settled, "outcome"> & { readonly reason: string };

/** Tells what is left out of the file, and keeps it where it is asked for. */
function leaveOut(
  { summary, rejects }: ExportContext,
  { kind, name, bytes }: HeldKey,
  { outcome, reason }: LeftOut,
  kept: Buffer | null,
  type = "string",
): void {
  rejects?.addHeld({ kind, key: bytes, type, reason }, kept);
  summary.settleKey({ kind, name, bytes: kept?.length ?? 0 }, { outcome, fields: [], reason });
}
