import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { createClient } from "redis";
import { beforeAll, beforeEach, onTestFinished } from "vitest";
import { type AtEnd, scratchFolder } from "./program.js";
import { provisionRedis } from "./provision.js";

export type Client = ReturnType<typeof clientOf>;

/** What `redis-cli` users see of a server: all keys, values and times to live. */
export type Dump = Map<string, { value: string; ttl: number }>;

/** A Redis server of one test's own. */
export interface PrivateRedis {
  readonly port: number;
  readonly folder: string;
  readonly process: ChildProcess;
  readonly client: Client;
  dump(): Promise<Dump>;
}

/** What the test's own client logs in with. */
export interface Login {
  readonly username?: string;
  readonly password?: string;
  /** Contents of PEM files; the connection is encrypted when they are there. */
  readonly tls?: { readonly ca: Buffer; readonly cert?: Buffer; readonly key?: Buffer };
}

/** Arguments of a server that is to listen on this port; asked again for each port that is tried. */
export type ArgumentsFor = (port: number) => readonly string[] | Promise<readonly string[]>;

export interface RedisSettings extends Login {
  /** Further lines of redis.conf, as arguments. */
  readonly arguments?: readonly string[] | ArgumentsFor;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = portOf(server);
  server.close();
  await once(server, "close");
  return port;
}

/** Where a server of this process listens. */
export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** Starts a server that lives until the test is finished. */
export async function startRedis(
  settings: RedisSettings = {},
  atEnd: AtEnd = onTestFinished,
): Promise<PrivateRedis> {
  const folder = await scratchFolder(atEnd);
  const { port, child } = await launch(argumentsOf(folder, settings), undefined, atEnd);
  const client = await connectTo(port, settings, atEnd);
  return { port, folder, process: child, client, dump: () => dumpOf(client) };
}

/** A server for all tests of a file, empty when each begins: for tests that neither stop it nor change its settings. */
export function redisOfFile(): () => PrivateRedis {
  let redis: PrivateRedis;
  beforeAll(async () => {
    const ends: (() => void | Promise<void>)[] = [];
    redis = await startRedis({}, (act) => ends.push(act));
    return async () => {
      for (const end of ends.reverse()) await end();
    };
  });
  beforeEach(async () => void (await redis.client.flushAll()));
  return () => redis;
}

/** What every server is started with, and then what the settings add to it or change of it. */
export function argumentsOf(folder: string, { arguments: more = [] }: RedisSettings): ArgumentsFor {
  return async (port) => [
    ...["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "3600 1000000"],
    ...(typeof more === "function" ? await more(port) : more),
  ];
}

/** A client, connected, that is gone once the test is finished. It never reconnects. */
export async function connectTo(
  port: number,
  login: Login = {},
  atEnd: AtEnd = onTestFinished,
): Promise<Client> {
  const client = clientOf(port, login);
  client.on("error", () => {});
  atEnd(() => {
    if (client.isOpen) client.destroy();
  });
  await client.connect();
  return client;
}

function clientOf(port: number, { username, password, tls }: Login) {
  const tcp = { host: "127.0.0.1", port, reconnectStrategy: false as const };
  return createClient({
    socket: tls === undefined ? tcp : { ...tcp, ...tls, tls: true },
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  });
}

/** Starts a server on a free port. Another process may take that first, so others are tried. */
export async function launch(
  argumentsFor: ArgumentsFor,
  ready?: RegExp,
  atEnd?: AtEnd,
): Promise<{ port: number; child: ChildProcess }> {
  for (;;) {
    const port = await freePort();
    const child = await serve(await argumentsFor(port), ready, atEnd);
    if (child !== null) return { port, child };
  }
}

/** Found once in each process: to look for it may start a process. */
let server: string | undefined;

/**
 * Starts a server that lives until the test is finished, and waits for its own word that it is ready.
 * Null when another process has one of its ports.
 * @throws Error with the server's words, when it ended for any other reason
 */
export async function serve(
  parameters: readonly string[],
  ready = /Ready to accept connections/,
  atEnd: AtEnd = onTestFinished,
): Promise<ChildProcess | null> {
  server ??= provisionRedis(() => {});
  let child: ChildProcess | undefined;
  // Before the server is there: a test that ends meanwhile must not leave it behind.
  atEnd(() => child && stop(child));
  child = spawn(server, parameters, { stdio: ["ignore", "pipe", "pipe"] });
  const words = await wordsUntil(child, ready);
  if (ready.test(words)) return child;
  if (/Address already in use/.test(words)) return null;
  throw new Error(`${server} ${parameters.join(" ")} did not start:\n${words}`);
}

/** What a server said, up to these words or to its end. */
async function wordsUntil(child: ChildProcess, awaited: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let words = "";
    const hear = (text: Buffer): void => {
      words += text.toString();
      if (awaited.test(words)) resolve(words);
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.on("close", () => resolve(words));
    child.on("error", reject);
  });
}

/** Asks every other millisecond until the answer is yes; the test's own time limit is the bound. */
export async function until(reached: () => Promise<boolean>): Promise<void> {
  // Not at every turn of the event loop: that takes a whole processor from what is waited for.
  while (!(await reached())) await new Promise((resolve) => setTimeout(resolve, 2));
}

/**
 * As `until`, for what takes other processes long: asks 50 times a second, to leave them the processor.
 * Returns the first answer that is neither false nor null.
 */
export async function eventually<Answer>(ask: () => Promise<Answer | false | null>): Promise<Answer> {
  for (;;) {
    const answer = await ask();
    if (answer !== false && answer !== null) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export function isRunning({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid !== undefined && exitCode === null && signalCode === null;
}

/** Kills a process with SIGKILL, unless it has ended, and waits for its end. */
export async function stop(child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

/** @see Dump */
export async function dumpOf(client: Client): Promise<Dump> {
  const keys = (await client.keys("*")).sort();
  return new Map(
    await Promise.all(
      keys.map(async (key) => {
        const [type, ttl] = await Promise.all([client.type(key), client.ttl(key)]);
        const value = type === "string" ? ((await client.get(key)) ?? "") : type;
        return [key, { value, ttl }] as const;
      }),
    ),
  );
}
