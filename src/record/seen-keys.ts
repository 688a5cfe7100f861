import { sha256 } from "./digest.js";
import { type KeyDigest, KeyTable } from "./key-table.js";
import type { SeenRow } from "./seen-row.js";

const firstSlots = 16 * 1024;

/**
 * Remembers every Redis key of a run in 20 bytes a slot, however long the key, 4 more where there are several sources, and
 * 8 more where a source cannot be read again from the middle, with at least half of the slots in use; a `Map` takes
 * several times as much, and ends at 16.7 million entries. It grows by tables beside the full ones: a larger one in their
 * place would need the memory of both until V8 notices.
 */
export class SeenKeys {
  readonly #tables = [new KeyTable(firstSlots)];
  #slots = firstSlots;

  get size(): number {
    return this.#tables.reduce((sum, { size }) => sum + size, 0);
  }

  /** @returns where the key was seen before; otherwise remembers that it was seen at `row`, and returns null */
  add(key: string, row: SeenRow): SeenRow | null {
    const digest = digestOf(key);
    const known = this.#find(digest);
    if (known === null) this.#tableWithRoom().add(digest, row);
    return known;
  }

  /** Where the key was seen first; null where it was not. */
  find(key: string): SeenRow | null {
    return this.#find(digestOf(key));
  }

  #find(digest: KeyDigest): SeenRow | null {
    for (const table of this.#tables) {
      const known = table.find(digest);
      if (known !== null) return known;
    }
    return null;
  }

  /** The last table, or one more where that is full. */
  #tableWithRoom(): KeyTable {
    const last = this.#tables.at(-1) as KeyTable;
    if (!last.full) return last;
    const more = new KeyTable(Math.ceil(this.#slots / 2));
    this.#slots += more.slots;
    this.#tables.push(more);
    return more;
  }
}

function digestOf(key: string): KeyDigest {
  const bytes = sha256(key);
  return { first: wordAt(bytes, 0), second: wordAt(bytes, 4), third: wordAt(bytes, 8) };
}

function wordAt(bytes: string, start: number): number {
  const high = (bytes.charCodeAt(start) << 8) | bytes.charCodeAt(start + 1);
  return ((high << 16) | (bytes.charCodeAt(start + 2) << 8) | bytes.charCodeAt(start + 3)) >>> 0;
}
