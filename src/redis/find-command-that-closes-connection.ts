import { ErrorReply } from "@redis/client";
import { Interruption } from "../errors.js";
import { classifyError } from "./classify-error.js";
import type { Client } from "./connect.js";
import { ConnectionClosedByCommand } from "./connection-closed-by-command.js";

/** A connection of its own to a master, and which process answers there. */
interface Opened {
  readonly client: Client;
  /** Its `run_id`; null where it does not say. */
  readonly runId: string | null;
}

/** A command that lost its connection before, alone or among others. */
interface Suspect {
  readonly key: string;
  readonly action: (client: Client) => Promise<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  timesClosed: number;
}

/** Sends commands again that lost their connection. */
export interface SuspectSender {
  /**
   * @param key what the command is about
   * @throws ConnectionClosedByCommand where the connection is lost each time that this command is sent alone, though the server is there;
   *   MigrateError where the server is not there
   */
  run<T>(key: string, action: (client: Client) => Promise<T>): Promise<T>;
  /** Nothing is sent any more; what is under way fails. */
  close(): void;
}

/** Few enough not to be what a connection is closed for; enough not to wait for each answer. */
const mostTogether = 64;

/** A network that cuts connections at random seldom meets the same command, sent alone, so often in a row. */
const mostTimesClosed = 3;

/**
 * Sends commands that lost their connection over one that no others use, and fewer and fewer together, so that one that
 * Redis closes the connection for is found and the others are done.
 * @param open makes a connection at once, or fails
 */
export function openSuspectSender(open: () => Promise<Opened>, signal: AbortSignal): SuspectSender {
  const queue: Suspect[] = [];
  let opened: Opened | null = null;
  let isSending = false;
  let closed = false;

  async function reopen(): Promise<Opened> {
    const made = await open();
    // `close` did not know of this client yet.
    if (closed) {
      made.client.destroy();
      throw new Interruption();
    }
    opened = made;
    return made;
  }

  /** @returns those that were lost with the connection */
  async function send(group: readonly Suspect[], { client }: Opened): Promise<Suspect[]> {
    const answers = await Promise.allSettled(group.map(({ action }) => action(client)));
    return group.filter(({ resolve, reject }, at) => {
      const answer = answers[at] as PromiseSettledResult<unknown>;
      if (answer.status === "fulfilled") resolve(answer.value);
      else if (classifyError(answer.reason).kind === "lost") return true;
      else reject(answer.reason);
      return false;
    });
  }

  /** Fails a command that the connection is closed for each time, while the same process serves others about its key. */
  async function checkAlone(suspect: Suspect, before: Opened): Promise<void> {
    const { client, runId } = await reopen();
    const bytes = await sizeOf(client, suspect.key);
    suspect.timesClosed = runId === before.runId ? suspect.timesClosed + 1 : 0;
    if (suspect.timesClosed < mostTimesClosed) return;
    queue.shift();
    suspect.reject(new ConnectionClosedByCommand(bytes));
  }

  async function sendAll(): Promise<void> {
    let together = mostTogether;
    while (queue.length > 0) {
      if (closed || signal.aborted) throw new Interruption();
      const used = opened?.client.isReady ? opened : await reopen();
      const group = queue.splice(0, together);
      const lost = await send(group, used);
      queue.unshift(...lost);
      const [first] = lost;
      if (first === undefined) {
        together = Math.min(mostTogether, together * 2);
        continue;
      }
      used.client.destroy();
      if (group.length === 1) await checkAlone(first, used);
      together = Math.max(1, Math.floor(group.length / 4));
    }
  }

  async function emptyQueue(): Promise<void> {
    isSending = true;
    try {
      await sendAll();
    } catch (error) {
      for (const { reject } of queue.splice(0)) reject(error);
    }
    disconnect();
    isSending = false;
  }

  function disconnect(): void {
    if (opened?.client.isOpen) opened.client.destroy();
    opened = null;
  }

  return {
    run: <T>(key: string, action: (client: Client) => Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        queue.push({ key, action, resolve: (result) => resolve(result as T), reject, timesClosed: 0 });
        if (!isSending) void emptyQueue();
      }),
    close: () => {
      closed = true;
      disconnect();
    },
  };
}

/** Bytes of the string under a key; null where the server answers something else. */
async function sizeOf(client: Client, key: string): Promise<number | null> {
  try {
    return Number(await client.sendCommand(["STRLEN", key]));
  } catch (error) {
    if (error instanceof ErrorReply) return null;
    throw error;
  }
}
