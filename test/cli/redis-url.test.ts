import { describe, expect, it } from "vitest";
import { endpointsOf, nameOfEndpoint } from "../../src/redis/address.js";
import { options, problemsOf } from "../support/parse.js";

describe("a URL", () => {
  it.each([
    ["redis://cache:7000/3", { host: "cache", port: 7000, database: 3, tls: null, path: null }],
    ["redis://cache", { host: "cache", port: 6379, database: 0 }],
    ["rediss://cache", { host: "cache", tls: { ca: null, cert: null, key: null, insecure: false } }],
    ["redis://[::1]:7000", { host: "::1", port: 7000 }],
    ["redis://app@cache", { username: "app", password: null }],
    ["unix:/run/redis.sock", { path: "/run/redis.sock", database: 0, tls: null }],
    ["unix:///run/my%20redis.sock?db=2", { path: "/run/my redis.sock", database: 2 }],
  ])("%s is read part by part", (url, address) => {
    expect(options({ url }).address).toMatchObject(address);
  });

  it("gives user and password, percent-decoded", () => {
    const { address } = options({ url: "redis://a%40b:made%2Fup@cache" });
    expect(address.username).toBe("a@b");
    expect(address.password?.reveal()).toBe("made/up");
  });

  it("gives way, part by part, to flags on user, password and database", () => {
    const flags = { username: "flag", password: "made-up-flag", database: "5" };
    const { address } = options({ url: "redis://url:made-up-url@cache:7000/3", ...flags });
    expect(address).toMatchObject({ host: "cache", port: 7000, username: "flag", database: 5 });
    expect(address.password?.reveal()).toBe("made-up-flag");
  });
});

describe("a list of hosts", () => {
  it.each([
    ["redis://a:1,b:2/0", {}, ["a:1", "b:2"]],
    ["redis://a,b:2,c", {}, ["a:6379", "b:2", "c:6379"]],
    ["redis://a,b/", {}, ["a:6379", "b:6379"]],
    ["redis://a:1,redis://b:2", {}, ["a:1", "b:2"]],
    ["redis://a:1,redis://b/0", {}, ["a:1", "b:6379"]],
    ["redis://a:1,redis://b", {}, ["a:1", "b:6379"]],
    ["redis://a,redis://b", {}, ["a:6379", "b:6379"]],
    ["REDIS://a,redis://b/", {}, ["a:6379", "b:6379"]],
    ["redis://[::1]:1,[2001:db8::2]:2", {}, ["[::1]:1", "[2001:db8::2]:2"]],
    ["redis://[::1],b:2,[::3]", {}, ["[::1]:6379", "b:2", "[::3]:6379"]],
    ["redis://a,b:2", { sentinel: "mymaster" }, ["a:26379", "b:2"]],
    ["redis://a:1,[::1]", { sentinel: "mymaster" }, ["a:1", "[::1]:26379"]],
  ])("%s, with %j, names %j", (url, flags, hosts) => {
    expect(endpointsOf(options({ url, ...flags }).address).map(nameOfEndpoint)).toEqual(hosts);
  });

  it("of IPv6 addresses holds them without their brackets", () => {
    const { host, others } = options({ url: "redis://[::1]:1,[::2]:2" }).address;
    expect([host, others]).toEqual(["::1", [{ host: "::2", port: 2 }]]);
  });

  it.each([
    ["redis://user:p%40ss@a,b:2", { username: "user", database: 0, tls: null }, "p@ss"],
    ["redis://:p%2Fss@a:1,b:2/3", { username: null, database: 3 }, "p/ss"],
    ["redis://user:p,ss@a:1", { host: "a", port: 1, others: [] }, "p,ss"],
    ["redis://user:p,ss@a:1,b:2", { host: "a", others: [{ host: "b", port: 2 }] }, "p,ss"],
    ["redis://a:1,redis://b:2/3", { database: 3 }, undefined],
    ["redis://a:1/3,redis://b:2/3", { database: 3 }, undefined],
    ["redis://user:p%2Cu:x@a,b", { username: "user", host: "a" }, "p,u:x"],
    ["rediss://a,rediss://b", { tls: { ca: null, cert: null, key: null, insecure: false } }, undefined],
    ["rediss://a,b", { tls: { ca: null, cert: null, key: null, insecure: false } }, undefined],
  ])("%s has one login, one database and one way of encryption", (url, address, password) => {
    const read = options({ url }).address;
    expect(read).toMatchObject(address);
    expect(read.password?.reveal()).toBe(password);
  });

  it("may stand in REDIS_URL", () => {
    expect(options({}, { REDIS_URL: "redis://a:1,b:2/0" }).address.others).toEqual([{ host: "b", port: 2 }]);
  });

  it.each([
    "redis://bob:sk-madeup@a:1,b:x",
    "redis://bob:sk-madeup@a:x,b:1",
    "redis://bob:sk-madeup@a:1,b:65536",
    "redis://bob:sk-madeup@a:1,b:2/x",
    "redis://bob:sk-madeup@a:1,b:2/0/1",
    "redis://bob:sk-madeup@a:1,",
    "redis://bob:sk-madeup@a:1,,b:2",
    "redis://bob:sk-madeup@,a:1",
    "redis://bob:sk-madeup@a:1,redis://",
    "redis://bob:sk-madeup@a:1,/0",
    "redis://bob:sk-madeup@a:1/1,redis://b:2/2",
    "redis://bob:sk-madeup@a:1,b:0",
    "redis://bob:sk-madeup@a:1,:2",
    "redis://bob:sk-madeup@a:1, b:2",
    "redis://bob:sk-madeup@a:1,b:2/0?db=1",
    "redis://bob:sk-madeup@a:1,b:2#0",
    "redis://a:1/0,redis://bob:sk-madeup@b:2",
    "redis://a:1,redis://bob:sk-madeup@b:2",
    "redis://bob:sk-madeup@a,redis://bob:sk-madeup@b",
    "redis://sk-madeup:1,sk-madeup:x",
    "redis://::1,sk-madeup",
  ])("%s is malformed, and never quoted", (url) => {
    for (const [flags, env, origin] of [
      [{ url }, {}, "--url"],
      [{}, { REDIS_URL: url }, "REDIS_URL"],
    ] as const) {
      const problems = problemsOf(flags, env);
      expect(problems).toEqual([expect.stringMatching(`^${origin}: `)]);
      expect(problems).toEqual([expect.not.stringContaining("sk-madeup")]);
    }
  });
});

