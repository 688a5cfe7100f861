import { expect, it } from "vitest";
import type { Environment } from "../../src/api/url-from-flags-or-env.js";
import { parseOptions } from "../../src/cli/parse-options.js";
import { urlOf } from "../../src/redis/address.js";
import type { JournalHeader } from "../../src/types/journal-header.js";

const header: JournalHeader = {
  journal: 1,
  tool: "chatgpt-migrate",
  at: "2026-11-28T00:00:00.000Z",
  url: "redis://cache:7000/3",
  topology: "standalone",
  prefix: "app:",
};

function place(recorded: Partial<JournalHeader> = {}, flags: object = {}, env: Environment = {}) {
  const { undoPlace } = parseOptions({ undo: "j.jsonl", ...flags }, [], env);
  if (undoPlace === undefined) throw new Error("no undo");
  return undoPlace("j.jsonl", { ...header, ...recorded });
}

it.each<readonly [string, Partial<JournalHeader>, object, string]>([
  ["a server", {}, {}, "redis://cache:7000/3"],
  ["a server that speaks TLS", { url: "rediss://cache:7000/0" }, {}, "rediss://cache:7000/0"],
  ["an IPv6 address", { url: "redis://[::1]:7000/0" }, {}, "redis://[::1]:7000/0"],
  ["a socket", { url: "unix:///run/a%20b.sock?db=2" }, {}, "unix:///run/a%20b.sock?db=2"],
  ["the nodes of a cluster", { url: "redis://a:1,b:2/0", topology: "cluster" }, {}, "redis://a:1,b:2/0"],
  ["the same database, by a flag", {}, { database: "3" }, "redis://cache:7000/3"],
  ["a moved server, by a flag", {}, { url: "redis://new:1/3" }, "redis://new:1/3"],
  ["a moved server, by another flag", {}, { port: "1" }, "redis://localhost:1/0"],
  ["a server that speaks TLS since", {}, { tlsCa: "ca.pem" }, "rediss://cache:7000/3"],
])("the journal, unless flags do, names %s", (_what, recorded, flags, url) => {
  expect(urlOf(place(recorded, flags).address)).toBe(url);
});

it("a flag that names another database of the same server is refused", () => {
  expect(() => place({}, { database: "0" })).toThrow(
    "is the journal of a run against database 3, not database 0",
  );
});

it("the journal names the master of Sentinels, and says of a cluster that it is one", () => {
  expect(place({ topology: "sentinel", master: "main" }).address).toMatchObject({
    sentinel: "main",
    cluster: false,
  });
  expect(place({ topology: "sentinel", master: "main" }, { sentinel: "other" }).address.sentinel).toBe(
    "other",
  );
  expect(place({ topology: "cluster", url: "redis://cache:7000/0" }).address).toMatchObject({
    sentinel: null,
    cluster: true,
  });
});

const secret = "made-up-password";

it.each<readonly [string, object, Environment, Partial<JournalHeader>, string | undefined]>([
  ["REDIS_PASSWORD", {}, { REDIS_PASSWORD: secret }, {}, secret],
  ["a flag", { password: secret }, {}, {}, secret],
  [
    "REDIS_URL, where it names the same server",
    {},
    { REDIS_URL: `redis://:${secret}@cache:7000/3` },
    {},
    secret,
  ],
  ["REDIS_URL, with another database", {}, { REDIS_URL: `redis://:${secret}@CACHE:7000` }, {}, secret],
  [
    "REDIS_URL, with a node of the cluster",
    {},
    { REDIS_URL: `redis://:${secret}@b:2,c:3` },
    { topology: "cluster", url: "redis://a:1,b:2/0" },
    secret,
  ],
  ["no REDIS_URL of another server", {}, { REDIS_URL: `redis://:${secret}@other:7000/3` }, {}, undefined],
  ["no REDIS_URL of another port", {}, { REDIS_URL: `redis://:${secret}@cache:7001/3` }, {}, undefined],
  [
    "no REDIS_URL without the encryption of the run",
    {},
    { REDIS_URL: `redis://:${secret}@cache:7000` },
    { url: "rediss://cache:7000/3" },
    undefined,
  ],
  [
    "no journal that somebody wrote one into",
    {},
    {},
    { url: `redis://bob:${secret}@cache:7000/3` },
    undefined,
  ],
])("the password comes from %s", (_where, flags, env, recorded, password) => {
  const { address } = place(recorded, flags, env);
  expect(address.password?.reveal()).toBe(password);
  expect([address.host, address.username]).toEqual([recorded.topology === "cluster" ? "a" : "cache", null]);
});

it("a REDIS_URL that names another server is reported, without what it holds, and does not count", () => {
  const { address, warnings, flagged } = place({}, {}, { REDIS_URL: `redis://bob:${secret}@other/1` });
  expect([urlOf(address), flagged]).toEqual(["redis://cache:7000/3", false]);
  expect(warnings).toEqual([
    {
      code: "redis-url-set-aside",
      message:
        "REDIS_URL names redis://other:6379/1, the journal redis://cache:7000/3: the journal counts, and neither user nor password of REDIS_URL is used",
    },
  ]);
});

it("the prefix is the journal's, and a flag that says otherwise is an error", () => {
  expect(place().prefix).toBe("app:");
  expect(place({}, { keyPrefix: "app:" }).prefix).toBe("app:");
  expect(() => place({}, { keyPrefix: "other:" })).toThrow(
    'j.jsonl: is the journal of a run against the prefix "app:", not the prefix "other:"',
  );
});

it.each([
  [{ url: "nowhere" }, {}, "it does not say where Redis is: give --url"],
  [{ url: "unix:///run/a.sock" }, { tls: true }, "--tls: a unix socket speaks no TLS"],
])("%j with %j is an error", (recorded, flags, sentence) => {
  expect(() => place(recorded, flags)).toThrow(sentence);
});
