import { describe, expect, it } from "vitest";
import { parseOptions } from "../../src/cli/parse-options.js";
import { options, problemsOf } from "../support/parse.js";

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
    [{ report: ["a.MD"], journal: false }, { reports: [{ path: "a.MD", format: "md" }] }],
    [{ json: true, verbose: true }, { display: { json: true, verbose: true } }],
    [{ color: false }, { display: { color: false } }],
    [{ progress: false }, { display: { progress: false } }],
    [{ quiet: true }, { display: { quiet: true, progress: false } }],
  ])("%j make %j", (flags, expected) => {
    expect(options(flags)).toMatchObject(expected);
  });

  it("leave the sources as they were named", () => {
    expect(parseOptions({}, ["b.json", "a/"], {}).sources).toEqual(["b.json", "a/"]);
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
    [{ report: ["a.md", "b.txt"] }, "--report: expected a file name whose ending says the format: .jsonl"],
    [{ report: [""] }, "--report: expected a file name"],
    [{ report: ["a.md", "x/../a.md"] }, "--report: x/../a.md is another --report too"],
    [{ report: ["a.md"], rejects: "./a.md" }, "--report: a.md is the file of --rejects too"],
    [{ report: ["a.jsonl"], journal: "a.jsonl" }, "--report: a.jsonl is the file of --journal too"],
    [{ report: ["a.jsonl"], undo: "a.jsonl" }, "--report: a.jsonl is the journal of --undo too"],
    [{ report: ["sk-a@b.md"], rejects: "sk-a@b.md" }, "--report: its file is the file of --rejects too"],
    [
      { rejects: "-" },
      "--rejects: expected a file, not standard output, which - means: ./- is a file of that name",
    ],
    [{ journal: "-" }, "--journal: expected a file, not standard output, which - means"],
    [{ dryRun: true, plan: "-" }, "--plan: expected a file, not standard output, which - means"],
    [{ report: ["-"] }, "--report: expected a file name whose ending says the format: .jsonl"],
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
  ])("%j is reported as: %s", (flags, problem) => {
    expect(problemsOf(flags)).toEqual([expect.stringContaining(problem)]);
  });

  it.each(["soon", "", "-1", "1.5s", "none", "0s", "30 s"])("--retry-for %j is a mistake", (retryFor) => {
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

  it("takes no source for a report", () => {
    const both = () => parseOptions({ report: ["a.jsonl"] }, ["-", "./a.jsonl"], {});
    expect(both).toThrow("--report: a.jsonl is a source too");
  });

  it("reports first what was found wrong before", () => {
    const found = () => parseOptions({ port: "x" }, [], {}, ["unknown option '--x'"]);
    expect(found).toThrow(/^unknown option '--x'\n--port: .*$/);
  });

  it("reports all problems at once", () => {
    const flags = { dryRun: true, verify: true, database: "x", details: "y", url: "z" };
    const starts = ["--dry-run", "--database: ", "--details: ", "--url: "];
    expect(problemsOf(flags)).toEqual(starts.map((start) => expect.stringContaining(start)));
  });
});
