import type { RedisClientOptions } from "redis";
import { createClient, ErrorReply } from "redis";
import { Interruption, type MigrateError, migrateError, systemCode } from "../errors.js";
import { redact } from "../secret.js";
import type { Address } from "../target/address.js";
import { at } from "../target/address.js";
import { replaceScript } from "./replace-script.js";

/** What node-redis hands out for our settings. */
export type Client = ReturnType<typeof makeClient>;

/** Measured best for pipelined writes: few, large writes to the socket. In bytes. */
const socketBuffer = 1024 * 1024;

function socketOf(address: Address): NonNullable<RedisClientOptions["socket"]> {
  const common = {
    connectTimeout: address.connectionTimeoutMs,
    highWaterMark: socketBuffer,
    reconnectStrategy: false as const,
  };
  if (address.path !== null) return { ...common, path: address.path, tls: false };
  const tcp = { ...common, host: address.host, port: address.port };
  return address.tls ? { ...tcp, tls: true } : tcp;
}

function makeClient(address: Address) {
  return createClient({
    // RESP 2 is what every server and proxy speaks; nothing here needs RESP 3.
    RESP: 2,
    socket: socketOf(address),
    database: address.database,
    ...(address.username === null ? {} : { username: address.username }),
    ...(address.password === null ? {} : { password: address.password.reveal() }),
    scripts: { replace: replaceScript },
    // The default makes an AbortSignal for each command, at half the throughput (measured).
    commandOptions: { timeout: 0 },
  });
}

/**
 * Connects and asks for a PONG, all within the address' connection timeout: a server that wants a password
 * accepts connections without one, so only an answer shows that it will work for us.
 * @throws MigrateError `redis-…`, for each way in which this can go wrong; `Interruption` once `signal` aborts
 */
export async function connect(address: Address, signal?: AbortSignal): Promise<Client> {
  const client = makeClient(address);
  let timer: NodeJS.Timeout | undefined;
  let interrupt = (): void => {};
  const trouble = new Promise<never>((_, reject) => {
    // Stays attached for good: without a listener, a lost connection would end the process.
    client.on("error", reject);
    timer = setTimeout(() => reject(new DeadlineError()), address.connectionTimeoutMs);
    interrupt = () => reject(new Interruption());
    signal?.addEventListener("abort", interrupt);
  });
  trouble.catch(() => {});
  try {
    await Promise.race([client.connect().then(() => client.ping()), trouble]);
    // What a server sends that is not Redis' protocol fails the connection, instead of leaving commands unanswered.
    client.on("error", () => {
      if (client.isOpen) client.destroy();
    });
    return client;
  } catch (error) {
    if (client.isOpen) client.destroy();
    if (error instanceof Interruption) throw error;
    throw connectionError(address, error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", interrupt);
  }
}

class DeadlineError extends Error {}

const systemReasons: ReadonlyMap<string, string> = new Map([
  ["EHOSTUNREACH", "there is no route to that host"],
  ["ENETUNREACH", "that network is unreachable"],
  ["ECONNRESET", "the connection was reset"],
  ["EHOSTDOWN", "that host is down"],
  ["EADDRNOTAVAIL", "that address is not available from here"],
]);

/** The sentence for whatever went wrong while connecting. */
function connectionError(address: Address, error: unknown): MigrateError {
  const where = at(address);
  if (error instanceof ErrorReply) return replyError(address, error);
  if (error instanceof DeadlineError) {
    return migrateError("redis-timeout", { at: where, ms: address.connectionTimeoutMs }, error);
  }
  const message = error instanceof Error ? error.message : "";
  if (message.startsWith("Unknown RESP type")) return migrateError("redis-not-redis", { at: where }, error);
  const code = systemCode(error) ?? "";
  if (code === "ECONNREFUSED") return migrateError("redis-refused", { at: where }, error);
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return migrateError("redis-unknown-host", { at: where, host: address.host }, error);
  }
  if (code === "ENOENT") return migrateError("redis-no-socket", { at: where }, error);
  if (code === "EACCES") return migrateError("redis-socket-denied", { at: where }, error);
  if (code === "ETIMEDOUT" || message === "Connection timeout") {
    return migrateError("redis-timeout", { at: where, ms: address.connectionTimeoutMs }, error);
  }
  if (/^(ERR_(SSL|TLS)|CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO)/.test(code)) {
    return migrateError("redis-tls", { at: where, reason: code }, error);
  }
  const reason = systemReasons.get(code) ?? (code || "it closed the connection at once");
  return migrateError("redis-unreachable", { at: where, reason }, error);
}

function replyError(address: Address, error: ErrorReply): MigrateError {
  const where = at(address);
  const words = redact(error.message, [address.password?.reveal() ?? ""]);
  if (/^NOAUTH/.test(words)) return migrateError("redis-auth-required", { at: where }, error);
  // Redis 5 and older say "ERR invalid password".
  if (/^(WRONGPASS|ERR invalid password)/.test(words))
    return migrateError("redis-auth-wrong", { at: where }, error);
  if (/AUTH.*(without any password|no password is set)/is.test(words)) {
    return migrateError("redis-auth-unset", { at: where }, error);
  }
  if (/DB index is out of range|invalid DB index|SELECT is not allowed in cluster/i.test(words)) {
    return migrateError("redis-database", { at: where, database: address.database }, error);
  }
  return migrateError("redis-denied", { at: where, words }, error);
}
