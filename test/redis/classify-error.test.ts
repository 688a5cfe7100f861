import {
  ClientClosedError,
  ConnectionTimeoutError,
  DisconnectsClientError,
  ErrorReply,
  SocketClosedUnexpectedlyError,
  SocketTimeoutError,
} from "redis";
import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../../src/errors.js";
import { Interruption, MigrateError } from "../../src/errors.js";
import { classifyError, moreTelling } from "../../src/redis/classify-error.js";
import { ConnectionClosedByCommand } from "../../src/redis/connection-closed-by-command.js";

describe("classifyError: of Redis' error replies,", () => {
  const reply = (words: string) => classifyError(new ErrorReply(words));

  it.each([
    ["LOADING Redis is loading the dataset in memory", "redis-loading"],
    ["READONLY You can't write against a read only replica.", "redis-not-master"],
    // As Redis 6 says it from within a script.
    [
      "ERR Error running script (call to f_0): @user_script:9: @user_script: 9: -READONLY You can't write against a read only replica.",
      "redis-not-master",
    ],
    [
      "READONLY You can't write against a read only replica. script: 5d1a, on @user_script:8.",
      "redis-not-master",
    ],
    ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", "redis-not-master"],
    ["CLUSTERDOWN The cluster is down", "redis-cluster-down"],
    ["CLUSTERDOWN Hash slot not served", "redis-cluster-down"],
    ["TRYAGAIN Multiple keys request during rehashing of slot", "redis-cluster-down"],
    ["NOREPLICAS Not enough good replicas to write.", "redis-no-replicas"],
    ["BUSY Redis is busy running a script. You can only call SCRIPT KILL.", "redis-busy"],
  ])("%j passes", (words, code) => {
    expect(reply(words)).toEqual({ kind: "wait", code });
  });

  it.each([
    ["OOM command not allowed when used memory > 'maxmemory'.", "redis-out-of-memory"],
    [
      "OOM command not allowed when used memory > 'maxmemory'. script: 5d1a, on @user_script:8.",
      "redis-out-of-memory",
    ],
    [
      "ERR Error running script: @user_script:8: -OOM command not allowed when used memory > 'maxmemory'.",
      "redis-out-of-memory",
    ],
    [
      "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist on disk.",
      "redis-cannot-persist",
    ],
    ["ERR Error running script: -MISCONF Errors writing to the AOF file", "redis-cannot-persist"],
    ["NOPERM this user has no permissions to run the 'set' command", "redis-no-permission"],
    ["NOPERM User mover has no permissions to run the 'set' command", "redis-no-permission"],
    ["NOPERM this user has no permissions to run the 'set' command or its subcommand", "redis-no-permission"],
    ["NOAUTH Authentication required.", "redis-auth-required"],
  ])("%j lasts until somebody mends it", (words, code) => {
    expect(reply(words)).toMatchObject({ kind: "stop", code, reply: { message: words } });
  });

  it.each([
    "NOPERM this user has no permissions to access one of the keys used as arguments",
    "NOPERM No permissions to access a key",
    "WRONGTYPE Operation against a key holding the wrong kind of value",
    "NOSCRIPT No matching script. Please use EVAL.",
    "CROSSSLOT Keys in request don't hash to the same slot",
    "ERR unknown command 'SET'",
    "ERR invalid expire time in 'set' command",
    "ERR the server is LOADING, READONLY and BUSY",
    "BUSYKEY Target key name already exists.",
    "",
  ])("%j concerns its command alone", (words) => {
    expect(reply(words)).toEqual({ kind: "refused" });
  });

  it.each([
    ["MOVED 3999 127.0.0.1:6381", "moved", "127.0.0.1", 6381],
    ["ASK 3999 127.0.0.1:6381", "ask", "127.0.0.1", 6381],
    ["MOVED 3999 node-2.cache.example:6381", "moved", "node-2.cache.example", 6381],
    ["MOVED 3999 ::1:6381", "moved", "::1", 6381],
    ["ASK 0 2001:db8::2:1:6381", "ask", "2001:db8::2:1", 6381],
    // The node that was asked, on another port (cluster-preferred-endpoint-type unknown-endpoint).
    ["MOVED 16383 :6381", "moved", "", 6381],
    ["ASK 16383 :6381", "ask", "", 6381],
    // A node that should have a host name and has none (cluster-preferred-endpoint-type hostname).
    ["MOVED 16383 ?:6381", "moved", "", 6381],
  ])("%j says who to ask", (words, kind, host, port) => {
    expect(reply(words)).toEqual({ kind, to: { host, port } });
  });

  it.each(["MOVED", "MOVED 3999", "ASK 3999 127.0.0.1", "MOVED x 127.0.0.1:6381"])(
    "%j says nobody to ask",
    (words) => {
      expect(reply(words)).toEqual({ kind: "refused" });
    },
  );
});

