import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "redis";
import { onTestFinished } from "vitest";
import { provisionRedis } from "./provision.js";

type Client = ReturnType<typeof clientOf>;

/** A Redis server of one test's own. */
export interface PrivateRedis {
  readonly port: number;
  readonly folder: string;
  readonly process: ChildProcess;
  readonly client: Client;
  /** What `redis-cli` users see of it: all keys, values and times to live. */
  dump(): Promise<Map<string, { value: string; ttl: number }>>;
}

export interface RedisSettings {
  /** Further lines of redis.conf, as arguments. */
  readonly arguments?: readonly string[];
  /** What the test's own client logs in with. */
  readonly username?: string;
  readonly password?: string;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** Starts a server that lives until the test is finished. */
export async function startRedis(settings: RedisSettings = {}): Promise<PrivateRedis> {
  const folder = await mkdtemp(join(tmpdir(), "chatgpt-migrate-redis-"));
  const { port, child } = await launch(folder, settings.arguments ?? []);
  const client = clientOf(port, settings);
  client.on("error", () => {});
  onTestFinished(async () => {
    if (client.isOpen) client.destroy();
    await stop(child);
    await rm(folder, { recursive: true, force: true });
  });
  await client.connect();
  return { port, folder, process: child, client, dump: () => dump(client) };
}

function clientOf(port: number, { username, password }: RedisSettings) {
  return createClient({
    socket: { host: "127.0.0.1", port, reconnectStrategy: false },
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  });
}

/** Another process may take the port first, so a few are tried. */
async function launch(
  folder: string,
  more: readonly string[],
): Promise<{ port: number; child: ChildProcess }> {
  const server = provisionRedis(() => {});
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const port = await freePort();
    const settings = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""];
    const child = spawn(server, [...settings, ...more], { stdio: ["ignore", "pipe", "pipe"] });
    if (await accepts(child)) return { port, child };
  }
  throw new Error(`${server} did not start`);
}

/** Waits for the server's own word that it is ready; false when it ended instead. */
async function accepts(child: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    let output = "";
    child.stdout?.on("data", (text: Buffer) => {
      output += text.toString();
      if (/Ready to accept connections/.test(output)) resolve(true);
    });
    child.on("exit", () => resolve(false));
    child.on("error", () => resolve(false));
  });
}

/** Asks again and again until the answer is yes; the test's own time limit is the bound. */
export async function until(reached: () => Promise<boolean>): Promise<void> {
  // A turn of the event loop in between, so that what is waited for can happen.
  while (!(await reached())) await new Promise((resolve) => setImmediate(resolve));
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

async function dump(client: Client): Promise<Map<string, { value: string; ttl: number }>> {
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
