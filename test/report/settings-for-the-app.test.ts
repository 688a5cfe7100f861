import { expect, it } from "vitest";
import type { Address } from "../../src/options.js";
import { settingsForTheApp } from "../../src/report/settings-for-the-app.js";
import { Secret } from "../../src/secret.js";

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
])("names %s", (_what, address, prefix, settings) => {
  expect(settingsForTheApp({ ...local, ...address }, prefix)).toEqual([
    `new ChatGPT(key, { useRedis: true, redis: { ${settings} } })`,
  ]);
});

const tls = { ca: null, cert: null, key: null, insecure: false };

it.each([
  ["user and password", { username: "a@b", password }, "redis://<user>:<password>@localhost:6379/0"],
  ["a user without a password", { username: "a@b" }, "redis://<user>:any@localhost:6379/0"],
  ["a password beside TLS", { tls, password }, "rediss://:<password>@localhost:6379/0"],
])("leaves %s to the environment, for they are secrets, and a url takes no others", (_what, address, url) => {
  expect(settingsForTheApp({ ...local, ...address }, "app:")).toEqual([
    `// with REDIS_URL=${url} in its environment, percent-encoded there`,
    'new ChatGPT(key, { useRedis: true, redis: { url: process.env.REDIS_URL, keyPrefix: "app:" } })',
  ]);
});

it("says how Node comes to trust an own authority", () => {
  expect(settingsForTheApp({ ...local, tls: { ...tls, ca: "/a b/ca.pem" } }, "chatgpt:")).toEqual([
    "// with NODE_EXTRA_CA_CERTS='/a b/ca.pem' in its environment, before it starts",
    'new ChatGPT(key, { useRedis: true, redis: { url: "rediss://localhost:6379/0" } })',
  ]);
});

it("says what the library has no option for", () => {
  expect(settingsForTheApp({ ...local, tls: { ...tls, insecure: true } }, "chatgpt:")[0]).toContain(
    "no option to accept any certificate",
  );
  expect(settingsForTheApp({ ...local, tls: { ...tls, cert: "a", key: "b" } }, "chatgpt:")).toEqual([
    expect.stringContaining("no option for a client certificate"),
  ]);
  expect(settingsForTheApp({ ...local, others: [{ host: "b", port: 1 }] }, "chatgpt:")).toEqual([
    expect.stringContaining("speaks to one server"),
  ]);
});

it("says that a socket will not do, for the library knows none", () => {
  expect(settingsForTheApp({ ...local, path: "/run/redis.sock" }, "chatgpt:")).toEqual([
    expect.stringContaining("needs a host and port"),
  ]);
});