it("classifyError: a connection that is closed for one command alone is that command's failure", () => {
  expect(classifyError(new ConnectionClosedByCommand(3_000_000))).toEqual({ kind: "refused" });
});

describe("classifyError: of failures to connect,", () => {
  const failure = (code: ErrorCode) => new MigrateError(code, { message: `it is ${code}`, hint: "" });

  it.each<ErrorCode>([
    "redis-refused",
    "redis-unreachable",
    "redis-timeout",
    "redis-no-socket",
    "redis-unknown-host",
    "redis-not-redis",
    "redis-loading",
    "redis-cluster-down",
    "redis-no-sentinel",
    "redis-unknown-master",
    "redis-denied",
  ])("%s may pass, as while a server starts again", (code) => {
    expect(classifyError(failure(code))).toEqual({ kind: "lost", reason: `it is ${code}` });
  });

  it("a replica in the place of a master may become one again, and is reported as one", () => {
    expect(classifyError(failure("redis-not-master"))).toEqual({ kind: "wait", code: "redis-not-master" });
  });

  it.each<ErrorCode>([
    "redis-auth-required",
    "redis-auth-wrong",
    "redis-auth-unset",
    "redis-certificate",
    "redis-client-certificate",
    "redis-tls",
    "tls-file",
    "redis-socket-denied",
    "redis-database",
    "redis-not-cluster",
    "redis-is-cluster",
    "redis-not-sentinel",
    "redis-is-sentinel",
    "redis-lost",
    "redis-out-of-memory",
    "journal-unwritable",
    "internal",
  ])("%s does not", (code) => {
    expect(classifyError(failure(code))).toEqual({ kind: "other" });
  });
});

describe("classifyError: of a connection's errors,", () => {
  const system = (code: string, call: string) =>
    Object.assign(new Error(`${call} ${code} 127.0.0.1:6379`), { code });

  it.each([
    ["silence for too long", new SocketTimeoutError(500), "it does not answer"],
    ["an end that was not asked for", new SocketClosedUnexpectedlyError(), "the connection was closed"],
    ["a command cut off by our own closing", new DisconnectsClientError(), "the connection was closed"],
    ["a command after it", new ClientClosedError(), "the connection was closed"],
    ["ECONNRESET", system("ECONNRESET", "read"), "the connection was closed"],
    ["EPIPE", system("EPIPE", "write"), "the connection was closed"],
    ["what cannot be parsed", new Error('Unknown RESP type 72 "H"'), "it sent what is not Redis' protocol"],
    ["silence while connecting", new ConnectionTimeoutError(), "Connection timeout"],
    ["EHOSTUNREACH", system("EHOSTUNREACH", "read"), "read EHOSTUNREACH 127.0.0.1:6379"],
  ])("%s is a loss, with its reason", (_what, error, reason) => {
    expect(classifyError(error)).toEqual({ kind: "lost", reason });
  });

  it.each([
    ["a TypeError", new TypeError("x is not a function")],
    ["a RangeError", new RangeError("Invalid string length")],
    ["a ReferenceError", new ReferenceError("x is not defined")],
    ["an interruption", new Interruption()],
    ["a string", "Socket closed unexpectedly"],
    ["undefined", undefined],
    ["null", null],
    ["what only looks like an error", { message: "read ECONNRESET", code: "ECONNRESET" }],
  ])("%s is none of Redis' doing", (_what, error) => {
    expect(classifyError(error)).toEqual({ kind: "other" });
  });
});

it.each([
  ["one that wants a password, and nobody", "redis-auth-required", "redis-refused"],
  ["nobody, and one that wants a password", "redis-refused", "redis-auth-required"],
] as const)("of %s, the one that answered says more", (_which, one, other) => {
  const errors = [one, other].map((code) => new MigrateError(code, { message: code, hint: "" }));
  expect(moreTelling(errors[0], errors[1])).toMatchObject({ code: "redis-auth-required" });
  expect(moreTelling(undefined, errors[1])).toBe(errors[1]);
});
