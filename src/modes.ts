import { isUtf8 } from "node:buffer";
import { isTooLong, migrateError } from "./errors.js";
import type { Previous } from "./journal/lines.js";
import type { Journal } from "./journal/write.js";
import type { Comparison, Entry, Held, Mode, Policy, Settled } from "./model.js";
import type { Digest, Store } from "./redis/store.js";
import { Failed, Refusal } from "./redis/store.js";
import type { Secret } from "./secret.js";
import { compare } from "./target/compare.js";
import { sha1 } from "./target/digest.js";
import { lackingHeap } from "./target/heap.js";
import type { MemoryEstimate } from "./target/memory.js";
import type { Decision } from "./target/resolve.js";
import { judge, resolve } from "./target/resolve.js";

/** What a record needs to be carried through. */
interface Means {
  readonly store: Store;
  readonly journal: Journal;
  /** Whether the run keeps a journal, or, of a dry run, the run that follows. */
  readonly keepsJournal: boolean;
  readonly policy: Policy;
  /** Where a dry run adds up what its work would cost in memory. */
  readonly estimate: MemoryEstimate;
}

/** What became of some records; null where it is not known, for the reason that `failure` holds. */
export interface Outcomes {
  readonly settled: readonly (Settled | null)[];
  readonly failure: { readonly error: unknown } | null;
}

/** What a mode does with records that come together. */
export type Act = (entries: readonly Entry[], means: Means) => Promise<Outcomes>;

const created: Settled = { outcome: "created", fields: [] };

/** Records as they come: nearly all are not there yet, and are created together; each of the others goes its own way. */
async function migrateAll(entries: readonly Entry[], means: Means): Promise<Outcomes> {
  const held = await readAll(entries, means, false);
  // A value that is too large for Redis goes the way of one record, where that is told.
  const isFresh = entries.map(({ redisKey, value }, at) => {
    return isAbsent(held[at]) && means.store.refusalOf(redisKey, value.length) === null;
  });
  const fresh = entries.filter((_, at) => isFresh[at]);
  const isNew = await createAll(fresh, means);
  let next = 0;
  return gather(
    entries.map((entry, at) => {
      if (isFresh[at]) {
        const done = isNew[next];
        next += 1;
        if (done === true) return created;
        if (done instanceof Failed) return done;
        return migrate(entry, means);
      }
      const one = held[at] as Held | Failed;
      return one instanceof Failed ? one : migrate(entry, means, one);
    }),
  );
}

function isAbsent(held: Held | Failed | undefined): boolean {
  return held !== undefined && !(held instanceof Failed) && held.state === "absent";
}

function readAll(entries: readonly Entry[], { store }: Means, there: boolean): Promise<(Held | Failed)[]> {
  return store.readAll(
    entries.map(({ redisKey }) => redisKey),
    there,
  );
}

/** Creates records that were not there; where one is by now, nothing is done about it. */
async function createAll(entries: readonly Entry[], means: Means): Promise<(boolean | Failed)[]> {
  if (entries.length === 0) return [];
  const first = await means.journal.createAll(entries);
  const done = await means.store.createAll(entries);
  return Promise.all(
    done.map((one, at) => {
      if (one === true) return one;
      const act = async () => orThrow(one);
      // Where this fails, the others are written all the same, and count.
      return announced(first + at, entries[at] as Entry, means, act).catch((error) => new Failed(error));
    }),
  );
}

function orThrow<T>(done: T | Failed): T {
  if (done instanceof Failed) throw done.error;
  return done;
}

/** Does what step `step` of the journal announces; where it is known not to be done, the step is cancelled. */
async function announced(
  step: number,
  { redisKey }: Entry,
  { store, journal }: Means,
  act: () => Promise<boolean>,
): Promise<boolean> {
  let done = false;
  try {
    done = await act();
    return done;
  } catch (error) {
    done = store.mayHaveDone(redisKey);
    throw error;
  } finally {
    if (!done) await journal.cancel(step);
  }
}

