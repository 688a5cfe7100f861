import { describe, expect, it } from "vitest";
import { checkMemory, lackingMemory } from "../../src/preflight/check-memory.js";
import { mayCall } from "../../src/preflight/check-permissions.js";
import { checkServer } from "../../src/preflight/check-server.js";
import type { Facts, MasterFacts, TriedCommand } from "../../src/preflight/server-facts.js";
import type { Mode } from "../../src/types/mode-and-policy.js";
import type { Finding } from "../../src/types/redis-findings.js";

/** A master with which nothing is wrong. */
const healthy: MasterFacts = {
  at: "a:1",
  share: 1,
  server: "redis 7.0.15",
  role: "master",
  followsMaster: null,
  loading: false,
  appends: true,
  save: null,
  lastSaveFailed: false,
  largestValue: { bytes: 2 ** 29, setting: "proto-max-bulk-len" },
  maxMemory: 0,
  usedMemory: 1_000,
  policy: "noeviction",
  keys: 0,
  expiring: 0,
  tried: [],
};

const factsOf = (...differing: readonly Partial<MasterFacts>[]): Facts => ({
  masters: differing.map((one) => ({ ...healthy, ...one })),
  inUse: null,
});

const refusedTo = (
  command: string,
  refused: TriedCommand["refused"],
  without: TriedCommand["without"] = null,
): TriedCommand => ({ command, without, refused });

const modes = ["migrate", "dry-run", "verify", "undo"] as const satisfies readonly Mode[];

/** Code and severity of what is found in each of the modes; null where nothing is. */
function verdicts(facts: Facts): (readonly [string, Finding["severity"]] | null)[] {
  return modes.map((mode) => {
    const found = checkServer(facts, mode);
    expect(found.length).toBeLessThanOrEqual(1);
    return found.map(({ code, severity }) => [code, severity] as const)[0] ?? null;
  });
}

const refuse = (code: string) => [code, "refuse"] as const;
const warning = (code: string) => [code, "warning"] as const;
const note = (code: string) => [code, "note"] as const;

/** What concerns those alone who write. */
const toWriters = <T>(found: T) => [found, found, null, found] as const;
const toAll = <T>(found: T): T[] => [found, found, found, found];

