import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  allocated,
  bucketBytes,
  MemoryEstimate,
  memoryModelOf,
  mostBytes,
  tableBytes,
  valueBytes,
} from "../../src/preflight/memory-estimate.js";

describe("allocated: of jemalloc's size classes, takes the smallest that is large enough", () => {
  it.each([
    [0, 16],
    [1, 16],
    [16, 16],
    [17, 32],
    [24, 32],
    [112, 112],
    [113, 128],
    [128, 128],
    [129, 160],
    [161, 192],
    [224, 224],
    [225, 256],
    [256, 256],
    [257, 320],
    [512, 512],
    [513, 640],
    [1_024, 1_024],
    [1_025, 1_280],
    [4_097, 5_120],
    [14_336, 14_336],
    [14_337, 16_384],
    [20_481, 24_576],
    [2 ** 20, 2 ** 20],
    [2 ** 20 + 1, 1.25 * 2 ** 20],
    [2 ** 29 + 1, 1.25 * 2 ** 29],
  ])("%d bytes take %d", (bytes, taken) => {
    expect(allocated(bytes)).toBe(taken);
  });

  it("takes what a class holds, no less than was asked for, and a quarter more at most", () => {
    const property = fc.property(fc.integer({ min: 128, max: 2 ** 30 }), (bytes) => {
      const taken = allocated(bytes);
      expect(allocated(taken)).toBe(taken);
      expect(taken).toBeGreaterThanOrEqual(bytes);
      expect(taken).toBeLessThanOrEqual(bytes * 1.25);
    });
    fc.assert(property, { seed: 1, numRuns: 500 });
  });
});

describe("valueBytes", () => {
  it.each([
    ["an empty string shares its object's allocation", 0, 32],
    ["and so does one of 12 bytes", 12, 32],
    ["of 13", 13, 48],
    ["and the longest that can", 44, 64],
    ["a longer one has an allocation of its own", 45, 16 + 64],
    ["of 124 bytes, with a header of 3", 124, 16 + 128],
    ["of 125", 125, 16 + 160],
    ["of 252 bytes, the last that fits its class", 252, 16 + 256],
    ["of 255 bytes, the longest under a header of 3", 255, 16 + 320],
    ["of 314 bytes, with a header of 5", 314, 16 + 320],
    ["of 315", 315, 16 + 384],
    ["of 20 kB", 20_000, 16 + 20_480],
    ["of 65,535 bytes, the longest under a header of 5", 65_535, 16 + 81_920],
    ["of 81,910 bytes, with a header of 9", 81_910, 16 + 81_920],
    ["of 81,911", 81_911, 16 + 98_304],
  ])("%s: %d bytes cost %d", (_what, length, cost) => {
    expect(valueBytes(length)).toBe(cost);
  });
});

const redis7 = (cluster: boolean) => memoryModelOf("redis 7.0.15", cluster);
const keyBytes = (key: number, value: number, expires: boolean, cluster: boolean) =>
  redis7(cluster).key(key, value, expires);
const estimateOf = (cluster: boolean) => new MemoryEstimate(redis7(cluster));

/** By how much an empty server grows. */
const grown = (estimate: MemoryEstimate) => estimate.growth(0, 0);

describe("a key of Redis 7: entry, name and value, and, of what expires, a second entry", () => {
  it.each([
    ["a short key", 14, 0, false, false, 32 + 16 + 32],
    ["a key of 15 bytes", 15, 0, false, false, 32 + 32 + 32],
    ["a key of 31 bytes, the longest under a header of 1", 31, 0, false, false, 32 + 48 + 32],
    ["a key of 44 bytes, with a header of 3", 44, 0, false, false, 32 + 48 + 32],
    ["a key of 45", 45, 0, false, false, 32 + 64 + 32],
    ["one that expires", 14, 0, true, false, 32 + 32 + 16 + 32],
    ["one in a cluster, whose entries are chained", 14, 0, false, true, 48 + 16 + 32],
    ["one that expires in a cluster", 14, 0, true, true, 48 + 32 + 16 + 32],
    ["a long value", 14, 20_000, false, false, 32 + 16 + 16 + 20_480],
  ])("%s", (_what, key, value, expires, cluster, cost) => {
    expect(keyBytes(key, value, expires, cluster)).toBe(cost);
  });
});

