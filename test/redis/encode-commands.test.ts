import { Decoder, RESP_TYPES } from "@redis/client/dist/lib/RESP/decoder.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { CreationEncoder } from "../../src/redis/creation-encoder.js";
import { encodeCommands } from "../../src/redis/encode-commands.js";
import { makeEntry } from "../support/entry.js";

/** Commands as node-redis reads them: each is an array of strings, here as bytes. */
function decoded(pieces: readonly (string | Buffer)[]): Buffer[][] {
  const commands: Buffer[][] = [];
  const onReply = (reply: Buffer[]) => commands.push(reply);
  const others = { onErrorReply: () => {}, onPush: () => {} };
  const getTypeMapping = () => ({ [RESP_TYPES.BLOB_STRING]: Buffer });
  const bytes = Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
  new Decoder({ onReply, ...others, getTypeMapping }).write(bytes);
  return commands;
}

function expectSame(read: Buffer[][], commands: readonly (readonly (string | Buffer)[])[]): void {
  expect(read.map(({ length }) => length)).toEqual(commands.map(({ length }) => length));
  const isSame = (one: string | Buffer, at: number) => Buffer.from(one).equals(read.flat()[at] as Buffer);
  expect(commands.flat().every(isSame)).toBe(true);
}

const text = fc.oneof(fc.string({ unit: "binary", maxLength: 40 }), fc.constant("k".repeat(9_000)));
const long = fc.integer({ min: 32_000, max: 300_000 }).map((length) => Buffer.alloc(length, "v"));

test("commands are read as they were meant, whatever is in them and however long it is", () => {
  const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
  const command = fc.array(fc.oneof(text, bytes, { arbitrary: long, weight: 1 }), {
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(fc.array(command, { minLength: 1, maxLength: 6 }), (commands) => {
      expectSame(decoded(encodeCommands(commands)), commands);
    }),
    { numRuns: 50 },
  );
});

test("so are those that create records, with each expiry, and memory that is used again", () => {
  const encoder = new CreationEncoder();
  const expiry = fc.constantFrom(
    [null, null, ["NX"]],
    [60, null, ["EX", "60", "NX"]],
    [2_592_000, null, ["EX", "2592000", "NX"]],
    [60, 1_799_999_999_999, ["PXAT", "1799999999999", "NX"]],
  ) as fc.Arbitrary<[number | null, number | null, string[]]>;
  const value = fc.oneof(fc.string({ maxLength: 2_000 }), { arbitrary: long.map(String), weight: 1 });
  const record = fc.tuple(text, value, expiry).map(([id, json, [ttl, expiresAt, options]]) => {
    const entry = makeEntry("conversation", id, json, { ttl, expiresAt });
    return { entry, command: ["SET", entry.redisKey.reveal(), json, ...options] };
  });
  fc.assert(
    fc.property(fc.array(record, { maxLength: 20 }), (records) => {
      const { pieces, release } = encoder.encode(records.map(({ entry }) => entry));
      expectSame(
        decoded(pieces),
        records.map(({ command }) => command),
      );
      release();
    }),
    { numRuns: 50 },
  );
});
