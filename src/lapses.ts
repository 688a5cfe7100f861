import { migrateError } from "./errors.js";
import type { Options } from "./options.js";
import type { Store } from "./redis/store.js";
import type { Tally } from "./tally.js";
import { at } from "./target/address.js";

interface Context {
  readonly store: Store;
  readonly tally: Tally;
  readonly options: Options;
  readonly signal: AbortSignal | undefined;
}

/** Redis that loses data more often than this during one run is in no state for it. */
const mostLapses = 20;

/**
 * Asks every master once more who it is, and looks again as often as data may have been lost since `before`, until every
 * one is still the one that was looked at. Warns of replicas that lag behind.
 * @param before the lapses when the first look began
 * @param wrote whether replicas get some time to acknowledge what was written
 * @throws MigrateError `redis-unstable`
 */
export async function confirmAll(
  { store, tally, options, signal }: Context,
  before: number,
  wrote: boolean,
  lookAgain: () => Promise<void>,
): Promise<void> {
  let behind: readonly string[] = [];
  for (let known = before; ; ) {
    if (!signal?.aborted) behind = await store.confirm(wrote);
    if (store.lapses === known || signal?.aborted) break;
    if (store.lapses > mostLapses) throw migrateError("redis-unstable", { at: at(options.address) });
    known = store.lapses;
    await lookAgain();
  }
  for (const sentence of behind) tally.warn("replicas-behind", sentence);
}
