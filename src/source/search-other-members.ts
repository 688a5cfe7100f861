import { mayHoldRecord } from "./is-of-this-library.js";
import type { Level } from "./json/scanner-visitor.js";
import { kindAt } from "./kind-and-id-by-path.js";

/** A chunk of a text, and how many bytes of the text stand before it. */
interface Chunk {
  readonly bytes: Buffer;
  readonly bytesBefore: number;
}

/** Follows what stands beside the sets in the outermost object. Positions are bytes from the start of the text. */
interface OtherMembers {
  /** The outermost value, or a member of it, begins at a position of the chunk. */
  valueAt(path: readonly Level[], at: number, chunk: Chunk): void;
  /** All of a chunk was scanned. */
  endOf(chunk: Chunk): void;
  /** Behind damage, nobody knows what belongs to the member in hand. */
  damaged(): void;
}

/**
 * Searches members beside the library's sets, which are skipped, for what may be records all the same.
 * @param otherSets gets the name of each such member, as a set of no rows
 */
export function searchOtherMembers(otherSets: Map<string, number>): OtherMembers {
  let name: string | null = null;
  let from = 0;
  const search = ({ bytes, bytesBefore }: Chunk, to: number) => {
    if (name === null) return;
    const part = bytes.subarray(Math.max(0, from - bytesBefore), Math.max(0, to - bytesBefore));
    if (!otherSets.has(name) && mayHoldRecord(part)) otherSets.set(name, 0);
    from = to;
  };
  return {
    valueAt: (path, at, chunk) => {
      // Behind the member stand a comma and the name of the value that begins.
      search(chunk, chunk.bytesBefore + chunk.bytes.subarray(0, at - chunk.bytesBefore).lastIndexOf(","));
      const [root] = path;
      name = root !== undefined && !root.array && kindAt(path) === null ? root.name : null;
      from = at;
    },
    endOf: (chunk) => search(chunk, chunk.bytesBefore + chunk.bytes.length),
    damaged: () => {
      name = null;
    },
  };
}
