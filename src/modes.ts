import { migrateError } from "./errors.js";
import type { Entry, Mode, Settled } from "./model.js";
import { Refusal, type Store } from "./redis/store.js";
import { compare } from "./target/compare.js";
import { judge, resolve } from "./target/resolve.js";

/** What a mode does with one record. */
export type Act = (store: Store, entry: Entry) => Promise<Settled>;

/** How often a record is tried again that Redis first held and then, when asked, did not: it expired in between. */
const attempts = 3;

async function migrate(store: Store, entry: Entry): Promise<Settled> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (await store.create(entry)) return { outcome: "created", fields: [] };
    const comparison = compare(entry, await store.read(entry.redisKey));
    const outcome = resolve(comparison);
    if (outcome !== "created") return { outcome, fields: comparison.fields };
  }
  return { outcome: "failed", fields: [], reason: "the key comes and goes while this runs" };
}

async function dryRun(store: Store, entry: Entry): Promise<Settled> {
  const comparison = compare(entry, await store.read(entry.redisKey));
  return { outcome: resolve(comparison), fields: comparison.fields };
}

async function verify(store: Store, entry: Entry): Promise<Settled> {
  const comparison = compare(entry, await readable(() => store.read(entry.redisKey)));
  return { outcome: judge(comparison), fields: comparison.fields };
}

/**
 * What may not be read can be neither right nor wrong, so a verification ends here.
 * @throws MigrateError `redis-unreadable`
 */
export async function readable<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw error instanceof Refusal
      ? migrateError("redis-unreadable", { words: error.message }, error)
      : error;
  }
}

/** The act of each mode. */
export const acts: Readonly<Record<Mode, Act>> = { migrate, "dry-run": dryRun, verify };

/** Carries out `act`; a command that Redis refused is this record's outcome, and no reason to stop. */
export async function settle(act: Act, store: Store, entry: Entry): Promise<Settled> {
  try {
    return await act(store, entry);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { outcome: "failed", fields: [], reason: error.message };
  }
}
