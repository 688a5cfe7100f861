import { type MigrateError, migrateError } from "../errors.js";
import type { ErrorClass } from "./classify-error.js";

/** Reports times in which Redis does not do what is asked of it: once when one begins, and once when it is over. */
export interface Outage {
  /** @param at the server, or the address */
  began(why: ErrorClass, at: string): void;
  /** What an outage of this kind kept from being done was done; null where none did. */
  recovered(kind: ErrorClass["kind"] | null): void;
}

/** @param address for sentences */
export function outageAt(address: string, retryForMs: number, alert: (text: string) => void): Outage {
  let now: { readonly since: number; readonly kind: ErrorClass["kind"] } | null = null;
  return {
    began(why, at) {
      if (now !== null) return;
      now = { since: Date.now(), kind: why.kind };
      alert(`${reasonOf(why, at, address)}; trying again for up to ${seconds(retryForMs)} s`);
    },
    recovered(kind) {
      if (now?.kind !== kind) return;
      alert(`Redis at ${address} is back after ${seconds(Date.now() - now.since)} s; going on`);
      now = null;
    },
  };
}

function reasonOf(why: ErrorClass, at: string, address: string): string {
  if (why.kind === "wait") return migrateError(why.code, { at }).message;
  if (why.kind === "lost")
    return why.reason.includes(at) ? why.reason : `Redis at ${at} was lost: ${why.reason}`;
  return migrateError("redis-cluster-down", { at: address }).message;
}

/** The error for an outage that did not end in time. @param at the server, or the address */
export function givenUp(why: ErrorClass, at: string, retryForMs: number, cause: unknown): MigrateError {
  if (why.kind === "wait") return migrateError(why.code, { at }, cause);
  const reason = why.kind === "lost" ? why.reason : "its nodes send from one to the other";
  return migrateError("redis-lost", { at, reason, seconds: seconds(retryForMs) }, cause);
}

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}
