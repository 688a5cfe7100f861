import type { Pass } from "../pipeline/act-on-all-records.js";
import { createCommand } from "../redis/create-record.js";
import { encodeCommands, pieceBytes } from "../redis/encode-commands.js";
import type { Entry } from "../types/entry.js";
import type { Settled } from "../types/outcome.js";

const written: Settled = { outcome: "written", fields: [] };

/**
 * What writes the commands that create records as Redis protocol, in the order of the files.
 * @param write appends bytes, and keeps none of them; once it has failed it is not called again
 */
export function commandWriter(write: (bytes: Uint8Array) => Promise<void>): Pass<unknown>["action"] {
  /** Memory that commands were written from, to be used again. */
  const spare: Buffer[] = [];
  const writeCommands = async (entries: readonly Entry[]): Promise<void> => {
    const used: Buffer[] = [];
    const room = (bytes: number): Buffer => {
      const piece = (bytes <= pieceBytes ? spare.pop() : undefined) ?? Buffer.allocUnsafeSlow(bytes);
      used.push(piece);
      return piece;
    };
    for (const piece of encodeCommands(entries.map(createCommand), room)) await write(piece);
    spare.push(...used.filter(({ length }) => length === pieceBytes));
  };
  let last: Promise<void> = Promise.resolve();
  return async (entries) => {
    // Several batches come at once; where one could not be written, none may follow.
    last = last.then(() => writeCommands(entries));
    await last;
    return { settled: entries.map(() => written), failure: null };
  };
}
