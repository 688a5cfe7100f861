import { describe, expect, it } from "vitest";
import { parseOptions } from "../../src/cli/parse-options.js";
import type { Environment } from "../../src/cli/url-from-flags.js";
import { MigrateError } from "../../src/errors.js";
import { endpointsOf, nameOfEndpoint } from "../../src/redis/address.js";

const options = (flags: object, env: Environment = {}) => parseOptions(flags, [], env);

/** What a user is told to be wrong, a line each; none when nothing is. */
function problemsOf(flags: object, env: Environment = {}): string[] {
  try {
    options(flags, env);
    return [];
  } catch (error) {
    if (error instanceof MigrateError && error.code === "usage") return error.message.split("\n");
    throw error;
  }
}

describe("without any flag", () => {
  it("migrates into the Redis and for the time that the library uses", () => {
    expect(options({})).toMatchObject({
      mode: "migrate",
      prefix: "chatgpt:",
      ttl: 2_592_000,
      details: 20,
      exitCode: false,
      address: {
        host: "localhost",
        port: 6379,
        path: null,
        tls: null,
        username: null,
        password: null,
        database: 0,
        connectionTimeoutMs: 10_000,
      },
    });
  });

  it("shows text, colours and progress", () => {
    expect(options({}).display).toEqual({
      json: false,
      quiet: false,
      verbose: false,
      color: true,
      progress: true,
    });
  });
});

describe("flags", () => {
  it.each([
    [{ dryRun: true }, { mode: "dry-run" }],
    [{ verify: true }, { mode: "verify" }],
    [{ ttl: "12h" }, { ttl: 43_200 }],
    [{ ttl: "none" }, { ttl: null }],
    [{ details: "7" }, { details: 7 }],
    [{ details: "0" }, { details: Number.POSITIVE_INFINITY }],
    [{ dryRun: true, exitCode: true }, { exitCode: true }],
    [{ keyPrefix: "a*[b]:" }, { prefix: "a*[b]:" }],
    [{ host: "::1", port: "65535" }, { address: { host: "::1", port: 65_535 } }],
    [{ database: "15", username: "app" }, { address: { database: 15, username: "app" } }],
    [{ connectionTimeout: "1" }, { address: { connectionTimeoutMs: 1 } }],
    [{ commandTimeout: "1" }, { address: { commandTimeoutMs: 1 } }],
    [{ retryFor: "30s" }, { address: { retryForMs: 30_000 } }],
    [{ retryFor: "2m" }, { address: { retryForMs: 120_000 } }],
    [{ retryFor: "90" }, { address: { retryForMs: 90_000 } }],
    [{ retryFor: "0" }, { address: { retryForMs: 0 } }],
    [{ cluster: true }, { address: { cluster: true, sentinel: null } }],
    [{ cluster: true, database: "0" }, { address: { cluster: true, database: 0 } }],
    [{ sentinel: "mymaster" }, { address: { sentinel: "mymaster", cluster: false, port: 26_379 } }],
    [{ sentinel: "mymaster", port: "7" }, { address: { port: 7 } }],
    [{ sentinel: "mymaster", database: "3" }, { address: { database: 3 } }],
    [{ force: true }, { force: true }],
    [{ json: true, verbose: true }, { display: { json: true, verbose: true } }],
    [{ color: false }, { display: { color: false } }],
    [{ progress: false }, { display: { progress: false } }],
    [{ quiet: true }, { display: { quiet: true, progress: false } }],
  ])("%j means %j", (flags, meant) => {
    expect(options(flags)).toMatchObject(meant);
  });

  it("leave the sources as they were named", () => {
    expect(parseOptions({}, ["b.json", "a/"], {}).sources).toEqual(["b.json", "a/"]);
  });
});

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