const tooLong =
  "what Redis holds cannot be kept in the journal, and was left as it is: it is longer than any text that Node can hold";

/** What throws at once is one record's outcome as well as what is rejected later. */
function guarded<T>(act: () => T): T | Failed {
  try {
    return act();
  } catch (error) {
    return new Failed(error);
  }
}

/** Waits for all; a command that Redis refused is its record's outcome, and no reason to stop. */
async function gather(acts: readonly (Settled | Failed | Promise<Settled>)[]): Promise<Outcomes> {
  const settled: (Settled | null)[] = [];
  let failure: Outcomes["failure"] = null;
  for (const one of await Promise.allSettled(acts)) {
    const error =
      one.status === "rejected" ? one.reason : one.value instanceof Failed ? one.value.error : null;
    if (error === null && one.status === "fulfilled") {
      settled.push(one.value as Settled);
    } else if (error instanceof Refusal || isTooLong(error)) {
      const reason = error instanceof Refusal ? error.message : tooLong;
      settled.push({ outcome: "failed", fields: [], reason });
    } else {
      settled.push(null);
      failure ??= { error };
    }
  }
  return { settled, failure };
}

/** How often a record is compared anew that the app wrote, or that expired, between reading and writing it. */
const attempts = 5;

/**
 * One record, from its comparison to what became of it, and again where it changes meanwhile.
 * @param known what its key was just seen to hold
 */
async function migrate(entry: Entry, means: Means, known: Held | null = null): Promise<Settled> {
  let fields: Comparison["fields"] = [];
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const held = (attempt === 0 ? known : null) ?? (await means.store.read(entry.redisKey));
    const comparison = compare(entry, held);
    const decision = resolve(entry, held, comparison, means.policy);
    const { outcome } = decision;
    fields = decision.fields;
    throwIfTooLarge(entry, decision, means);
    if (outcome === "created") {
      if (await create(entry, means)) return { outcome, fields: [] };
    } else if (outcome === "updated") {
      if (await update(entry, held, decision, means)) return { outcome, fields };
    } else {
      return { outcome, fields };
    }
  }
  return { outcome: "conflict", fields, reason: "the app keeps writing it while this runs" };
}

/** @throws Refusal where Redis is known not to take the value that is to be written */
function throwIfTooLarge({ redisKey }: Entry, { outcome, value }: Decision, { store }: Means): void {
  if (value === null || (outcome !== "created" && outcome !== "updated")) return;
  const refusal = store.refusalOf(redisKey, value.length);
  if (refusal !== null) throw refusal;
}

async function create(entry: Entry, means: Means): Promise<boolean> {
  const step = await means.journal.create(entry);
  return announced(step, entry, means, () => means.store.create(entry));
}

async function update(entry: Entry, held: Held, { value }: Decision, means: Means): Promise<boolean> {
  const { kind, redisKey, ttl } = entry;
  const { store, journal, keepsJournal } = means;
  const now = await previousOf(redisKey, held, value === null, store);
  if (now === null) return false;
  const { previous, digest } = now;
  const ttlMs = ttl === null ? null : ttl * 1000;
  // What is kept nowhere need not become text, which may be too long.
  const announce = () =>
    value === null
      ? journal.expire(kind, redisKey, digest.sha1, previous())
      : journal.replace(kind, redisKey, value, previous());
  const step = keepsJournal ? await announce() : 0;
  const replacement =
    value === null ? ({ how: "expire", ttlMs } as const) : ({ how: "set", value, ttlMs } as const);
  return announced(step, entry, means, () => store.replace(redisKey, digest, replacement));
}