describe("checkServer: what is found in the modes migrate, dry-run, verify, undo where a server", () => {
  it.each<readonly [string, Partial<MasterFacts>, readonly ReturnType<typeof verdicts>[number][]]>([
    ["is healthy", {}, toAll(null)],
    [
      "is a replica",
      { role: "slave" },
      [refuse("not-master"), refuse("not-master"), warning("replica"), refuse("not-master")],
    ],
    [
      "is a replica that follows its master",
      { role: "slave", followsMaster: true },
      [refuse("not-master"), refuse("not-master"), warning("replica"), refuse("not-master")],
    ],
    [
      "is a replica that does not",
      { role: "slave", followsMaster: false },
      [refuse("not-master"), refuse("not-master"), refuse("replica-alone"), refuse("not-master")],
    ],
    [
      "does not say its role, and answers READONLY",
      { role: null, tried: [refusedTo("SET", "readonly")] },
      [refuse("not-master"), refuse("not-master"), warning("replica"), refuse("not-master")],
    ],
    ["is loading", { loading: true }, toAll(refuse("loading"))],
    ["answers MISCONF", { tried: [refusedTo("SET", "misconf")] }, toWriters(refuse("cannot-persist"))],
    [
      "answers MISCONF, as its last save failed",
      { tried: [refusedTo("SET", "misconf")], lastSaveFailed: true },
      toWriters(refuse("cannot-persist")),
    ],
    ["failed to save, and writes all the same", { lastSaveFailed: true }, toWriters(warning("save-failed"))],
    ["answers NOREPLICAS", { tried: [refusedTo("SET", "replicas")] }, toWriters(refuse("no-replicas"))],
    ["answers OOM", { tried: [refusedTo("EVAL", "oom")] }, toWriters(refuse("out-of-memory"))],
    [
      "writes neither an append-only file nor snapshots",
      { appends: false, save: "" },
      toWriters(warning("no-persistence")),
    ],
    ["writes snapshots alone", { appends: false, save: "3600 1" }, toAll(null)],
    ["writes an append-only file alone", { appends: true, save: "" }, toAll(null)],
    ["evicts any key", { maxMemory: 9_000, policy: "allkeys-lru" }, toWriters(warning("eviction"))],
    [
      "evicts keys with an expiry",
      { maxMemory: 9_000, policy: "volatile-ttl" },
      toWriters(warning("eviction")),
    ],
    ["evicts none", { maxMemory: 9_000, policy: "noeviction" }, toAll(null)],
    ["has a policy, and no limit", { maxMemory: 0, policy: "allkeys-lru" }, toAll(null)],
    ["does not say its limit", { maxMemory: null, policy: "allkeys-lru" }, toAll(null)],
    ["does not say its policy", { maxMemory: 9_000, policy: null }, toAll(null)],
    [
      "lets the user call what the run needs not at all",
      { tried: [refusedTo("SET", "command"), refusedTo("EVAL", "command"), refusedTo("GET", null)] },
      toAll(refuse("permission")),
    ],
    [
      "does not know what the run needs",
      { tried: [refusedTo("DUMP", "unknown")] },
      toAll(refuse("unknown-command")),
    ],
    [
      "is too old for an option that the run needs",
      { server: "redis 6.0.16", tried: [refusedTo("SET", "syntax"), refusedTo("SET", null)] },
      toAll(refuse("too-old")),
    ],
    [
      "lets the user touch some of the keys",
      { tried: [refusedTo("GET", "key"), refusedTo("GET", null)] },
      toAll(refuse("key-permission")),
    ],
    ...(["command", "unknown", "key"] as const).map(
      (how): readonly [string, Partial<MasterFacts>, ReturnType<typeof verdicts>] => [
        `lacks what the run can do without (${how})`,
        { tried: [refusedTo("SCAN", how, "extra keys are not counted")] },
        toAll(warning("without")),
      ],
    ),
    [
      "lets the user call neither INFO nor CONFIG",
      {
        ...{ role: null, loading: null, appends: null, save: null, lastSaveFailed: null },
        ...{ maxMemory: null, usedMemory: null, policy: null, largestValue: null },
      },
      toAll(warning("unchecked")),
    ],
    [
      "lets the user call CONFIG, and not INFO",
      {
        ...{ role: null, loading: null, appends: null, save: "", lastSaveFailed: null },
        ...{ maxMemory: null, usedMemory: null, policy: null },
      },
      toAll(warning("unchecked")),
    ],
    [
      "lets the user call INFO, and not CONFIG",
      { appends: false, save: null, largestValue: null },
      toWriters(note("unchecked")),
    ],
    ["appends, and does not say its settings", { largestValue: null }, toWriters(note("unchecked"))],
    [
      "is of a version whose memory is not known",
      { server: "valkey 9.0.0" },
      [note("memory-upward"), note("memory-upward"), null, null],
    ],
    ["says by INFO that it appends, and not its save points", { appends: true, save: null }, toAll(null)],
  ])("%s", (_what, differing, found) => {
    expect(verdicts(factsOf(differing))).toEqual(found);
  });
});

