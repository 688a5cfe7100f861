import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { eventually, portOf } from "./redis.js";

/** Stands between the program and a server, and does what networks do. */
export interface Proxy {
  readonly port: number;
  /** How many connections were accepted so far. */
  connections(): number;
  /** How many bytes were passed on to the server so far. */
  bytesToServer(): number;
  /** Destroys every live connection. */
  cut(): void;
  /**
   * Destroys every live connection, once, when exactly so many more bytes (1 or more) went to the server.
   * The server may still be about to read the last of them.
   */
  cutAfter(bytes: number): void;
  /**
   * Once exactly so many more bytes (1 or more) went to the server, does something, and passes on what comes after them
   * only when that is done. What was to be done after other bytes, and has not been, is forgotten.
   */
  after(bytes: number, act: () => unknown): void;
  /** Passes nothing on, either way; connections are accepted, and stay. */
  stall(): void;
  /** Passes on what was held back, and all that follows. */
  unstall(): void;
  /** From now on, each chunk is passed on after so many milliseconds, either way. */
  delay(ms: number): void;
  /** What the server says next (a chunk, with all replies in it) is replaced by what no Redis says. */
  garble(): void;
  /** Listens no more; live connections stay. */
  refuse(): void;
  /** Listens again, on the same port. */
  accept(): Promise<void>;
}

const notRedis = Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n");

type Pass = (chunk: Buffer, to: Socket) => Promise<void>;

/** Starts a proxy to a port of this machine, which lives until the test is finished. */
export async function startProxy(targetPort: number): Promise<Proxy> {
  const live = new Set<Socket>();
  let accepted = 0;
  let passed = 0;
  let next: { left: number; readonly act: () => unknown } | null = null;
  let acting: Promise<unknown> | null = null;
  let delayMs = 0;
  let garbled = false;
  let stalled: { readonly over: Promise<void>; readonly end: () => void } | null = null;

  function cut(): void {
    for (const socket of live) socket.destroy();
  }

  function unstall(): void {
    stalled?.end();
    stalled = null;
  }

  async function held(): Promise<void> {
    if (delayMs > 0) await setTimeout(delayMs);
    while (stalled !== null) await stalled.over;
  }

  async function toServer(chunk: Buffer, server: Socket): Promise<void> {
    while (acting !== null) await acting;
    const part = chunk.subarray(0, next?.left);
    passed += part.length;
    if (next === null) return write(server, part);
    next.left -= part.length;
    if (next.left > 0) return write(server, part);
    const { act } = next;
    next = null;
    acting = write(server, part).then(act);
    await acting;
    acting = null;
    if (!server.destroyed) await toServer(chunk.subarray(part.length), server);
  }

  async function toClient(chunk: Buffer, client: Socket): Promise<void> {
    const told = garbled ? notRedis : chunk;
    garbled = false;
    await write(client, told);
  }

  function wire(from: Socket, to: Socket, pass: Pass): void {
    live.add(from);
    from.on("data", async (chunk: Buffer) => {
      from.pause();
      await held();
      if (!to.destroyed) await pass(chunk, to);
      from.resume();
    });
    from.on("end", () => to.end());
    from.on("error", () => {});
    from.on("close", () => {
      live.delete(from);
      to.destroy();
    });
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    accepted += 1;
    const upstream = connect({ host: "127.0.0.1", port: targetPort, allowHalfOpen: true, noDelay: true });
    wire(client, upstream, toServer);
    wire(upstream, client, toClient);
  });
  onTestFinished(() => {
    server.close();
    unstall();
    cut();
  });
  await listens(server, 0);
  const port = portOf(server);

  return {
    port,
    connections: () => accepted,
    bytesToServer: () => passed,
    cut,
    cutAfter: (bytes) => {
      next = { left: bytes, act: cut };
    },
    after: (bytes, act) => {
      next = { left: bytes, act };
    },
    stall: () => {
      let end = (): void => {};
      const over = new Promise<void>((resolve) => {
        end = resolve;
      });
      stalled ??= { over, end };
    },
    unstall,
    delay: (ms) => {
      delayMs = ms;
    },
    garble: () => {
      garbled = true;
    },
    refuse: () => void server.close(),
    accept: async () => void (await eventually(() => listens(server, port))),
  };
}

/** Until the system has taken the bytes, or the connection is gone. */
function write(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => socket.write(bytes, () => resolve()));
}

/** False when another process has the port. */
async function listens(server: Server, port: number): Promise<boolean> {
  if (server.listening) return true;
  server.listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return false;
    throw error;
  }
}

/** A proxy behind which a server falls silent in the middle of the work: what is in flight stays so. */
export async function silentMidway(target: { readonly port: number }) {
  const proxy = await startProxy(target.port);
  const isSilent = new Promise<void>((resolve) => {
    proxy.after(300_000, () => {
      proxy.stall();
      resolve();
    });
  });
  return { proxy, isSilent };
}
