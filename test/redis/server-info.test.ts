import { describe, expect, it } from "vitest";
import { parseInfo, serverOf } from "../../src/redis/server-info.js";

describe("parseInfo", () => {
  it("reads a field a line, and passes by headings and what is empty", () => {
    const text =
      "# Server\r\nredis_version:7.0.15\r\nrun_id:1a2b\r\n\r\n# Keyspace\r\ndb0:keys=3,expires=1\r\n";
    expect([...parseInfo(text)]).toEqual([
      ["redis_version", "7.0.15"],
      ["run_id", "1a2b"],
      ["db0", "keys=3,expires=1"],
    ]);
  });

  it.each([
    ["a value that holds colons", "executable:/usr/bin/redis:7", "executable", "/usr/bin/redis:7"],
    ["a value that is empty", "master_host:\r\nrole:master", "master_host", ""],
    ["lines that end as on Unix", "role:master\nloading:0", "loading", "0"],
  ])("reads %s", (_what, text, field, value) => {
    expect(parseInfo(text).get(field)).toBe(value);
  });

  it("finds nothing in nothing", () => {
    expect(parseInfo("").size).toBe(0);
  });
});

describe("serverOf", () => {
  it.each([
    ["redis_version:7.0.15", "redis 7.0.15"],
    // Valkey calls itself Redis 7.2.4 too, for the sake of clients that ask.
    ["redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.1", "valkey 8.1.1"],
    ["role:master", null],
  ])("of %j is %s", (text, server) => {
    expect(serverOf(parseInfo(text))).toBe(server);
  });

  it("is not known where INFO is denied", () => {
    expect(serverOf(null)).toBeNull();
  });
});
