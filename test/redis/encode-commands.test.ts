import { Decoder, RESP_TYPES } from "@redis/client/dist/lib/RESP/decoder.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeCommands } from "../../src/redis/encode-commands.js";

/** Commands as node-redis reads them: each is an array of strings, here as bytes. */
function decoded(bytes: Buffer): Buffer[][] {
  const commands: Buffer[][] = [];
  const onReply = (reply: Buffer[]) => commands.push(reply);
  const others = { onErrorReply: () => {}, onPush: () => {} };
  const getTypeMapping = () => ({ [RESP_TYPES.BLOB_STRING]: Buffer });
  new Decoder({ onReply, ...others, getTypeMapping }).write(bytes);
  return commands;
}

test("commands are read as they were meant, whatever is in them and however long it is", () => {
  const text = fc.oneof(fc.string({ unit: "binary", maxLength: 40 }), fc.constant("k".repeat(9_000)));
  const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
  const long = fc.integer({ min: 32_000, max: 300_000 }).map((length) => Buffer.alloc(length, "v"));
  const command = fc.array(fc.oneof(text, bytes, { arbitrary: long, weight: 1 }), {
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(fc.array(command, { minLength: 1, maxLength: 6 }), (commands) => {
      const pieces = encodeCommands(commands, (size) => Buffer.alloc(size));
      const read = decoded(Buffer.concat(pieces));
      expect(read.map(({ length }) => length)).toEqual(commands.map(({ length }) => length));
      const isSame = (one: string | Buffer, at: number) => Buffer.from(one).equals(read.flat()[at] as Buffer);
      expect(commands.flat().every(isSame)).toBe(true);
    }),
    { numRuns: 50 },
  );
});