describe("checkServer", () => {
  const messageOf = (facts: Facts, mode: Mode = "migrate") =>
    checkServer(facts, mode).map(({ message }) => message);

  it("gives each finding a sentence that names the server, and a hint", () => {
    const all = factsOf({
      ...{ at: "cache:7000", role: "slave", loading: true, appends: false, save: "", lastSaveFailed: true },
      ...{ maxMemory: 9_000, policy: "allkeys-lfu", usedMemory: null },
      tried: [
        ...[refusedTo("SET", "replicas"), refusedTo("SET", "oom"), refusedTo("EVAL", "command")],
        refusedTo("GET", "key"),
      ],
    });
    const found = checkServer(all, "migrate");
    expect(found.map(({ code }) => code)).toEqual([
      ...["not-master", "loading", "save-failed", "no-replicas", "out-of-memory", "no-persistence"],
      ...["eviction", "permission", "key-permission", "unchecked"],
    ]);
    for (const { message, hint } of found) {
      expect(message).toMatch(/^Redis at cache:7000 /);
      expect(hint).toMatch(/^[A-Z].*\.$/);
    }
  });

  it.each([
    ["allkeys-random", "API keys, which have no expiry, may go too"],
    ["volatile-lru", "conversations may go before their time"],
  ])("says of the policy %s that %s", (policy, words) => {
    expect(messageOf(factsOf({ maxMemory: 1, policy }))).toEqual([
      `Redis at a:1 throws keys away when its memory is full (maxmemory-policy ${policy}): ${words}`,
    ]);
  });

  it("names each command that the user may not call once, to a dry run as to the run", () => {
    const tried = ["SET", "EVAL", "SET", "EVAL"].map((command) => refusedTo(command, "command"));
    for (const mode of ["migrate", "dry-run"] as const)
      expect(messageOf(factsOf({ tried }), mode)).toEqual([
        "Redis at a:1 does not let this user call SET, EVAL",
      ]);
  });

  it("says once what comes of each command that can be done without", () => {
    const lacks = [
      refusedTo("SCAN", "command", "this is not counted"),
      refusedTo("TIME", "unknown", "that is guessed"),
    ];
    expect(messageOf(factsOf({ tried: [...lacks, ...lacks] }))).toEqual([
      "Redis at a:1 does not let this user call SCAN: this is not counted; TIME: that is guessed",
    ]);
  });

  it("says whether all masters let a user call a command", () => {
    const lacks = { tried: [refusedTo("SCAN", "unknown", "")] };
    expect(mayCall(factsOf({}, lacks), "SCAN")).toBe(false);
    expect(mayCall(factsOf({}, lacks), "GET")).toBe(true);
    expect(mayCall(factsOf({ tried: [refusedTo("SCAN", "readonly", "")] }), "SCAN")).toBe(true);
  });

  it("of what several masters share, says the worst", () => {
    const facts = factsOf({ at: "a:1", appends: false }, { at: "b:2", usedMemory: null });
    expect(checkServer(facts, "dry-run")).toEqual([
      expect.objectContaining({
        severity: "warning",
        message: expect.stringMatching(/^Redis at b:2 .*\(and 1 more\)$/),
      }),
    ]);
  });

  const byInfo =
    "its role, memory and eviction policy, and at the end whether it evicted keys, is still the same master and its replicas have all that was written";

  it.each([
    [{ usedMemory: null, save: "" }, `${byInfo} (INFO)`],
    [{ appends: false, save: null }, "whether it saves to disk (CONFIG GET)"],
    [{ largestValue: null }, "how large a value it takes (CONFIG GET)"],
    [
      { usedMemory: null, appends: null, save: null, largestValue: null },
      `${byInfo} (INFO) and whether it saves to disk and how large a value it takes (CONFIG GET)`,
    ],
  ])("of %j names what is not known, and, to a verification, what matters to it", (differing, unknown) => {
    expect(messageOf(factsOf(differing))).toEqual([`Redis at a:1 did not let this user check ${unknown}`]);
    const less = "its role, and at the end whether it is still the same master (INFO)";
    expect(messageOf(factsOf(differing), "verify")).toEqual(
      unknown.includes("INFO") ? [`Redis at a:1 did not let this user check ${less}`] : [],
    );
  });

  it.each([
    [["a:1", "b:2"], "Redis at a:1 is still loading its data (and 1 more)"],
    [["a:1", "b:2", "c:3"], "Redis at a:1 is still loading its data (and 2 more)"],
  ])("says what the masters %j share once", (names, message) => {
    const found = checkServer(factsOf(...names.map((at) => ({ at, loading: true }))), "migrate");
    expect(found).toEqual([expect.objectContaining({ code: "loading", severity: "refuse", message })]);
  });

  it("says what one of several masters alone has without counting the others", () => {
    const facts = factsOf({ at: "a:1" }, { at: "b:2", loading: true }, { at: "c:3", role: "slave" });
    expect(messageOf(facts)).toEqual([
      expect.stringMatching(/^Redis at c:3 is a replica: [^()]*$/),
      "Redis at b:2 is still loading its data",
    ]);
  });

  it.each([
    ["1 key", { keys: 1, all: true }],
    ["5 keys", { keys: 5, all: true }],
    ["more than 5 keys", { keys: 5, all: false }],
  ])("notes %s under the prefix to those who write records, and to nobody else", (keys, inUse) => {
    const facts = { ...factsOf({}), inUse };
    expect(verdicts(facts)).toEqual([note("prefix-in-use"), note("prefix-in-use"), null, null]);
    expect(messageOf(facts)).toEqual([`Redis holds ${keys} under this prefix already`]);
  });

  it("has nothing to say of a prefix that nothing stands under", () => {
    expect(verdicts({ ...factsOf({}), inUse: { keys: 0, all: true } })).toEqual(toAll(null));
  });
});

