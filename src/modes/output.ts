import type { Pass } from "../pipeline/act-on-all-records.js";
import { CreationEncoder } from "../redis/creation-encoder.js";
import type { Entry } from "../types/entry.js";
import type { Settled } from "../types/outcome.js";

const written: Settled = { outcome: "written", fields: [] };

/**
 * What writes the commands that create records as Redis protocol, in the order of the files.
 * @param write appends bytes, and keeps none of them; once it has failed it is not called again
 */
export function commandWriter(write: (bytes: Uint8Array) => Promise<void>): Pass<unknown>["action"] {
  const encoder = new CreationEncoder();
  const writeCommands = async (entries: readonly Entry[]): Promise<void> => {
    const { pieces, release } = encoder.encode(entries);
    for (const piece of pieces) await write(piece);
    release();
  };
  let last: Promise<void> = Promise.resolve();
  return async (entries) => {
    // Several batches come at once; where one could not be written, none may follow.
    last = last.then(() => writeCommands(entries));
    await last;
    return { settled: entries.map(() => written), failure: null };
  };
}
