import { expect, it } from "vitest";
import { appLines } from "../../src/report/app-lines.js";
import { Secret } from "../../src/secret.js";
import type { Address } from "../../src/target/address.js";

const local: Address = {
  host: "localhost",
  port: 6379,
  others: [],
  path: null,
  tls: null,
  username: null,
  password: null,
  database: 0,
  cluster: false,
  sentinel: null,
  connectionTimeoutMs: 10_000,
  commandTimeoutMs: 10_000,
  retryForMs: 30_000,
};

const password = new Secret("made-up-password");

it.each([
  ["host and port", {}, "chatgpt:", 'host: "localhost", port: 6379'],
  ["a database other than 0", { database: 3 }, "chatgpt:", 'host: "localhost", port: 6379, database: 3'],
  [
    "where the password comes from, not the password",
    { password },
    "chatgpt:",
    'host: "localhost", port: 6379, password: process.env.REDIS_PASSWORD',
  ],
  ["a prefix of one's own", {}, "app:", 'host: "localhost", port: 6379, keyPrefix: "app:"'],
  ["an empty prefix", {}, "", 'host: "localhost", port: 6379, keyPrefix: ""'],
  ["a prefix with quotes in it", {}, 'a"b\\', 'host: "localhost", port: 6379, keyPrefix: "a\\"b\\\\"'],
  [
    "TLS by URL",
    { tls: { ca: null, cert: null, key: null, insecure: false } },
    "chatgpt:",
    'url: "rediss://localhost:6379/0"',
  ],
  [
    "the database within a URL",
    { tls: { ca: null, cert: null, key: null, insecure: false }, database: 3 },
    "chatgpt:",
    'url: "rediss://localhost:6379/3"',
  ],
  [
    "password and prefix beside a URL",
    { tls: { ca: null, cert: null, key: null, insecure: false }, password },
    "app:",
    'url: "rediss://localhost:6379/0", password: process.env.REDIS_PASSWORD, keyPrefix: "app:"',
  ],
])("names %s", (_what, address, prefix, settings) => {
  expect(appLines({ ...local, ...address }, prefix)).toEqual([
    `new ChatGPT(key, { useRedis: true, redis: { ${settings} } })`,
  ]);
});

it("leaves user and password to the environment, for they are secrets", () => {
  expect(appLines({ ...local, username: "a@b", password }, "app:")).toEqual([
    "// REDIS_URL: redis://<user>:<password>@localhost:6379/0",
    'new ChatGPT(key, { useRedis: true, redis: { url: process.env.REDIS_URL, keyPrefix: "app:" } })',
  ]);
});

it("says that a socket will not do, for the library knows none", () => {
  expect(appLines({ ...local, path: "/run/redis.sock" }, "chatgpt:")).toEqual([
    expect.stringContaining("needs a host and port"),
  ]);
});