describe("tableBytes: a pointer a bucket, as many buckets as a power of two, and at least as many as keys", () => {
  it.each([
    [0, 0],
    [1, 32],
    [4, 32],
    [5, 64],
    [8, 64],
    [9, 128],
    [1_024, 8_192],
    [1_025, 16_384],
    [2 ** 24, 2 ** 27],
  ])("%d keys take %d bytes", (keys, bytes) => {
    expect(tableBytes(keys)).toBe(bytes);
  });
});

describe("bucketBytes: a line of 64 bytes for seven keys, a power of two of them, and lines chained to what is full", () => {
  it.each([
    [0, 0],
    [1, 64],
    [7, 64],
  ])("%d keys take %d bytes", (keys, bytes) => {
    expect(bucketBytes(keys)).toBe(bytes);
  });

  // As Valkey 8.1.1 was measured.
  it.each([
    [60, 1_024],
    [2_000, 34_112],
    [3_500, 45_248],
    [3_584, 67_456],
    [7_000, 91_264],
    [7_200, 134_016],
    [14_000, 181_952],
    [20_000, 295_488],
  ])("%d keys take about %d bytes", (keys, bytes) => {
    expect(bucketBytes(keys) / bytes).toBeGreaterThan(0.95);
    expect(bucketBytes(keys) / bytes).toBeLessThan(1.05);
  });
});

describe("memoryModelOf: what keys cost on a server, as it was measured", () => {
  it.each<[string, boolean, number, number, boolean, number]>([
    ["redis 6.0.16", false, 40, 100, false, 208],
    ["redis 6.0.16", true, 14, 100, false, 176 + 62],
    ["redis 6.0.16", true, 58, 100, false, 224 + 110],
    ["redis 6.0.16", true, 120, 100, false, 288 + 191],
    ["redis 7.0.15", true, 40, 100, true, 208 + 32 + 16],
    ["redis 8.0.2", true, 40, 100, true, 208 + 32],
    ["valkey 8.1.1", false, 40, 100, false, 176],
    ["valkey 8.1.1", false, 40, 100, true, 192],
    ["valkey 8.1.1", false, 12, 30, false, 64],
    ["valkey 8.1.1", false, 12, 44, true, 96],
    ["valkey 8.1.1", false, 130, 300, false, 480],
    ["valkey 8.1.1", false, 130, 300, true, 480],
  ])(
    "%s, cluster %s: a key of %d with a value of %d, expiring %s, takes %d",
    (server, cluster, key, value, expires, bytes) => {
      const estimated = memoryModelOf(server, cluster).key(key, value, expires);
      expect(estimated).toBeGreaterThanOrEqual(bytes);
      expect(estimated).toBeLessThanOrEqual(bytes + 2);
    },
  );

  it.each<[string, number, number]>([
    ["redis 7.4.0", 2_560 + 32, 64 + 32],
    ["redis 8.0.2", 2_560 + 32, 64 + 32],
    ["valkey 8.1.1", 96 + 64, 96 + 64],
  ])(
    "%s: the first key of a cluster's slot takes %d for its table, and %d for that of expiries",
    (server, table, expiries) => {
      const model = memoryModelOf(server, true);
      expect([model.bySlot, model.table(1), model.expiryTable(1)]).toEqual([true, table, expiries]);
      expect([model.table(0), model.expiryTable(0)]).toEqual([0, 0]);
      expect(memoryModelOf(server, false).bySlot).toBe(false);
    },
  );

  it("of a cluster, counts a table for each slot that has none yet", () => {
    const model = memoryModelOf("redis 8.0.2", true);
    const spread = new MemoryEstimate(model);
    const together = new MemoryEstimate(model);
    for (let at = 0; at < 100; at += 1) {
      spread.create(`key-${at}`, 10, null);
      together.create(`{tag}key-${at}`, 10, null);
    }
    expect(grown(spread)).toBeGreaterThan(95 * (2_560 + 32));
    expect(grown(together)).toBeLessThan(2_560 + 1_024 + 100 * 200);
    // Where most slots have a table, most of the new keys need none.
    expect(spread.growth(40_000, 0)).toBeLessThan(20 * (2_560 + 32));
    expect(spread.growth(100_000_000, 0)).toBeLessThan(100 * 200);
  });

  it.each([
    ["redis 6.0.16", true],
    ["redis 6.2.14", false],
    ["redis 7.0.15", true],
    ["redis 7.2.4", false],
    ["redis 7.4.1", false],
    ["redis 8.0.2", true],
    ["redis 8.2.0", false],
    ["redis 9.0.0", false],
    ["redis 5.0.14", false],
    ["valkey 7.2.5", false],
    ["valkey 8.0.1", false],
    ["valkey 8.1.3", true],
    ["valkey 9.0.0", false],
    [null, false],
  ])("of %s knows the very structures: %s", (server, exact) => {
    for (const cluster of [false, true]) expect(memoryModelOf(server, cluster).exact).toBe(exact);
  });

  it.each(["redis 6.0.16", "redis 7.0.15", "redis 8.0.2", "valkey 8.1.1"])(
    "of a version that was not measured, is no less than %s takes",
    (server) => {
      for (const cluster of [false, true]) {
        const [known, other] = [memoryModelOf(server, cluster), memoryModelOf("redis 7.2.4", cluster)];
        for (const [key, value] of [
          [20, 10],
          [60, 44],
          [60, 45],
          [200, 5_000],
        ] as const) {
          for (const expires of [false, true])
            expect(other.key(key, value, expires)).toBeGreaterThanOrEqual(known.key(key, value, expires));
        }
        expect(other.table(1)).toBeGreaterThanOrEqual(cluster ? known.table(1) : 32);
      }
    },
  );
});

