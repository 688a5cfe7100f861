import { type MigrateError, migrateError } from "../errors.js";
import { nameOfWhere, type Where } from "./connect.js";
import type { Diagnosis, LastingCode } from "./error-replies.js";

/** Tells of times in which Redis does not do what is asked of it: once when one begins, and once when it is over. */
export interface Outage {
  began(diagnosis: Diagnosis, where: Where | null): void;
  /** What an outage of this kind kept from being done was done; null where none did. */
  recovered(kind: Diagnosis["kind"] | null): void;
}

/** @param at the address, for sentences */
export function outageAt(at: string, retryForMs: number, alert: (text: string) => void): Outage {
  let now: { readonly since: number; readonly kind: Diagnosis["kind"] } | null = null;
  return {
    began(diagnosis, where) {
      if (now !== null) return;
      now = { since: Date.now(), kind: diagnosis.kind };
      alert(`${reasonOf(diagnosis, where, at)}; trying again for up to ${seconds(retryForMs)} s`);
    },
    recovered(kind) {
      if (now?.kind !== kind) return;
      alert(`Redis at ${at} is back after ${seconds(Date.now() - now.since)} s; going on`);
      now = null;
    },
  };
}

/** The sentence for a trouble that passes. */
function reasonOf(diagnosis: Diagnosis, where: Where | null, address: string): string {
  const at = nameOr(where, address);
  if (diagnosis.kind === "wait") return migrateError(diagnosis.code, { at }).message;
  if (diagnosis.kind === "lost")
    return diagnosis.reason.includes(at) ? diagnosis.reason : `Redis at ${at} was lost: ${diagnosis.reason}`;
  return migrateError("redis-cluster-down", { at: address }).message;
}

/** The error for a trouble that did not pass in time. @param at the server, or the address */
export function givenUp(diagnosis: Diagnosis, at: string, retryForMs: number, cause: unknown): MigrateError {
  if (diagnosis.kind === "wait") return migrateError(diagnosis.code, { at }, cause);
  const reason = diagnosis.kind === "lost" ? diagnosis.reason : "its nodes send from one to the other";
  return migrateError("redis-lost", { at, reason, seconds: seconds(retryForMs) }, cause);
}

/** The error for a trouble that lasts. @param at the server, or the address */
export function lasting(code: LastingCode, at: string, words: string, cause: unknown): MigrateError {
  return migrateError(code, { at, words: words.replace(/ command.*$/, " command") }, cause);
}

/** A server's name, or else the address. */
export function nameOr(where: Where | null, address: string): string {
  return where === null ? address : nameOfWhere(where);
}

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}
