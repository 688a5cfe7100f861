import { ErrorReply } from "@redis/client";
import type { ErrorCode } from "../errors.js";
import { isCode, MigrateError } from "../errors.js";
import type { Endpoint } from "../options.js";
import { ConnectionClosedByCommand } from "./connection-closed-by-command.js";

export { ErrorReply };

/** What to do about a failed command. */
export type ErrorClass =
  /** No answer came, so that it may have been carried out or not. */
  | { readonly kind: "lost"; readonly reason: string }
  | Redirection
  /** Redis does not do it now, and may do so soon. Nothing was carried out. */
  | { readonly kind: "wait"; readonly code: PassingCode }
  /** Redis will do none of the commands that follow either. */
  | { readonly kind: "stop"; readonly code: LastingCode; readonly reply: ErrorReply }
  /** Redis' answer to this one command. */
  | { readonly kind: "refused" }
  /** An error with a sentence of its own already, or none of Redis' doing. */
  | { readonly kind: "other" };

/** A node of a cluster says who to ask: from now on, or this once. Nothing was carried out. */
export interface Redirection {
  readonly kind: "moved" | "ask";
  readonly to: Endpoint;
}

/** Errors of a state that passes. */
type PassingCode = Extract<
  ErrorCode,
  "redis-loading" | "redis-not-master" | "redis-cluster-down" | "redis-no-replicas" | "redis-busy"
>;

/** Errors of a state that lasts until somebody changes it. */
type LastingCode = Extract<
  ErrorCode,
  "redis-out-of-memory" | "redis-cannot-persist" | "redis-no-permission" | "redis-auth-required"
>;

/** How Redis' error replies begin (src/server.c and src/cluster.c of Redis 7.0). */
const passing: readonly (readonly [RegExp, PassingCode])[] = [
  [/^LOADING/, "redis-loading"],
  // Up to Redis 6, a script that was refused says so behind its own words.
  [/^(READONLY|MASTERDOWN)|: -READONLY /, "redis-not-master"],
  [/^(CLUSTERDOWN|TRYAGAIN)/, "redis-cluster-down"],
  [/^NOREPLICAS|: -NOREPLICAS /, "redis-no-replicas"],
  [/^BUSY /, "redis-busy"],
];

const lasting: readonly (readonly [RegExp, LastingCode])[] = [
  // A script that was refused for memory says so behind its own words.
  [/^OOM|\bOOM command not allowed/, "redis-out-of-memory"],
  [/^MISCONF|\bMISCONF /, "redis-cannot-persist"],
  // Of a command; a key that this user may not touch concerns its record alone.
  [/^NOPERM.*permissions? to run the/, "redis-no-permission"],
  [/^NOAUTH/, "redis-auth-required"],
];

/** Failures to connect that may pass by themselves, as while a server starts again or fails over. */
const passingConnection: ReadonlySet<ErrorCode> = new Set([
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
  // Such as too many clients, all of which come back at once.
  "redis-denied",
] as const);

/** @param error what a command, or connecting, ended with */
export function classifyError(error: unknown): ErrorClass {
  if (error instanceof ErrorReply) return classifyReply(error);
  if (error instanceof ConnectionClosedByCommand) return { kind: "refused" };
  if (error instanceof MigrateError && error.code === "redis-not-master")
    return { kind: "wait", code: error.code };
  if (error instanceof MigrateError)
    return passingConnection.has(error.code) ? { kind: "lost", reason: error.message } : { kind: "other" };
  if (!(error instanceof Error) || error.name === "Interruption") return { kind: "other" };
  // node-redis' own errors about a socket have no code; what is a bug of ours has another class.
  if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError)
    return { kind: "other" };
  return { kind: "lost", reason: reasonOf(error) };
}

/** Of two failures to connect, the one that says more than that nobody answers. */
export function moreTelling(one: unknown, other: unknown): unknown {
  const saysWhy = (error: unknown) => error instanceof MigrateError && !silent.has(error.code);
  return one === undefined || one === null || (saysWhy(other) && !saysWhy(one)) ? other : one;
}

const silent: ReadonlySet<ErrorCode> = new Set([
  "redis-refused",
  "redis-unreachable",
  "redis-timeout",
  "redis-unknown-host",
] as const);

function reasonOf({ message }: Error): string {
  if (/^Socket timeout/.test(message)) return "it does not answer";
  if (/closed unexpectedly|ECONNRESET|EPIPE|client is closed|Disconnects client/i.test(message))
    return "the connection was closed";
  if (/^Unknown RESP type/.test(message)) return "it sent what is not Redis' protocol";
  return message;
}

function classifyReply(reply: ErrorReply): ErrorClass {
  const words = reply.message;
  const redirection = /^(MOVED|ASK) \d+ (\S*):(\d+)/.exec(words);
  if (redirection !== null) {
    const [, word, host = "", port] = redirection;
    // A node that should have a host name and has none.
    const to = { host: host === "?" ? "" : host, port: Number(port) };
    return { kind: word === "ASK" ? "ask" : "moved", to };
  }
  for (const [pattern, code] of passing) if (pattern.test(words)) return { kind: "wait", code };
  for (const [pattern, code] of lasting) if (pattern.test(words)) return { kind: "stop", code, reply };
  return { kind: "refused" };
}

/** Whether this user may not ask. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ErrorReply || isCode(error, "redis-no-permission");
}

/** Whether Redis could not make out a command, and closes the connection after saying so. */
export function isProtocolError({ message }: ErrorReply): boolean {
  return message.startsWith("ERR Protocol error");
}
