import { constants, openSync } from "node:fs";
import { Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { Interruption, systemCode } from "../errors.js";

/** How often it is tried whether somebody reads by now. In ms. */
const periodMs = 50;

interface NamedPipe {
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
  /** Called where nobody reads it yet. */
  readonly onWait?: () => void;
}

/** Where bytes are written that whoever reads them has at once. */
export interface Pipe {
  write(bytes: Uint8Array): Promise<void>;
  /** Says that nothing more follows, once all is read. */
  end(): Promise<void>;
  /** Ends it at once. */
  destroy(): void;
}

/**
 * Opens a named pipe, once somebody reads it. Neither that nor a write is waited for within the system: from there not even
 * `process.exit` calls a process back.
 * @throws what the system says; `Interruption` once the signal aborts
 */
export async function openPipe({ path, signal, onWait }: NamedPipe): Promise<Pipe> {
  for (let isFirst = true; ; isFirst = false) {
    if (signal?.aborted) throw new Interruption();
    const file = openIfRead(path);
    if (file !== null) return pipeOf(new Socket({ fd: file, readable: false, writable: true }));
    if (isFirst) onWait?.();
    await wait(periodMs);
  }
}

function openIfRead(path: string): number | null {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (systemCode(error) === "ENXIO") return null;
    throw error;
  }
}

function pipeOf(socket: Socket): Pipe {
  // Each write says what it failed with.
  socket.on("error", () => {});
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        socket.write(bytes, (error) => (error ? reject(error) : resolve()));
      }),
    end: () =>
      new Promise((resolve, reject) => {
        socket.once("close", resolve).once("error", reject).end();
      }),
    destroy: () => socket.destroy(),
  };
}
