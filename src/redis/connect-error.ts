import { ErrorReply } from "@redis/client";
import { MigrateError, migrateError, systemCode } from "../errors.js";
import { nameOfServer, type Server } from "./address.js";
import type { Login } from "./login.js";
import { redactedWords } from "./redact-error-reply.js";
import { wordsOfRefusal } from "./refused-on-connect.js";

/** Connecting took longer than it may. */
export class DeadlineError extends Error {}

const closedAtOnce = "it closed the connection at once";
const wasReset = "the connection was reset";

const systemReasons: ReadonlyMap<string, string> = new Map([
  ["EHOSTUNREACH", "there is no route to that host"],
  ["ENETUNREACH", "that network is unreachable"],
  ["ECONNRESET", wasReset],
  ["EHOSTDOWN", "that host is down"],
  ["EADDRNOTAVAIL", "that address is not available from here"],
]);

/** Why a certificate was not accepted, by OpenSSL's codes and Node's own. */
const certificateReasons: readonly (readonly [RegExp, string])[] = [
  [/^(UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/, "its certificate is signed by nobody whom this machine trusts"],
  [/^CERT_HAS_EXPIRED/, "its certificate has expired"],
  [/^CERT_NOT_YET_VALID/, "its certificate is not valid yet"],
  [/^ERR_TLS_CERT_ALTNAME_INVALID/, "its certificate is for another host name"],
  [/^CERT/, "its certificate is not accepted"],
];

const tlsCode = /^(ERR_(SSL|TLS)|CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO)/;

/**
 * Why connecting failed. A server that hangs up may have said why, where node-redis does not say.
 * @param limitMs the time that connecting was given
 */
export async function connectError(
  server: Server,
  login: Login,
  error: unknown,
  limitMs: number,
): Promise<MigrateError> {
  const failure = errorOf(server, login, error, limitMs);
  if (login.tls !== null || !hasHungUp(failure)) return failure;
  const words = await wordsOfRefusal(server);
  return words === null ? failure : replyError(nameOfServer(server), login, new ErrorReply(words));
}

function errorOf(server: Server, login: Login, error: unknown, limitMs: number): MigrateError {
  if (error instanceof MigrateError) return error;
  const at = nameOfServer(server);
  if (error instanceof ErrorReply) return replyError(at, login, error);
  const tls = login.tls !== null;
  if (error instanceof DeadlineError)
    return migrateError("redis-timeout", { at, ms: limitMs, flag: "--connection-timeout", tls }, error);
  const message = error instanceof Error ? error.message : "";
  if (message.startsWith("Unknown RESP type")) return migrateError("redis-not-redis", { at }, error);
  const code = systemCode(error) ?? "";
  if (code === "ECONNREFUSED") return migrateError("redis-refused", { at }, error);
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return migrateError("redis-unknown-host", { at, host: "host" in server ? server.host : at }, error);
  }
  if (code === "ENOENT") return migrateError("redis-no-socket", { at }, error);
  if (code === "EACCES") return migrateError("redis-socket-denied", { at }, error);
  const silent = message.startsWith("Socket timeout");
  if (silent || code === "ETIMEDOUT" || message.startsWith("Connection timeout")) {
    const limit = silent
      ? { ms: login.commandTimeoutMs, flag: "--command-timeout" }
      : { ms: limitMs, flag: "--connection-timeout" };
    return migrateError("redis-timeout", { at, ...limit, tls }, error);
  }
  if (tlsCode.test(code)) return tlsError(at, code, error);
  const reason = systemReasons.get(code) ?? (code || closedAtOnce);
  return migrateError("redis-unreachable", { at, reason, tls }, error);
}

function hasHungUp({ code, message }: MigrateError): boolean {
  return code === "redis-unreachable" && (message.endsWith(closedAtOnce) || message.endsWith(wasReset));
}

/** What a server says of the certificate that a client shows, or does not: OpenSSL's codes of such alerts. */
const clientAlert =
  /CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|ALERT_(UNKNOWN_CA|DECRYPT_ERROR|(BAD|UNSUPPORTED)_CERTIFICATE|CERTIFICATE_(EXPIRED|REVOKED|UNKNOWN))/;

function tlsError(at: string, code: string, error: unknown): MigrateError {
  const reason = certificateReasons.find(([pattern]) => pattern.test(code))?.[1];
  const otherHost = code === "ERR_TLS_CERT_ALTNAME_INVALID";
  if (reason !== undefined) return migrateError("redis-certificate", { at, reason, otherHost }, error);
  if (clientAlert.test(code)) return migrateError("redis-client-certificate", { at }, error);
  return migrateError("redis-tls", { at, reason: code }, error);
}

/** How error replies to whoever connects begin, or what they hold. */
const replies = [
  [/^NOAUTH/, "redis-auth-required"],
  // Redis 5 and older say "ERR invalid password".
  [/^(WRONGPASS|ERR invalid password)/, "redis-auth-wrong"],
  [/AUTH.*(without any password|no password is set)/is, "redis-auth-unset"],
  [/^LOADING/, "redis-loading"],
  // A replica that has lost its master, and may not serve what could be stale.
  [/^MASTERDOWN/, "redis-not-master"],
] as const;

function replyError(at: string, login: Login, error: ErrorReply): MigrateError {
  const { message: words } = error;
  // Of an ACL user who has a password; a user without any is let in.
  if (/^WRONGPASS/.test(words) && login.password === null)
    return migrateError("redis-auth-required", { at }, error);
  if (/DB index is out of range|invalid DB index|SELECT is not allowed in cluster/i.test(words))
    return migrateError("redis-database", { at, database: login.database }, error);
  for (const [pattern, code] of replies) if (pattern.test(words)) return migrateError(code, { at }, error);
  return migrateError("redis-denied", { at, words: redactedWords(error, login) }, error);
}
