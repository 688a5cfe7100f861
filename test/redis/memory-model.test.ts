import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MemoryEstimate } from "../../src/preflight/memory-estimate.js";
import {
  allocated,
  bucketBytes,
  memoryModelOf,
  tableBytes,
  valueBytes,
} from "../../src/redis/memory-model.js";

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
