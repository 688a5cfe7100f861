import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MemoryEstimate, mostBytes } from "../../src/preflight/memory-estimate.js";
import { memoryModelOf, tableBytes } from "../../src/redis/memory-model.js";

const redis7 = (cluster: boolean) => memoryModelOf("redis 7.0.15", cluster);
const keyBytes = (key: number, value: number, expires: boolean, cluster: boolean) =>
  redis7(cluster).key(key, value, expires);
const estimateOf = (cluster: boolean) => new MemoryEstimate(redis7(cluster));

/** By how much an empty server grows. */
const grown = (estimate: MemoryEstimate) => estimate.growth(0, 0);

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
