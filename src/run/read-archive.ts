import { stat } from "node:fs/promises";
import { migrateError } from "../errors.js";
import type { FoundInArchive } from "../pipeline/archive.js";
import { fingerprintOf } from "../record/digest.js";
import { SeenKeys } from "../record/seen-keys.js";
import { noRow } from "../record/seen-row.js";
import { identityOf } from "../source/file-identity.js";
import type { Reader } from "../source/read-in-thread-or-here.js";
import { recognise } from "../source/recognise-file.js";
import type { Entry } from "../types/entry.js";
import type { OpenArchive } from "./open-archive.js";

/**
 * Reads an archive that is there already, which is not written to: what is in it need not be archived any more.
 * @param mayHold whether a record may stand in it
 * @throws MigrateError `archive-unreadable`, `archive-holds-more`, `source-unreadable`
 */
export async function readArchive(
  path: string,
  reader: Reader,
  mayHold: (entry: Entry) => boolean,
  signal: AbortSignal | undefined,
): Promise<OpenArchive> {
  const unreadable = (reason: string) => migrateError("archive-unreadable", { path, reason });
  const stats = await stat(path).catch(() => null);
  if (!stats?.isFile()) throw unreadable("it is no file, or a link that leads to none");
  const identity = identityOf(stats);
  const candidate = { path, bytes: stats.size, named: true, identity, stdinFile: null };
  const layout = await recognise(candidate);
  if (layout === null || layout === "unreadable")
    throw unreadable("it holds neither conversations nor API keys of chatgpt-official");
  const held = new SeenKeys();
  for await (const { items, release } of reader.recordsOf({ ...candidate, layout })) {
    for (const one of items) {
      if ("rejection" in one) throw unreadable(`line ${one.rejection.place.line}: ${one.rejection.reason}`);
      if (!mayHold(one)) throw migrateError("archive-holds-more", { path, line: one.place.line });
      held.add(one.keyDigest, { ...noRow, value: fingerprintOf(one.value) });
    }
    release?.();
    if (signal?.aborted) break;
  }
  const find = ({ redisKey, value }: Entry): FoundInArchive => {
    const found = held.find(redisKey.reveal());
    if (found === null) return "missing";
    return found.value === fingerprintOf(value) ? "same" : "different";
  };
  return { path, find, bytes: 0, add: async () => {}, finish: async () => path, close: async () => null };
}