describe("a mistake in a list of hosts is", () => {
  it.each([
    "redis://bob:sk-madeup@a,bob:sk-madeup@b",
    "redis://bob:sk-madeup@a:1,redis://bob:sk-madeup@b:2",
    "redis://a:1,bob:sk-madeup@b:2",
    "redis://a,bob:sk-madeup@b",
    "redis://a:1,sk-madeup@b:2",
    "redis://a,sk-madeup@b",
    "redis://[::1]:1,bob:sk-madeup@b",
    "redis://[::1],sk-madeup@b",
    "redis://a:1,redis://bob:sk-madeup@b:2,c:3",
  ])("a login before a later host: %s", (url) => {
    expect(problemsOf({ url })).toEqual([
      "--url: a login stands before a later host: write one for all, before the first host, and a comma in it as %2C",
    ]);
  });

  it.each([
    "redis://a,rediss://b",
    "rediss://bob:sk-madeup@a:1,redis://b:2/0",
    "redis://a,redis://b,REDISS://c",
  ])("hosts that differ in encryption: %s", (url) => {
    expect(problemsOf({ url })).toEqual([
      "--url: its hosts differ in encryption: write redis:// for all, or rediss://",
    ]);
  });

  it.each(["redis://a:1,", "redis://a:1,,b:2", "redis://,a:1", "redis://a:1,b:2/0/1", "redis://a/1,b/2"])(
    "no meaning: %s",
    (url) => {
      expect(problemsOf({ url })).toEqual([
        "--url: its list of hosts is not understood; expected redis://a:6379,b:6379/0",
      ]);
    },
  );
});

describe("what is no URL", () => {
  it.each([
    ["cache:6379,password=sk-madeup,ssl=True", "a list of settings, as .NET has it"],
    ["redis://cache:6379,password=sk-madeup", "a list of settings, as .NET has it"],
    ["bob:sk-madeup@cache:6379", "a login without a scheme; write redis:// before it"],
    ["cache:6379/0", "it has no scheme; write redis:// before it"],
    ["jdbc:redis://sk-madeup@cache", "a JDBC URL; write redis://"],
    ["redis+sentinel://:sk-madeup@cache", "a URL of Sentinels; write redis://"],
    ["tcp://:sk-madeup@cache", "its scheme is not one of redis:, rediss:, unix:"],
    ["rediss+ssl://:sk-madeup@cache", "its scheme is not one of redis:, rediss:, unix:"],
    ["redis:cache", "not a URL; expected redis://host:port/database"],
    ["redis://:sk#madeup@cache", "write @ as %40, / as %2F, # as %23, ? as %3F"],
    ["redis://:sk/madeup@cache", "write @ as %40, / as %2F, # as %23, ? as %3F"],
    ["redis://:sk?madeup@cache", "write @ as %40, / as %2F, # as %23, ? as %3F"],
    ["redis://:12/madeup@cache", "write @ as %40, / as %2F, # as %23, ? as %3F"],
    ["redis://cache/0?password=madeup", "parameters behind ? are not known"],
  ])("%s is refused with a hint, and not quoted", (url, hint) => {
    for (const [flags, env] of [
      [{ url }, {}],
      [{}, { REDIS_URL: url }],
    ] as const) {
      expect(problemsOf(flags, env)).toEqual([expect.stringContaining(hint)]);
      expect(problemsOf(flags, env)).toEqual([expect.not.stringMatching(/madeup|cache/)]);
    }
    expect(problemsOf({ host: url })).toEqual([expect.not.stringMatching(/madeup|cache/)]);
    expect(problemsOf({ sentinel: url }).join()).not.toMatch(/madeup|cache/);
  });

  it.each(["sk-madeup:x@cache", "redis://app:sk-madeup@cache/x", "redis://sk-madeup:50%@cache", "sk-madeup"])(
    "never quotes %s, which may hold credentials",
    (url) => {
      expect(problemsOf({ url })).toEqual([expect.not.stringContaining("sk-madeup")]);
    },
  );
});
