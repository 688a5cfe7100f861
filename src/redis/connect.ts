import type { RedisClientOptions } from "@redis/client";
import { createClient, ErrorReply } from "@redis/client";
import { Interruption, MigrateError, migrateError, systemCode } from "../errors.js";
import type { Address, Endpoint } from "../options.js";
import { redact } from "../secret.js";
import { nameOfEndpoint } from "./address.js";
import { wordsOfRefusal } from "./refused-on-connect.js";
import type { TlsMaterial } from "./tls.js";

/** One server: by host and port, or by the path of its unix socket. */
export type Where = Endpoint | { readonly path: string };

export function nameOfWhere(where: Where): string {
  return "path" in where ? where.path : nameOfEndpoint(where);
}

/** How to introduce oneself to any server of a deployment. */
export interface Login
  extends Pick<Address, "username" | "password" | "database" | "connectionTimeoutMs" | "commandTimeoutMs"> {
  readonly tls: TlsMaterial | null;
  /** Once it aborts, no connection is made any more. */
  readonly signal: AbortSignal;
}

/** What node-redis hands out for our settings. */
export type Client = ReturnType<typeof makeClient>;

/** Measured best for pipelined writes: few, large writes to the socket. In bytes. */
const socketBuffer = 1024 * 1024;

function socketOf(
  where: Where,
  login: Login,
  abandoned: AbortSignal,
): NonNullable<RedisClientOptions["socket"]> {
  const common = {
    // node-redis' own destroy() leaves a socket alone that is still connecting.
    signal: abandoned,
    connectTimeout: login.connectionTimeoutMs,
    // Counts any sign of life, also a large value that is still being sent.
    socketTimeout: login.commandTimeoutMs,
    highWaterMark: socketBuffer,
    reconnectStrategy: false as const,
  };
  if ("path" in where) return { ...common, path: where.path, tls: false };
  const tcp = { ...common, host: where.host, port: where.port };
  return login.tls === null ? tcp : { ...tcp, ...login.tls, tls: true };
}

function makeClient(where: Where, login: Login, abandoned: AbortSignal) {
  return createClient({
    // RESP 2 is what every server and proxy speaks; nothing here needs RESP 3.
    RESP: 2,
    socket: socketOf(where, login, abandoned),
    database: login.database,
    ...(login.username === null ? {} : { username: login.username }),
    ...(login.password === null ? {} : { password: login.password.reveal() }),
    // The default makes an AbortSignal for each command, at half the throughput (measured).
    commandOptions: { timeout: 0 },
    // So that a connection with nothing to do shows a sign of life before `socketTimeout`.
    pingInterval: Math.max(1, Math.floor(login.commandTimeoutMs / 3)),
  });
}

/**
 * Connects and asks for a PONG, all within `limitMs`: a server that wants a password accepts connections without
 * one, so only an answer shows that it will work for us. A connection that is lost later fails what is under way.
 * @throws MigrateError `redis-…`, for each way in which this can go wrong; `Interruption` once its signal aborts
 */
export async function connect(
  where: Where,
  login: Login,
  limitMs: number = login.connectionTimeoutMs,
): Promise<Client> {
  const { signal } = login;
  if (signal.aborted) throw new Interruption();
  const abandon = new AbortController();
  const client = makeClient(where, login, abandon.signal);
  let timer: NodeJS.Timeout | undefined;
  let interrupt = (): void => {};
  const failed = new Promise<never>((_, reject) => {
    // Stays attached for good: without a listener, a lost connection would end the process.
    client.on("error", reject);
    timer = setTimeout(() => reject(new DeadlineError()), limitMs);
    interrupt = () => reject(new Interruption());
    signal.addEventListener("abort", interrupt);
  });
  failed.catch(() => {});
  try {
    await Promise.race([client.connect().then(() => ping(client)), failed]);
    // What a server sends that is not Redis' protocol fails the connection, instead of leaving commands unanswered.
    client.on("error", (error) => {
      if (error instanceof ErrorReply) return;
      if (!failures.has(client)) failures.set(client, error);
      if (client.isOpen) client.destroy();
    });
    return client;
  } catch (error) {
    abandon.abort();
    client.destroy();
    if (error instanceof Interruption) throw error;
    const failure = connectionError(where, login, error, limitMs);
    throw login.tls === null && hasHungUp(failure) ? await refusal(where, login, failure) : failure;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", interrupt);
  }
}

/** Why connections were lost. */
const failures = new WeakMap<Client, unknown>();

