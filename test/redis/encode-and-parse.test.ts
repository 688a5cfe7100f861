import { ErrorReply } from "@redis/client";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeCommands } from "../../src/redis/encode-commands.js";
import { type Reply, ReplyParser } from "../../src/redis/reply-parser.js";

/** All replies in these bytes, which come in chunks that end at `cuts`. */
function parse(bytes: Buffer, cuts: readonly number[] = []): Reply[] {
  const replies: Reply[] = [];
  const parser = new ReplyParser((reply) => replies.push(reply));
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  let from = 0;
  for (const end of ends) {
    parser.read(Buffer.from(bytes.subarray(from, end)));
    from = end;
  }
  return replies;
}

const cuts = fc.array(fc.nat(), { maxLength: 8 });

test("each kind of reply is read, wherever the chunks end", () => {
  const bytes = Buffer.from(
    "+OK\r\n+QUEUED é\r\n-ERR no\r\n:-2\r\n:1234567890123\r\n$-1\r\n$0\r\n\r\n$5\r\n a\r\n \r\n*-1\r\n*0\r\n*3\r\n$1\r\nx\r\n$-1\r\n*1\r\n:1\r\n",
  );
  const expected = ["OK", "QUEUED é", new ErrorReply("ERR no"), -2, 1234567890123, null, Buffer.from("")];
  const nested = [Buffer.from(" a\r\n "), null, [], [Buffer.from("x"), null, [1]]];
  for (let cut = 0; cut <= bytes.length; cut += 1)
    expect(parse(bytes, [cut])).toStrictEqual([...expected, ...nested]);
  expect(parse(bytes, Array.from(bytes.keys()))).toStrictEqual([...expected, ...nested]);
});

test.each(["HTTP/1.1 400 Bad Request\r\n", "$x\r\n", ":1x\r\n", "\r\n"])(
  "%j is not Redis' protocol",
  (text) => {
    expect(() => parse(Buffer.from(text))).toThrow("Unknown RESP type");
  },
);

test("commands are read as they were meant, whatever is in them and however long it is", () => {
  const text = fc.oneof(fc.string({ unit: "binary", maxLength: 40 }), fc.constant("k".repeat(9_000)));
  const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
  const long = fc.integer({ min: 32_000, max: 300_000 }).map((length) => Buffer.alloc(length, "v"));
  const command = fc.array(fc.oneof(text, bytes, { arbitrary: long, weight: 1 }), {
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(fc.array(command, { minLength: 1, maxLength: 6 }), cuts, (commands, ends) => {
      const pieces = encodeCommands(commands, (size) => Buffer.alloc(size));
      const read = parse(Buffer.concat(pieces), ends) as Buffer[][];
      expect(read.map(({ length }) => length)).toEqual(commands.map(({ length }) => length));
      const isSame = (one: string | Buffer, at: number) => Buffer.from(one).equals(read.flat()[at] as Buffer);
      expect(commands.flat().every(isSame)).toBe(true);
    }),
    { numRuns: 50 },
  );
});
