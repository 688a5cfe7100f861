import { migrateError } from "../errors.js";
import type { Options } from "../options.js";
import { at } from "../redis/address.js";
import type { Store } from "../redis/store.js";
import type { Summary } from "./summary.js";

interface Context {
  readonly store: Store;
  readonly summary: Summary;
  readonly options: Options;
  readonly signal: AbortSignal | undefined;
}

/** Redis that loses data more often than this during one run is in no state for it. */
const mostDataLosses = 20;

/**
 * Asks every master once more who it is, and runs again as often as data may have been lost meanwhile, until each is
 * still the one that was written to. Warns of replicas that lag behind.
 * @param before the possible losses when the run began
 * @param wrote whether replicas get some time to acknowledge what was written
 * @throws MigrateError `redis-unstable`
 */
export async function confirmNoDataLoss(
  { store, summary, options, signal }: Context,
  before: number,
  wrote: boolean,
  runAgain: () => Promise<void>,
): Promise<void> {
  let behind: readonly string[] = [];
  for (let known = before; ; ) {
    if (!signal?.aborted) behind = await store.confirm(wrote);
    if (store.possibleLosses === known || signal?.aborted) break;
    if (store.possibleLosses > mostDataLosses)
      throw migrateError("redis-unstable", { at: at(options.address) });
    known = store.possibleLosses;
    await runAgain();
  }
  for (const sentence of behind) summary.warn("replicas-behind", sentence);
}
