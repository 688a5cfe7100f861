import { gatherKeys, type KeyList } from "../record/key-list.js";
import { prefixPattern, redisKeyStart, scanPattern } from "../record/redis-key.js";
import type { Store } from "../redis/store.js";
import { type Kind, kinds } from "../types/kind.js";

/** Keys of each kind, without what all of a kind begin with. */
export type KeysByKind = Readonly<Record<Kind, KeyList>>;

/**
 * Finds the keys of all records, or of one kind alone, on every master. Both kinds are found in one pass: SCAN goes
 * through all keys of a server, whatever it is to match. A cluster is searched twice: a key that moved meanwhile, from
 * a master that was still to be searched to one that had been, is on that one the second time.
 * @param goOn asked again and again whether to go on
 */
export async function findKeys(
  store: Store,
  prefix: string,
  only: Kind | null,
  goOn: () => boolean,
): Promise<KeysByKind> {
  const wanted = kinds.filter((kind) => only === null || kind === only);
  const starts = wanted.map((kind) => [kind, Buffer.from(redisKeyStart(prefix, kind))] as const);
  const found = { conversation: gatherKeys(), key: gatherKeys() };
  const pattern = only === null ? prefixPattern(prefix) : scanPattern(prefix, only);
  const times = store.topology === "cluster" ? 2 : 1;
  for (let time = 1; time <= times; time += 1) {
    // It may have a further master by then.
    if (time > 1) await store.confirm(false);
    for await (const keys of store.scan(pattern)) {
      for (const key of keys)
        for (const [kind, start] of starts)
          if (key.subarray(0, start.length).equals(start)) found[kind].add(key.subarray(start.length));
      if (!goOn()) break;
    }
  }
  return { conversation: found.conversation.sorted(), key: found.key.sorted() };
}
