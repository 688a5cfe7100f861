import { isUtf8 } from "node:buffer";
import type { Kind } from "../types/kind.js";
import { nameOf, redisKeyStart } from "./redis-key.js";

/** A key of a record as Redis holds it. */
export interface HeldKey {
  readonly kind: Kind;
  /** The id, or the API key masked. */
  readonly name: string;
  /** What stands behind the prefix and the kind. */
  readonly id: string;
  /** The whole key. It contains the API key, and is not to be shown. */
  readonly bytes: Buffer;
  /** Whether the library can name it: it knows text alone. */
  readonly isText: boolean;
}

/** @returns what makes a key of what stands behind the prefix and the kind */
export function heldKeysOf(prefix: string, kind: Kind): (idBytes: Buffer) => HeldKey {
  const start = Buffer.from(redisKeyStart(prefix, kind));
  return (idBytes) => {
    const id = idBytes.toString();
    const bytes = Buffer.concat([start, idBytes]);
    return { kind, name: nameOf(kind, id), id, bytes, isText: isUtf8(idBytes) };
  };
}