describe("MemoryEstimate", () => {
  it("is nothing where nothing is written", () => {
    expect(grown(estimateOf(false))).toBe(0);
    expect(estimateOf(true).growth(1_000, 1_000)).toBe(0);
  });

  it("adds up what is created, in bytes of UTF-8, with the tables that grow", () => {
    const estimate = estimateOf(false);
    estimate.create("chatgpt:keys:漢", Buffer.byteLength("😀".repeat(100)), null);
    expect(grown(estimate)).toBe(keyBytes(16, 400, false, false) + tableBytes(1));
    estimate.create("chatgpt:conversations:a", Buffer.byteLength("{}"), 60);
    const second = keyBytes(23, 2, true, false);
    expect(grown(estimate)).toBe(keyBytes(16, 400, false, false) + second + tableBytes(2) + tableBytes(1));
  });

  it("counts the longer entries of a cluster", () => {
    const estimate = estimateOf(true);
    estimate.create("a", Buffer.byteLength("b"), 60);
    expect(grown(estimate)).toBe(keyBytes(1, 1, true, true) + 2 * tableBytes(1));
  });

  it.each([
    ["a key whose table has room", 5, 0, null, 0],
    ["a key whose table is full", 8, 0, null, 64],
    ["an expiring key, where both tables have room", 5, 5, 60, 0],
    ["an expiring key, where the table of expiries is full", 5, 4, 60, 32],
    ["an expiring key, where both are full", 8, 4, 60, 96],
  ])("of %s adds what its tables grow by", (_what, keys, expiring, ttl, more) => {
    const estimate = estimateOf(false);
    estimate.create("a", Buffer.byteLength("b"), ttl);
    expect(estimate.growth(keys, expiring)).toBe(keyBytes(1, 1, ttl !== null, false) + more);
  });

  it.each([
    ["what is longer costs more", "x".repeat(45), "x".repeat(1_000), 1_024 - 64],
    ["what stays within its class costs nothing", "x".repeat(45), "x".repeat(50), 0],
    ["bytes count, not characters", "x".repeat(400), "漢".repeat(400), 1_280 - 448],
    ["what is shorter makes it no less than nothing", "x".repeat(1_000), "x".repeat(45), 0],
  ])("of what is replaced: %s", (_what, before, after, more) => {
    const estimate = estimateOf(false);
    estimate.replace(Buffer.byteLength(before), Buffer.byteLength(after));
    expect(grown(estimate)).toBe(more);
  });

  it("lets what is freed make room for what is created", () => {
    const estimate = estimateOf(false);
    estimate.create("a", Buffer.byteLength("b"), null);
    estimate.replace(75, 50);
    expect(estimate.growth(5, 0)).toBe(keyBytes(1, 1, false, false) - 16);
  });

  it.each([false, true])("anew is empty, and of the same kind: a cluster's is %s", (cluster) => {
    const used = estimateOf(cluster);
    used.create("a", Buffer.byteLength("b"), 60);
    const estimate = used.anew();
    expect(grown(estimate)).toBe(0);
    estimate.create("a", Buffer.byteLength("b"), 60);
    expect(grown(estimate)).toBe(grown(used));
  });
});

