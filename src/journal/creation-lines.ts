import { putNumber } from "../put-bytes.js";
import type { Entry } from "../types/entry.js";
import type { Kind } from "../types/kind.js";

/** More than a line takes beside its key. In bytes. */
const otherBytes = 160;

const start = Buffer.from('{"op":"create","n":');
const beforeDigest = Buffer.from('","digest":"');
const end = Buffer.from('"}\n');

/** The lines of steps that create records, as `JSON.stringify` would write them, with no text made of most. */
export function creationLines(entries: readonly Entry[], first: number, again: boolean): Buffer {
  // What is escaped takes six bytes at most.
  const most = entries.reduce((sum, { keyLength }) => sum + keyLength * 6 + otherBytes, 0);
  const memory = Buffer.allocUnsafe(most);
  const mark = again ? ',"again":true' : "";
  const beforeKey = (kind: Kind) => Buffer.from(`${mark},"kind":"${kind}","key":"`);
  const [ofConversations, ofKeys] = [beforeKey("conversation"), beforeKey("key")];
  let at = 0;
  let step = first;
  for (const entry of entries) {
    memory.set(start, at);
    at = putNumber(memory, at + start.length, step);
    step += 1;
    const next = entry.kind === "key" ? ofKeys : ofConversations;
    memory.set(next, at);
    const keyAt = at + next.length;
    at = entry.putKey(memory, keyAt);
    if (needsEscapes(memory, keyAt, at))
      at = keyAt + memory.write(JSON.stringify(entry.redisKey.reveal()).slice(1, -1), keyAt);
    memory.set(beforeDigest, at);
    at += beforeDigest.length;
    at += memory.write(entry.digest, at, "latin1");
    memory.set(end, at);
    at += end.length;
  }
  return memory.subarray(0, at);
}

/** Whether JSON escapes anything in some bytes of UTF-8: a control character, a quote, or a backslash. */
function needsEscapes(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] as number;
    if (byte < 0x20 || byte === 0x22 || byte === 0x5c) return true;
  }
  return false;
}
