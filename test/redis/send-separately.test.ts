import { expect, test } from "vitest";
import { SeparateConnections } from "../../src/redis/send-separately.js";

const login = {
  ...{ username: null, password: null, database: 0, tls: null, readsOnly: false },
  ...{ connectionTimeoutMs: 1_000, commandTimeoutMs: 1_000 },
  signal: new AbortController().signal,
};
const [small, large, larger] = [1_000, 1_000_000, 2_000_000];

test("a command is sent separately once it may be what connections are closed for", () => {
  const separate = new SeparateConnections(login, 0);
  const isFor = (size: number) => [0, 1, 2].map((losses) => separate.isFor(size, losses));
  expect(isFor(small)).toEqual([false, false, true]);
  expect(isFor(large)).toEqual([false, true, true]);
});

test("a value is sent separately at once where a connection was closed for one no larger", () => {
  const separate = new SeparateConnections(login, 0);
  separate.addTooLarge(larger);
  expect([large, larger, larger + 1].map((size) => separate.isFor(size, 0))).toEqual([false, true, true]);
  // Whatever the connection was closed for, it was not the size.
  separate.addTooLarge(small);
  expect(separate.isFor(small, 0)).toBe(false);
});