/** What the key held when it was compared, to be kept and to be told by; null where it is gone by now. */
async function previousOf(
  redisKey: Secret,
  held: Held,
  expiryAlone: boolean,
  store: Store,
): Promise<{ previous: () => Previous; digest: Digest } | null> {
  const at = await store.timeAt(redisKey);
  if (held.state === "string") {
    const { value, ttl } = held;
    const life = { ttlMs: ttl === null ? null : Math.round(ttl * 1000), at };
    const content = () => (isUtf8(value) ? { text: value.toString() } : { base64: value.toString("base64") });
    const previous = () => (expiryAlone ? life : { ...asText(value, content), ...life });
    return { previous, digest: { of: "value", sha1: sha1(value) } };
  }
  const dumped = await store.dump(redisKey);
  if (dumped === null) return null;
  const { dump, ttlMs } = dumped;
  const previous = () => ({ ...asText(dump, () => ({ dump: dump.toString("base64") })), ttlMs, at });
  return { previous, digest: { of: "dump", sha1: sha1(dump) } };
}

/** What a key held, as text for the journal. @throws as `mustBeText` does */
function asText<T>(held: Buffer, content: () => T): T {
  mustBeText(held);
  return content();
}

/** @throws Refusal, where Node has not the memory to make text of what a key held */
function mustBeText(held: Buffer): void {
  const lacking = lackingHeap([held]);
  if (lacking === null) return;
  throw new Refusal(`what Redis holds cannot be kept in the journal, and was left as it is: it ${lacking}`);
}

async function dryRunAll(entries: readonly Entry[], means: Means): Promise<Outcomes> {
  const held = await readAll(entries, means, false);
  return gather(entries.map((entry, at) => guarded(() => dryRun(entry, held[at] as Held | Failed, means))));
}

function dryRun(entry: Entry, held: Held | Failed, means: Means): Settled | Failed | Promise<Settled> {
  if (held instanceof Failed) return held;
  const { policy, estimate, store, keepsJournal } = means;
  const comparison = compare(entry, held);
  const decision = resolve(entry, held, comparison, policy);
  const { outcome, value, fields } = decision;
  throwIfTooLarge(entry, decision, means);
  if (outcome === "created") estimate.create(entry.redisKey.reveal(), entry.value.length, entry.ttl);
  if (outcome === "updated" && value !== null) {
    const before = held.state === "string" ? held.value : Buffer.alloc(0);
    if (keepsJournal) mustBeText(before);
    estimate.replace(before.length, value.length);
  }
  if (outcome === "created") return created;
  const settled = { outcome, fields };
  // The run asks for what another type holds, which may be more than Redis hands out.
  if (outcome === "updated" && held.state === "other") return store.dump(entry.redisKey).then(() => settled);
  return settled;
}

async function verifyAll(entries: readonly Entry[], means: Means): Promise<Outcomes> {
  const held = await readAll(entries, means, true);
  return gather(
    entries.map((entry, at) => {
      const one = held[at] as Held | Failed;
      if (one instanceof Failed) return isOfOneValue(one.error) ? one : new Failed(asUnreadable(one.error));
      const comparison = compare(entry, one);
      const decision = resolve(entry, one, comparison, means.policy);
      return { outcome: judge(comparison, decision), fields: decision.fields };
    }),
  );
}

/**
 * What may not be read can be neither right nor wrong, so a verification ends here.
 * @throws MigrateError `redis-unreadable`
 */
export async function readable<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw asUnreadable(error);
  }
}

/** One value that Redis closes the connection for says nothing of the others. */
function isOfOneValue(error: unknown): boolean {
  return error instanceof Refusal && error.ofOneValue;
}

function asUnreadable(error: unknown): unknown {
  return error instanceof Refusal ? migrateError("redis-unreadable", { words: error.message }, error) : error;
}

/** The modes that carry records from the files to Redis, or compare them. */
export type CarryingMode = Exclude<Mode, "undo">;

/** The act of each mode that carries records. */
export const acts: Readonly<Record<CarryingMode, Act>> = {
  migrate: migrateAll,
  "dry-run": dryRunAll,
  verify: verifyAll,
};

/** Carries something out; a command that Redis refused is this record's outcome, and no reason to stop. */
export async function settle(act: () => Promise<Settled>): Promise<Settled> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { outcome: "failed", fields: [], reason: error.message };
  }
}