describe("a list of hosts is told to have", () => {
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

describe("TLS", () => {
  const plain = { ca: null, cert: null, key: null, insecure: false };

  it.each([
    [{ tls: true }, plain],
    [{ tlsCa: "ca.crt" }, { ...plain, ca: "ca.crt" }],
    [
      { tlsCert: "a.crt", tlsKey: "a.key" },
      { ...plain, cert: "a.crt", key: "a.key" },
    ],
    [{ tlsInsecure: true }, { ...plain, insecure: true }],
    [{ url: "rediss://cache" }, plain],
    [
      { url: "rediss://cache", tlsCa: "ca.crt" },
      { ...plain, ca: "ca.crt" },
    ],
    [{ url: "redis://cache", tls: true }, plain],
    [
      { url: "redis://cache", tlsInsecure: true },
      { ...plain, insecure: true },
    ],
  ])("is asked for by %j", (flags, tls) => {
    expect(options(flags).address.tls).toEqual(tls);
  });

  it.each([{}, { tls: false, tlsInsecure: false }, { url: "redis://rediss" }])(
    "is not asked for by %j",
    (flags) => {
      expect(options(flags).address.tls).toBeNull();
    },
  );
});

describe("the environment", () => {
  const REDIS_URL = "redis://env:made-up-env@elsewhere:7000/3";

  it.each([
    ["REDIS_URL wins over the defaults", {}, { host: "elsewhere", port: 7000, database: 3, username: "env" }],
    ["--url wins over REDIS_URL", { url: "redis://here" }, { host: "here", port: 6379, database: 0 }],
    ["--host sets REDIS_URL aside", { host: "here" }, { host: "here", port: 6379, username: null }],
    ["--port sets REDIS_URL aside", { port: "1" }, { host: "localhost", port: 1, database: 0 }],
    ["--database changes that part of REDIS_URL", { database: "9" }, { host: "elsewhere", database: 9 }],
  ])("%s", (_rule, flags, address) => {
    expect(options(flags, { REDIS_URL }).address).toMatchObject(address);
  });

  it.each([
    ["REDIS_PASSWORD", {}, { REDIS_PASSWORD: "made-up-1", REDISCLI_AUTH: "made-up-2" }, "made-up-1"],
    ["REDISCLI_AUTH, as redis-cli does", {}, { REDISCLI_AUTH: "made-up-2" }, "made-up-2"],
    ["--password before all else", { password: "made-up-3" }, { REDIS_URL }, "made-up-3"],
    ["REDIS_URL before REDIS_PASSWORD", {}, { REDIS_URL, REDIS_PASSWORD: "made-up-1" }, "made-up-env"],
    ["no password of a REDIS_URL set aside", { host: "here" }, { REDIS_URL }, undefined],
    ["no empty variable", {}, { REDIS_PASSWORD: "", REDISCLI_AUTH: "" }, undefined],
  ])("gives the password from %s", (_from, flags, env, password) => {
    expect(options(flags, env).address.password?.reveal()).toBe(password);
  });

  it.each([
    ["1", false],
    ["", true],
  ])("NO_COLOR=%s makes colours %s", (NO_COLOR, color) => {
    expect(options({}, { NO_COLOR }).display.color).toBe(color);
  });
});

describe("bad usage", () => {
  it.each([
    [{ dryRun: true, verify: true }, "--dry-run and --verify exclude each other: choose one"],
    [{ ttl: "soon" }, "--ttl: expected a duration such as 30d, 12h, 90m or 3600 (seconds), or none"],
    [{ ttl: "0" }, "--ttl: expected a duration"],
    [{ host: "" }, "--host: expected a host name"],
    [{ port: "0" }, "--port: expected a port, a whole number from 1 to 65535"],
    [{ port: "65536" }, "--port: expected a port"],
    [{ port: "1e3" }, "--port: expected a port"],
    [{ database: "-1" }, "--database: expected a database number"],
    [{ details: "1.5" }, "--details: expected a count"],
    [{ connectionTimeout: "0" }, "--connection-timeout: expected milliseconds"],
    [{ url: "redis://a", host: "b" }, "--url names the server already: leave out --host and --port"],
    [{ url: "cache" }, "--url: not a URL"],
    [{ url: "http://cache" }, "--url: its scheme"],
    [{ url: "redis://cache/name" }, "--url: its path must be a database number"],
    [{ url: "unix://run/redis.sock" }, "--url: expected unix:/path/to/socket"],
    [{ url: "redis://app:50%@cache" }, "--url: a part of it is not percent-encoded"],
    [{ url: "unix:/run/50%.sock" }, "--url: "],
    [{ url: "redis://50%/0" }, "--url: "],
    [{ commandTimeout: "0" }, "--command-timeout: expected milliseconds"],
    [{ cluster: true, sentinel: "m" }, "--cluster and --sentinel exclude each other: choose one"],
    [{ cluster: true, database: "3" }, "--database: a cluster has database 0 alone"],
    [{ cluster: true, url: "redis://a,b/3" }, "--url: a cluster has database 0 alone"],
    [{ sentinel: "" }, "--sentinel: expected the name of a master"],
    [{ url: "redis://a:0" }, "--url: its port must be a whole number from 1 to 65535"],
    [{ tlsCa: "" }, "--tls-ca: expected a file name"],
    [{ tlsCert: "a.crt" }, "--tls-cert and --tls-key go together: give both"],
    [{ tlsKey: "a.key" }, "--tls-cert and --tls-key go together: give both"],
    [{ url: "unix:/r.sock", tls: true }, "--tls: a unix socket speaks no TLS"],
    [{ url: "unix:/r.sock", tlsCa: "ca.crt" }, "--tls: a unix socket speaks no TLS"],
    [{ url: "unix:/r.sock", tlsInsecure: true }, "--tls: a unix socket speaks no TLS"],
    [{ url: "unix:/r.sock", sentinel: "m" }, "--sentinel: a Sentinel has no unix socket"],
    [{ keyPrefix: "" }, "--key-prefix: the library cannot use an empty prefix"],
    [{ host: "cache:6379" }, "--host: expected a host name or address alone: the port stands in --port"],
    [{ host: "cafe:6379" }, "--host: expected a host name or address alone: the port stands in --port"],
    [{ url: "unix:/r.sock", cluster: true }, "--cluster: a cluster's nodes are reached by host and port"],
  ])("%j is told as: %s", (flags, problem) => {
    expect(problemsOf(flags)).toEqual([expect.stringContaining(problem)]);
  });

  it.each(["soon", "", "-1", "1.5s", "none", "0s", "30 s"])("--retry-for %j is told", (retryFor) => {
    expect(problemsOf({ retryFor })).toEqual([
      "--retry-for: expected a duration such as 30s, 2m or 90 (seconds), or 0",
    ]);
  });

  it.each(["redis://bob:sk-madeup@a", "bob:sk-madeup@a", "redis://sk-madeup"])(
    "takes no URL for the name of a master, and does not quote it: %s",
    (sentinel) => {
      expect(problemsOf({ sentinel })).toEqual(["--sentinel: expected the name of a master, not a URL"]);
    },
  );

  it("minds a database that REDIS_URL names, where a cluster has but one and no flag sets it aside", () => {
    const env = { REDIS_URL: "redis://a/3" };
    expect(problemsOf({ cluster: true }, env)).toEqual(["REDIS_URL: a cluster has database 0 alone"]);
    expect(problemsOf({ cluster: true, database: "0" }, env)).toEqual([]);
    expect(problemsOf({ cluster: true, host: "b" }, env)).toEqual([]);
    expect(problemsOf({ cluster: true }, { REDIS_URL: "redis://a/0" })).toEqual([]);
  });

  it.each(["", " "])(
    "minds a REDIS_URL that is set but empty (%j), unless flags set it aside",
    (REDIS_URL) => {
      expect(problemsOf({}, { REDIS_URL })).toEqual([expect.stringMatching(/^REDIS_URL is set but empty: /)]);
      for (const flags of [{ url: "redis://a" }, { host: "a" }, { port: "1" }])
        expect(problemsOf(flags, { REDIS_URL })).toEqual([]);
    },
  );

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
  ])("%s is refused with a hint, and nothing of it is told", (url, hint) => {
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

  it("minds a socket that REDIS_URL names", () => {
    expect(problemsOf({ tls: true }, { REDIS_URL: "unix:/r.sock" })).toEqual([
      "--tls: a unix socket speaks no TLS",
    ]);
  });

  it("names REDIS_URL where that is what is wrong", () => {
    expect(problemsOf({}, { REDIS_URL: "cache" })).toEqual([expect.stringMatching(/^REDIS_URL: not a URL/)]);
  });

  it("tells first what was found wrong before", () => {
    const found = () => parseOptions({ port: "x" }, [], {}, ["unknown option '--x'"]);
    expect(found).toThrow(/^unknown option '--x'\n--port: .*$/);
  });

  it("tells all problems at once", () => {
    const flags = { dryRun: true, verify: true, database: "x", details: "y", url: "z" };
    const starts = ["--dry-run", "--database: ", "--details: ", "--url: "];
    expect(problemsOf(flags)).toEqual(starts.map((start) => expect.stringContaining(start)));
  });

  it.each(["sk-madeup:x@cache", "redis://app:sk-madeup@cache/x", "redis://sk-madeup:50%@cache", "sk-madeup"])(
    "never quotes %s, which may hold credentials",
    (url) => {
      expect(problemsOf({ url })).toEqual([expect.not.stringContaining("sk-madeup")]);
    },
  );
});

describe("a prefix", () => {
  it.each([
    ["app:", []],
    ["tenant:me@example.org:", []],
    ["a[b]:", ["prefix-unlistable"]],
    ["a\\b:", ["prefix-unlistable"]],
    ["a*[:", ["prefix-unlistable"]],
    ["a*:", ["prefix-pattern"]],
    ["a?:", ["prefix-pattern"]],
  ])("%j draws the warnings %j, for the library lists its keys by it", (keyPrefix, codes) => {
    expect(options({ keyPrefix }).warnings.map(({ code }) => code)).toEqual(codes);
  });

  it.each([
    "redis://bob:sk-madeup@cache",
    "bob:sk-madeup@cache:6379",
    "cache,password=sk-madeup",
    "sk-madeup",
  ])("is no URL, login or key, for it is shown: %s", (keyPrefix) => {
    expect(problemsOf({ keyPrefix })).toEqual([
      "--key-prefix: expected a prefix, not a URL, a login or a key",
    ]);
  });
});

describe("a password on the command line", () => {
  it.each([
    ["in --password", { password: "made-up" }],
    ["in --url", { url: "redis://:made-up@cache" }],
    ["in --url, with a user", { url: "rediss://app:made-up@cache:7000/3" }],
    ["in --url, before a list of hosts", { url: "redis://app:made%40up@a,b:2" }],
  ])("%s draws a warning, which does not show it", (_where, flags) => {
    const { warnings } = options(flags);
    expect(warnings).toEqual([
      { code: "password-shown", message: expect.stringMatching(/better give it as REDIS_PASSWORD/) },
    ]);
    expect(JSON.stringify(warnings)).not.toMatch(/made.*up/);
  });

  it.each<readonly [string, object, Environment]>([
    ["there is none", { url: "redis://app@cache:7000" }, {}],
    ["none is there", { url: "redis://[::1]:7000,b:2/0" }, {}],
    ["it stands in REDIS_PASSWORD", {}, { REDIS_PASSWORD: "made-up" }],
    ["it stands in REDISCLI_AUTH", { username: "app" }, { REDISCLI_AUTH: "made-up" }],
    ["it stands in REDIS_URL", {}, { REDIS_URL: "redis://app:made-up@cache" }],
  ])("draws none where %s", (_where, flags, env) => {
    expect(options(flags, env).warnings).toEqual([]);
  });
});
