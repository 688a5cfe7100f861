import { describe, expect, it } from "vitest";
import { options, problemsOf } from "../support/parse.js";

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
    ["--host overrides REDIS_URL", { host: "here" }, { host: "here", port: 6379, username: null }],
    ["--port overrides REDIS_URL", { port: "1" }, { host: "localhost", port: 1, database: 0 }],
    ["--database changes that part of REDIS_URL", { database: "9" }, { host: "elsewhere", database: 9 }],
  ])("%s", (_rule, flags, address) => {
    expect(options(flags, { REDIS_URL }).address).toMatchObject(address);
  });

  it.each([
    ["REDIS_PASSWORD", {}, { REDIS_PASSWORD: "made-up-1", REDISCLI_AUTH: "made-up-2" }, "made-up-1"],
    ["REDISCLI_AUTH, as redis-cli does", {}, { REDISCLI_AUTH: "made-up-2" }, "made-up-2"],
    ["--password before all else", { password: "made-up-3" }, { REDIS_URL }, "made-up-3"],
    ["REDIS_URL before REDIS_PASSWORD", {}, { REDIS_URL, REDIS_PASSWORD: "made-up-1" }, "made-up-env"],
    ["no password of an overridden REDIS_URL", { host: "here" }, { REDIS_URL }, undefined],
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

describe("in the environment", () => {
  it("a database other than 0 in REDIS_URL is a mistake with --cluster, unless a flag overrides it", () => {
    const env = { REDIS_URL: "redis://a/3" };
    expect(problemsOf({ cluster: true }, env)).toEqual(["REDIS_URL: a cluster has database 0 alone"]);
    expect(problemsOf({ cluster: true, database: "0" }, env)).toEqual([]);
    expect(problemsOf({ cluster: true, host: "b" }, env)).toEqual([]);
    expect(problemsOf({ cluster: true }, { REDIS_URL: "redis://a/0" })).toEqual([]);
  });

  it.each(["", " "])(
    "a REDIS_URL that is set but empty (%j) is a mistake, unless flags override it",
    (REDIS_URL) => {
      expect(problemsOf({}, { REDIS_URL })).toEqual([expect.stringMatching(/^REDIS_URL is set but empty: /)]);
      for (const flags of [{ url: "redis://a" }, { host: "a" }, { port: "1" }])
        expect(problemsOf(flags, { REDIS_URL })).toEqual([]);
    },
  );

  it("--tls with a socket in REDIS_URL is a mistake", () => {
    expect(problemsOf({ tls: true }, { REDIS_URL: "unix:/r.sock" })).toEqual([
      "--tls: a unix socket speaks no TLS",
    ]);
  });

  it("a mistake in REDIS_URL is reported under its name", () => {
    expect(problemsOf({}, { REDIS_URL: "cache" })).toEqual([expect.stringMatching(/^REDIS_URL: not a URL/)]);
  });
});