describe("mostBytes", () => {
  /** The shortest records that are valid, but for their ids: their text in the file, and what of it is their value. */
  const shapes = [
    { set: "keys:", text: '{"key":""},', value: '{"key":""}', expires: false },
    {
      set: "conversations:",
      text: '{"id":"","messages":[]},',
      value: '{"id":"","messages":[]}',
      expires: true,
    },
    { set: "keys:", text: '"":{},', value: '{"key":""}', expires: false },
    { set: "conversations:", text: '"":{"messages":[]},', value: '{"id":"","messages":[]}', expires: true },
  ];

  /** Just beyond a power of two, tables are twice as large as they need to be. */
  const counts = fc.oneof(
    fc.nat(2 ** 24),
    fc.nat(24).map((power) => 2 ** power + 1),
  );

  const servers = ["redis 6.0.16", "redis 7.0.15", "redis 7.4.0", "redis 8.0.2", "valkey 8.1.1", null];

  it("is more than any file of short records costs, on every server, in a cluster too", () => {
    const of = [
      fc.constantFrom(...servers),
      fc.constantFrom(...shapes),
      fc.boolean(),
      fc.integer({ min: 1, max: 40 }),
      fc.nat(60),
      fc.nat(80),
    ] as const;
    const property = fc.property(...of, counts, (server, shape, cluster, id, more, prefix, count) => {
      const model = memoryModelOf(server, cluster);
      // There are no more ids than that of so few characters that can be printed.
      const records = Math.min(count, 95 ** id);
      const key = prefix + shape.set.length + id;
      // As evenly over the slots as can be: that makes the most tables.
      const slots = model.bySlot ? Math.min(records, 16_384) : 1;
      const each = records === 0 ? 0 : Math.ceil(records / slots);
      const tables = slots * (model.table(each) + (shape.expires ? model.expiryTable(each) : 0));
      const cost = records * model.key(key, shape.value.length + id + more, shape.expires) + tables;
      expect(mostBytes(records * (shape.text.length + id + more), prefix, cluster)).toBeGreaterThan(cost);
    });
    // Among the costliest of all: few bytes in the file, and tables just grown.
    type Example = [
      (typeof servers)[number],
      (typeof shapes)[number],
      boolean,
      number,
      number,
      number,
      number,
    ];
    const examples = servers.flatMap((server) =>
      shapes.flatMap((shape) =>
        [true, false].flatMap((cluster): Example[] => [
          [server, shape, cluster, 3, 0, 7, 2 ** 17 + 1],
          [server, shape, cluster, 3, 0, 7, 16_384],
          [server, shape, cluster, 4, 0, 80, 2 ** 20 + 1],
        ]),
      ),
    );
    fc.assert(property, { seed: 1, numRuns: 3_000, examples });
  });

  it("is more than an estimate of such records, in a cluster too where they are conversations", () => {
    const keys = estimateOf(false);
    const conversations = estimateOf(true);
    let [keysFile, conversationsFile] = [0, 0];
    for (let at = 0; at < 70_000; at += 1) {
      const [key, id] = [`{"key":"${at.toString(36)}"}`, `{"id":"${at.toString(36)}","messages":[]}`];
      keys.create(`chatgpt:keys:${at.toString(36)}`, Buffer.byteLength(key), null);
      conversations.create(`chatgpt:conversations:${at.toString(36)}`, Buffer.byteLength(id), 60);
      keysFile += key.length + 1;
      conversationsFile += id.length + 1;
    }
    expect(mostBytes(keysFile, 8, false)).toBeGreaterThan(grown(keys));
    expect(mostBytes(conversationsFile, 8, true)).toBeGreaterThan(grown(conversations));
  });

  it("grows with the prefix, which stands in each key and not in the file", () => {
    expect(mostBytes(1_000_000, 100, false)).toBeGreaterThan(mostBytes(1_000_000, 0, false));
  });
});
