import { constants, gunzipSync, gzipSync, inflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { gunzip } from "../../src/source/unpack-gzip.js";

/** What is unpacked of a file, and what is reported of it. */
async function unpack(file: Buffer, size = 1000) {
  const damages: string[] = [];
  const parts: Buffer[] = [];
  async function* open(from: number) {
    for (let at = from; at < file.length; at += size) yield Buffer.from(file.subarray(at, at + size));
  }
  for await (const part of gunzip(open, 4096, (reason) => damages.push(reason)))
    parts.push(Buffer.from(part));
  return { text: Buffer.concat(parts), damages };
}

/** Numbers that hardly repeat, so that they stay long when packed. */
const numbers = (count: number, seed: number) =>
  Buffer.from(Array.from({ length: count }, (_, at) => Math.sin(at * seed)).join());
const text = numbers(20_000, 1.1);
const other = numbers(300, 2.3);
const packed = gzipSync(text);

describe("a gzip file", () => {
  it.each<[string, Buffer, Buffer]>([
    ["of one member", packed, text],
    [
      "of three members",
      Buffer.concat([packed, gzipSync(other), gzipSync("")]),
      Buffer.concat([text, other]),
    ],
    ["with zeros behind it, as padding", Buffer.concat([packed, Buffer.alloc(5_000)]), text],
    [
      "with a member behind padding",
      Buffer.concat([packed, Buffer.alloc(7), gzipSync(other)]),
      Buffer.concat([text, other]),
    ],
  ])("%s: is unpacked whole, and nothing is reported", async (_name, file, whole) => {
    for (const size of [1, 1000, 1_000_000].filter((size) => file.length / size < 20_000)) {
      const { text, damages } = await unpack(file, size);
      expect(text.equals(whole)).toBe(true);
      expect(damages).toEqual([]);
    }
  });

  it.each<[string, Buffer]>([
    ["text", Buffer.from("bye\n")],
    ["one byte", Buffer.from("x")],
    ["zeros and text", Buffer.from("\0\0\0bye")],
    ["what begins as a member", Buffer.from([0x1f, 0x8b, 7, 1, 2, 3])],
  ])(
    "with %s behind it: all of it is unpacked, and the rest reported once with its bytes",
    async (_name, rest) => {
      const file = Buffer.concat([packed, rest]);
      const zeros = rest.findIndex((byte) => byte !== 0);
      const length = rest.length - zeros;
      for (const size of [1000, packed.length, 1_000_000]) {
        const { text: unpacked, damages } = await unpack(file, size);
        expect(unpacked.equals(text)).toBe(true);
        expect(damages).toEqual([
          `${length} byte${length === 1 ? "" : "s"} behind the gzip data, from byte ${packed.length + zeros} of the file on, were not read`,
        ]);
      }
    },
  );

  it.each([
    ["checksum", -8],
    ["length", -4],
  ])(
    "with a wrong %s: all of it is unpacked, what is behind it too, and it is reported",
    async (what, at) => {
      const wrong = Buffer.from(packed);
      wrong.writeUInt32LE(7, wrong.length + at);
      const { text: unpacked, damages } = await unpack(Buffer.concat([wrong, gzipSync(other)]));
      expect(unpacked.equals(Buffer.concat([text, other]))).toBe(true);
      expect(damages).toHaveLength(1);
      expect(damages[0]).toContain(what);
    },
  );

  it("that is cut off: all that can be unpacked is, to the last byte, wherever it is cut", async () => {
    for (const cut of [packed.length - 1, packed.length - 8, packed.length - 9, 70_001, 20, 9, 2]) {
      const file = packed.subarray(0, cut);
      const { text: unpacked, damages } = await unpack(file);
      const possible = cut < 10 ? 0 : gunzipSync(file, { finishFlush: 2 }).length;
      expect(unpacked.equals(text.subarray(0, possible))).toBe(true);
      expect(damages).toHaveLength(1);
    }
  });

  it("whose data is damaged: what stands before that is unpacked, and the rest reported with its bytes", async () => {
    const file = Buffer.from(packed);
    const { text: unpacked, damages } = await unpack(
      Buffer.concat([file.subarray(0, 60_000), Buffer.alloc(200, 0xff), file.subarray(60_200)]),
    );
    expect(unpacked.length).toBeGreaterThan(110_000);
    const kept = text.subarray(0, 110_000);
    expect(unpacked.subarray(0, kept.length).equals(kept)).toBe(true);
    expect(damages).toHaveLength(1);
    expect(damages[0]).toMatch(
      /damaged at byte 6\d{4} of the file: the \d+ bytes from there on were not unpacked/,
    );
  });

  it("that cannot be read: the error is handed on", async () => {
    async function* broken(): AsyncGenerator<Buffer> {
      yield packed.subarray(0, 100);
      throw new Error("the disk is gone");
    }
    await expect(gunzip(broken, 4096, () => {}).next()).rejects.toThrow("the disk is gone");
  });
});

it("a file is closed by whoever stops reading it, however early, damaged or not", async () => {
  const wrong = Buffer.from(packed);
  wrong.writeUInt32LE(1, wrong.length - 8);
  for (const file of [packed, Buffer.concat([packed, Buffer.from("text")]), wrong]) {
    for (const chunks of [1, 2, 30, Number.POSITIVE_INFINITY]) {
      let open = 0;
      async function* opening(from: number) {
        open += 1;
        try {
          for (let at = from; at < file.length; at += 1000) yield file.subarray(at, at + 1000);
        } finally {
          open -= 1;
        }
      }
      let read = 0;
      for await (const _ of gunzip(opening, 4096, () => {})) {
        read += 1;
        if (read >= chunks) break;
      }
      await expect.poll(() => open).toBe(0);
    }
  }
});

it("of a damaged file all is unpacked that can be, to the byte", async () => {
  const header = 10;
  for (let at = 200; at < packed.length - 200; at += Math.ceil(packed.length / 40)) {
    const file = Buffer.from(packed);
    file.fill(0xff, at, at + 40);
    const upTo = (end: number) =>
      inflateRawSync(file.subarray(header, end), { finishFlush: constants.Z_SYNC_FLUSH });
    let [fine, wrong] = [header, file.length];
    while (wrong - fine > 1) {
      const middle = Math.floor((fine + wrong) / 2);
      try {
        upTo(middle);
        fine = middle;
      } catch {
        wrong = middle;
      }
    }
    const { text, damages } = await unpack(file);
    expect(text.equals(upTo(fine))).toBe(true);
    // Some damage is data as well, and shows by the checksum alone.
    const fails = fine < file.length - 1;
    const what = fails ? `damaged at byte ${fine} of the file` : "checksum";
    expect(damages).toEqual([expect.stringContaining(what)]);
  }
});