/** Why a connection was lost, which those that wait for answers are not told; undefined for none that was. */
export function failureOf(client: Client): unknown {
  return failures.get(client);
}

/** Some users may not PING, some servers do not know it, and one that cannot save refuses it: all are answers. */
async function ping(client: Client): Promise<void> {
  try {
    await client.ping();
  } catch (error) {
    if (!(error instanceof ErrorReply && /^(NOPERM|MISCONF|ERR unknown command)/.test(error.message)))
      throw error;
  }
}

class DeadlineError extends Error {}

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

/** The sentence for whatever went wrong while connecting. */
function connectionError(where: Where, login: Login, error: unknown, limitMs: number): MigrateError {
  if (error instanceof MigrateError) return error;
  const at = nameOfWhere(where);
  if (error instanceof ErrorReply) return replyError(at, login, error);
  const tls = login.tls !== null;
  if (error instanceof DeadlineError) return migrateError("redis-timeout", { at, ms: limitMs, tls }, error);
  const message = error instanceof Error ? error.message : "";
  if (message.startsWith("Unknown RESP type")) return migrateError("redis-not-redis", { at }, error);
  const code = systemCode(error) ?? "";
  if (code === "ECONNREFUSED") return migrateError("redis-refused", { at }, error);
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return migrateError("redis-unknown-host", { at, host: "host" in where ? where.host : at }, error);
  }
  if (code === "ENOENT") return migrateError("redis-no-socket", { at }, error);
  if (code === "EACCES") return migrateError("redis-socket-denied", { at }, error);
  if (code === "ETIMEDOUT" || /^(Connection|Socket) timeout/.test(message)) {
    return migrateError("redis-timeout", { at, ms: limitMs, tls }, error);
  }
  if (tlsCode.test(code)) return tlsError(at, code, error);
  const reason = systemReasons.get(code) ?? (code || closedAtOnce);
  return migrateError("redis-unreachable", { at, reason, tls }, error);
}

function hasHungUp({ code, message }: MigrateError): boolean {
  return code === "redis-unreachable" && (message.endsWith(closedAtOnce) || message.endsWith(wasReset));
}

/** Whoever hangs up may have said why, where node-redis does not tell. */
async function refusal(where: Where, login: Login, failure: MigrateError): Promise<MigrateError> {
  const words = await wordsOfRefusal(where);
  return words === null ? failure : replyError(nameOfWhere(where), login, new ErrorReply(words));
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

function replyError(at: string, login: Login, error: ErrorReply): MigrateError {
  const { message: words } = error;
  if (/^NOAUTH/.test(words)) return migrateError("redis-auth-required", { at }, error);
  // Of an ACL user who has one; a user without any is let in.
  if (/^WRONGPASS/.test(words) && login.password === null)
    return migrateError("redis-auth-required", { at }, error);
  // Redis 5 and older say "ERR invalid password".
  if (/^(WRONGPASS|ERR invalid password)/.test(words)) return migrateError("redis-auth-wrong", { at }, error);
  if (/AUTH.*(without any password|no password is set)/is.test(words)) {
    return migrateError("redis-auth-unset", { at }, error);
  }
  if (/DB index is out of range|invalid DB index|SELECT is not allowed in cluster/i.test(words)) {
    return migrateError("redis-database", { at, database: login.database }, error);
  }
  if (/^LOADING/.test(words)) return migrateError("redis-loading", { at }, error);
  // A replica that has lost its master, and may not serve what could be stale.
  if (/^MASTERDOWN/.test(words)) return migrateError("redis-not-master", { at }, error);
  return migrateError("redis-denied", { at, words: wordsOf(error, login) }, error);
}

/** Redis' sentences in protected mode are many, and the first two say it. In characters. */
const longestWords = 250;

/**
 * A server's own words, as they may be told: it may quote whatever it was sent.
 * @param sent what was sent beside the login, and may be secret
 */
export function wordsOf(
  { message }: ErrorReply,
  { username, password }: Pick<Login, "username" | "password">,
  sent: readonly string[] = [],
): string {
  // Less than that is not told from any other word.
  const telling = [username ?? "", ...sent].filter((secret) => secret.length > 3);
  const words = redact(message, [password?.reveal() ?? "", ...telling]);
  if (words.length <= longestWords) return words;
  const part = words.slice(0, longestWords);
  const end = part.lastIndexOf(". ");
  return end < 0 ? `${part}…` : part.slice(0, end);
}
