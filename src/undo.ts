import { windowLimits } from "./carry.js";
import { type Previous, type Step, sha1 } from "./journal/lines.js";
import type { ReadJournal } from "./journal/read.js";
import type { Held, Settled } from "./model.js";
import { settle } from "./modes.js";
import type { Options } from "./options.js";
import type { Replacement, Store } from "./redis/store.js";
import { Window } from "./redis/window.js";
import { Secret } from "./secret.js";
import type { Tally } from "./tally.js";
import { idOf, nameOf } from "./target/keyspace.js";

/** What to do about one step of an earlier run: nothing, where `replacement` is null. */
interface Reversal {
  readonly outcome: "deleted" | "restored" | "unchanged" | "changed";
  readonly replacement: Replacement | null;
}

/**
 * What undoing one step means, from what its key holds now: take back only what is still as that run left it.
 * @param now ms since 1970
 */
function reverse(step: Step, held: Held, now: number): Reversal {
  const previous = step.op === "replace" ? revive(step.previous, now) : null;
  const nothing = (outcome: "unchanged" | "changed"): Reversal => ({ outcome, replacement: null });
  if (held.state === "absent") {
    // It is gone already, or had gone by itself; bringing an old value back would undo whoever deleted it.
    return nothing(previous === null ? "unchanged" : "changed");
  }
  const digest = held.state === "string" ? sha1(held.raw ?? held.value) : null;
  if (digest === step.digest) {
    if (previous === null) return { outcome: "deleted", replacement: { how: "delete" } };
    return { outcome: "restored", replacement: previous };
  }
  if (previous === null) return nothing("changed");
  const back = previous.how === "set" ? digest === sha1(previous.value) : held.state === "other";
  return nothing(back ? "unchanged" : "changed");
}

/** The previous value with what is left of its life; null once that has passed. */
function revive(
  { text, base64, dump, ttlMs, at }: Previous,
  now: number,
): (Replacement & { how: "set" | "restore" }) | null {
  const left = ttlMs === null ? null : ttlMs - (now - at);
  if (left !== null && left <= 0) return null;
  if (dump !== undefined) return { how: "restore", dump: Buffer.from(dump, "base64"), ttlMs: left };
  return { how: "set", value: text ?? Buffer.from(base64 ?? "", "base64"), ttlMs: left };
}

/** Takes one step of an earlier run back; with `live` false, only says what it would do. */
async function undo(step: Step, store: Store, live: boolean): Promise<Settled> {
  const redisKey = new Secret(step.key);
  const { outcome, replacement } = reverse(step, await store.read(redisKey), Date.now());
  if (replacement === null || !live) return { outcome, fields: [] };
  const done = await store.replace(redisKey, { of: "value", sha1: step.digest }, replacement);
  return { outcome: done ? outcome : "changed", fields: [] };
}

interface Context {
  readonly journal: ReadJournal;
  readonly store: Store;
  readonly tally: Tally;
  readonly options: Options;
  readonly signal: AbortSignal | undefined;
}

/** Takes an earlier run back, step by step, wherever Redis still holds what that run wrote. */
export async function undoAll({ journal, store, tally, options, signal }: Context): Promise<void> {
  const window = new Window<{ step: Step; settled: Settled }>(windowLimits, ({ step, settled }) => {
    tally.undone(step.kind, nameOf(step.kind, idOf(options.prefix, step.kind, step.key)), settled);
  });
  for await (const step of journal.steps()) {
    if (signal?.aborted) break;
    if (window.full) await window.room();
    window.add(JSON.stringify(step).length, async () => ({
      step,
      settled: await settle(() => undo(step, store, !options.dryRun)),
    }));
  }
  await window.drain();
}