describe("lackingMemory", () => {
  it.each<readonly [string, readonly Partial<MasterFacts>[], number, object[]]>([
    ["all that is free is enough", [{ maxMemory: 1_500, usedMemory: 1_000 }], 500, []],
    ["a byte more is not", [{ maxMemory: 1_500, usedMemory: 1_000 }], 501, [{ at: "a:1", lacks: 1 }]],
    [
      "a part of a byte counts whole",
      [{ maxMemory: 1_500, usedMemory: 1_000 }],
      500.1,
      [{ at: "a:1", lacks: 1 }],
    ],
    ["more is used than allowed", [{ maxMemory: 900, usedMemory: 1_000 }], 0, [{ at: "a:1", lacks: 100 }]],
    ["there is no limit", [{ maxMemory: 0, usedMemory: 1_000 }], 1e12, []],
    ["the limit is not known", [{ maxMemory: null, usedMemory: 1_000 }], 1e12, []],
    ["what is used is not known", [{ maxMemory: 1_500, usedMemory: null }], 1e12, []],
    [
      "each master needs room for its share alone",
      [
        { at: "a:1", share: 0.25, maxMemory: 1_500 },
        { at: "b:2", share: 0.5, maxMemory: 1_500 },
        { at: "c:3", share: 0.25, maxMemory: 1_100 },
      ],
      2_000,
      [
        { at: "b:2", lacks: 500 },
        { at: "c:3", lacks: 400 },
      ],
    ],
  ])("%s", (_what, masters, bytes, lacking) => {
    expect(lackingMemory(factsOf(...masters), bytes)).toEqual(lacking);
  });
});

describe("checkMemory", () => {
  it("finds nothing where the run fits", () => {
    expect(checkMemory(factsOf({ maxMemory: 2_000 }), 1_000)).toBeNull();
  });

  it.each([
    ["noeviction", "it would refuse a part of it"],
    [null, "it would refuse a part of it"],
    ["allkeys-lru", "it would throw keys away (allkeys-lru)"],
  ])("refuses what does not fit; under the policy %s, %s", (policy, then) => {
    const facts = factsOf({ maxMemory: 3_000_000, usedMemory: 2_000_000, policy });
    expect(checkMemory(facts, 2_540_000)).toEqual({
      severity: "refuse",
      code: "memory",
      message: `This needs about 2.5 MB of Redis' memory, and Redis at a:1 has 1.5 MB too little (maxmemory): ${then}`,
      hint: "Raise maxmemory, or migrate less (--only).",
    });
  });

  it("names the first master that is short of memory, with its own policy", () => {
    const facts = factsOf(
      { at: "a:1", share: 0.5 },
      { at: "b:2", share: 0.5, maxMemory: 1_000_000, usedMemory: 0, policy: "volatile-lru" },
    );
    expect(checkMemory(facts, 6_000_000)?.message).toMatch(
      /^This needs about 6\.0 MB .* Redis at b:2 has 2\.0 MB too little .*\(volatile-lru\)$/,
    );
  });

  it("of a version that was not measured, says that it is an upper bound", () => {
    const facts = factsOf({ maxMemory: 3_000_000, usedMemory: 2_000_000, server: "redis 7.2.4" });
    expect(checkMemory(facts, 2_540_000)?.message).toMatch(
      /^This needs at most about 2\.5 MB .*: it might refuse a part of it$/,
    );
  });
});
