import type { Previous, Step } from "../journal/format.js";
import type { ReadJournal } from "../journal/read.js";
import type { Options } from "../options.js";
import { throughWindow } from "../pipeline/batches-in-flight.js";
import { confirmNoDataLoss } from "../pipeline/confirm-no-data-loss.js";
import { RecordedOutcomes } from "../pipeline/recorded-outcomes.js";
import type { Summary } from "../pipeline/summary.js";
import { sha1 } from "../record/digest.js";
import { idOf, nameOf } from "../record/redis-key.js";
import { payloadOf, type Replacement, type Store } from "../redis/store.js";
import { Secret } from "../secret.js";
import type { Held, Outcome, Settled } from "../types.js";
import { settle } from "./batch-outcome.js";

/** What to do about one step of an earlier run: nothing, where `replacement` is null. */
interface Reversal {
  readonly outcome: "deleted" | "restored" | "unchanged" | "changed";
  readonly replacement: Replacement | null;
}

/**
 * What undoing one step means, from what its key holds now: take back only what is still as that run left it.
 * @param now ms since 1970, by the clock of the server that holds the key
 */
function reverse(step: Step, held: Held, now: number): Reversal {
  const previous = step.op === "create" ? null : revive(step.op, step.previous, now);
  const nothing = (outcome: "unchanged" | "changed"): Reversal => ({ outcome, replacement: null });
  if (held.state === "absent") {
    // It is gone already, or had gone by itself; bringing an old value back would undo whoever deleted it.
    return nothing(previous === null ? "unchanged" : "changed");
  }
  const digest = held.state === "string" ? sha1(held.value) : null;
  if (digest === step.digest) {
    if (previous === null) return { outcome: "deleted", replacement: { how: "delete" } };
    if (previous.how === "expire" && held.state === "string" && isAsLong(held.ttl, previous.ttlMs))
      return nothing("unchanged");
    return { outcome: "restored", replacement: previous };
  }
  if (previous === null || previous.how === "expire") return nothing("changed");
  const back = previous.how === "set" ? digest === sha1(previous.value) : held.state === "other";
  return nothing(back ? "unchanged" : "changed");
}

/** Whether a key lives as long as it should, to the second. */
function isAsLong(ttl: number | null, ttlMs: number | null): boolean {
  if (ttl === null || ttlMs === null) return ttl === null && ttlMs === null;
  return Math.abs(ttl * 1000 - ttlMs) < 1_000;
}

/** The previous value, or expiry, with what is left of its life; null once that has passed. */
function revive(
  op: "replace" | "expire",
  { text, base64, dump, ttlMs, at }: Previous,
  now: number,
): Exclude<Replacement, { how: "delete" }> | null {
  const left = ttlMs === null ? null : ttlMs - (now - at);
  if (left !== null && left <= 0) return null;
  if (op === "expire") return { how: "expire", ttlMs: left };
  if (dump !== undefined) return { how: "restore", dump: Buffer.from(dump, "base64"), ttlMs: left };
  return {
    how: "set",
    value: text === undefined ? Buffer.from(base64 ?? "", "base64") : Buffer.from(text),
    ttlMs: left,
  };
}

/** Takes one step of an earlier run back; with `live` false, only says what it would do. */
async function undo(step: Step, store: Store, live: boolean): Promise<Settled> {
  const redisKey = new Secret(step.key);
  const { outcome, replacement } = reverse(step, await store.read(redisKey), await store.timeAt(redisKey));
  if (replacement === null) return { outcome, fields: [] };
  const refusal = store.refusalOf(redisKey, payloadOf(replacement).length);
  if (refusal !== null) throw refusal;
  if (!live) return { outcome, fields: [] };
  const done = await store.replace(redisKey, { of: "value", sha1: step.digest }, replacement);
  return { outcome: done ? outcome : "changed", fields: [] };
}

interface Context {
  readonly journal: ReadJournal;
  readonly store: Store;
  readonly summary: Summary;
  readonly options: Options;
  readonly signal: AbortSignal | undefined;
}

const windowLimits = { count: 1_000, bytes: 4 * 1024 * 1024 };

/**
 * Takes an earlier run back, step by step, wherever Redis still holds what that run wrote. Where Redis restarted or
 * failed over meanwhile, what was taken back may have come back: then all steps are looked at once more.
 * @throws MigrateError `redis-unstable`
 */
export async function undoAll(context: Context): Promise<void> {
  const { store, summary, options } = context;
  const recorded = new RecordedOutcomes();
  const before = store.possibleLosses;
  await steps(context, (step, settled) => {
    recorded.add(settled.outcome);
    summary.settleUndo(step.kind, nameIn(options, step), settled);
  });
  await confirmNoDataLoss(context, before, !options.dryRun, () => {
    let place = 0;
    return steps(context, (step, settled) => {
      const was = recorded.at(place);
      if (was !== undefined && isOtherwise(was, settled.outcome)) {
        recorded.correct(place, settled.outcome);
        summary.recount(step.kind, nameIn(options, step), was, settled);
      }
      place += 1;
    });
  });
}

/** Whether a second look changes what a step counts as: what was taken back is no longer there to be, if all is well. */
function isOtherwise(before: Outcome, now: Outcome): boolean {
  const takenBack = before === "deleted" || before === "restored";
  return now !== before && !(takenBack && now === "unchanged");
}

async function steps(
  { journal, store, options, signal }: Context,
  done: (step: Step, settled: Settled) => void,
): Promise<void> {
  await throughWindow<{ step: Step; settled: Settled }>({
    limits: windowLimits,
    settle: ({ step, settled }) => done(step, settled),
    feed: async (window) => {
      for await (const step of journal.steps()) {
        if (signal?.aborted) break;
        if (window.full) await window.room();
        window.add(sizeOf(step), async () => ({
          step,
          settled: await settle(() => undo(step, store, !options.dryRun)),
        }));
      }
    },
    giveUp: store.close,
  });
}

/** About how much memory a step takes while it is under way, in bytes. */
function sizeOf(step: Step): number {
  const { text = "", base64 = "", dump = "" } = step.op === "create" ? {} : step.previous;
  return step.key.length + text.length + base64.length + dump.length;
}

function nameIn({ prefix }: Options, { kind, key }: Step): string {
  return nameOf(kind, idOf(prefix, kind, key));
}
