import type { RedisClientOptions } from "@redis/client";
import { createClient, ErrorReply } from "@redis/client";
import { Interruption } from "../errors.js";
import type { Server } from "./address.js";
import { connectError, DeadlineError } from "./connect-error.js";
import { orInterruption } from "./end-on-interruption.js";
import type { Login } from "./login.js";

/** What is used of node-redis. Its methods for commands, such as `get`, are left out of the built program (`vite.config.ts`). */
export type Client = Pick<
  ReturnType<typeof makeClient>,
  "close" | "connect" | "destroy" | "isOpen" | "isReady" | "on" | "options" | "sendCommand"
>;

/** Measured best for pipelined writes: few, large writes to the socket. In bytes. */
const socketBuffer = 1024 * 1024;

function socketOf(
  server: Server,
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
  if ("path" in server) return { ...common, path: server.path, tls: false };
  const tcp = { ...common, host: server.host, port: server.port };
  return login.tls === null ? tcp : { ...tcp, ...login.tls, tls: true };
}

function makeClient(server: Server, login: Login, abandoned: AbortSignal) {
  return createClient({
    // RESP 2 is what every server and proxy speaks; nothing here needs RESP 3.
    RESP: 2,
    socket: socketOf(server, login, abandoned),
    database: login.database,
    ...(login.username === null ? {} : { username: login.username }),
    ...(login.password === null ? {} : { password: login.password.reveal() }),
    // The default makes an AbortSignal for each command, at half the throughput (measured).
    commandOptions: { timeout: 0 },
    // So that a connection with nothing to do shows a sign of life before `socketTimeout`.
    pingInterval: Math.max(1, Math.floor(login.commandTimeoutMs / 3)),
    // It also tells the name of node-redis, first of all: what is written so early finds a server that refuses our certificate
    // still there, so that its alert is read, and not a reset.
    disableClientInfo: false,
  });
}

/** With less time left than this, a server that is there would be reported as one that does not answer. In ms. */
const leastConnectMs = 1_000;

/** How long connecting may take, in ms, where so much is left of the time for retries. */
export function connectLimit({ connectionTimeoutMs }: Login, leftMs: number): number {
  return Math.min(connectionTimeoutMs, Math.max(leastConnectMs, leftMs));
}

/**
 * Connects and asks for a PONG, all within `limitMs`: a server that wants a password accepts connections without
 * one, so only an answer shows that it will work for us. A connection that is lost later fails what is under way.
 * @param ask what else is to be asked at once, and answered within that time
 * @throws MigrateError `redis-…`, for each way in which this can go wrong; `Interruption` once its signal aborts
 */
export async function connect(
  server: Server,
  login: Login,
  limitMs: number = login.connectionTimeoutMs,
  ask: (client: Client) => Promise<unknown> = async () => {},
): Promise<Client> {
  if (login.signal.aborted) throw new Interruption();
  const abandon = new AbortController();
  const client: Client = makeClient(server, login, abandon.signal);
  let timer: NodeJS.Timeout | undefined;
  const failed = new Promise<never>((_, reject) => {
    // Stays attached for good: without a listener, a lost connection would end the process.
    client.on("error", reject);
    timer = setTimeout(() => reject(new DeadlineError()), limitMs);
  });
  failed.catch(() => {});
  try {
    const answered = client.connect().then(() => Promise.all([ping(client), ask(client)]));
    await orInterruption(Promise.race([answered, failed]), login.signal);
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
    throw await connectError(server, login, error, limitMs);
  } finally {
    clearTimeout(timer);
  }
}

/** Why connections were lost. */
const failures = new WeakMap<object, unknown>();

/** Why a connection was lost, which those that wait for answers do not hear; undefined for none that was. */
export function failureOf(client: object): unknown {
  return failures.get(client);
}

/** Some users may not PING, some servers do not know it, and one that cannot save refuses it: all are answers. */
async function ping(client: Client): Promise<void> {
  try {
    await client.sendCommand(["PING"]);
  } catch (error) {
    if (!(error instanceof ErrorReply && /^(NOPERM|MISCONF|ERR unknown command)/.test(error.message)))
      throw error;
  }
}
