import { ErrorReply } from "@redis/client";
import { Interruption } from "../errors.js";
import type { Client } from "./connect.js";
import { diagnose, HangUp } from "./error-replies.js";

/** A connection of its own to a master, and which process answers there. */
interface Opened {
  readonly client: Client;
  /** Its `run_id`; null where it does not tell. */
  readonly runId: string | null;
}

/** A command that lost its connection before, alone or among others. */
interface Suspect {
  readonly key: string;
  readonly act: (client: Client) => Promise<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  hangUps: number;
}

/** Sends commands again that lost their connection. */
export interface Resender {
  /**
   * @param key what the command is about
   * @throws HangUp where the connection is lost each time that this command is sent alone, though the server is there;
   *   MigrateError where the server is not there
   */
  run<T>(key: string, act: (client: Client) => Promise<T>): Promise<T>;
  /** Nothing is sent any more; what is under way fails. */
  close(): void;
}

/** Few enough not to be what a connection is closed for; enough not to wait for each answer. */
const mostTogether = 64;

/** A network that cuts connections at random seldom meets the same command, sent alone, so often in a row. */
const mostHangUps = 3;

/**
 * Sends commands that lost their connection over one that no others use, and fewer and fewer together, so that one that
 * Redis closes the connection for is found and the others are done.
 * @param open makes a connection at once, or fails
 */
export function openResender(open: () => Promise<Opened>, signal: AbortSignal): Resender {
  const queue: Suspect[] = [];
  let opened: Opened | null = null;
  let working = false;
  let closed = false;

  async function reopen(): Promise<Opened> {
    const made = await open();
    // Whoever closed all connections did not know of this one yet.
    if (closed) {
      made.client.destroy();
      throw new Interruption();
    }
    opened = made;
    return made;
  }

  /** @returns those that were lost with the connection */
  async function send(group: readonly Suspect[], { client }: Opened): Promise<Suspect[]> {
    const answers = await Promise.allSettled(group.map(({ act }) => act(client)));
    return group.filter(({ resolve, reject }, at) => {
      const answer = answers[at] as PromiseSettledResult<unknown>;
      if (answer.status === "fulfilled") resolve(answer.value);
      else if (diagnose(answer.reason).kind === "lost") return true;
      else reject(answer.reason);
      return false;
    });
  }

  /** Whether it is this command that the connection is closed for: the same process serves others about the same key. */
  async function blame(suspect: Suspect, before: Opened): Promise<void> {
    const { client, runId } = await reopen();
    const bytes = await sizeOf(client, suspect.key);
    suspect.hangUps = runId === before.runId ? suspect.hangUps + 1 : 0;
    if (suspect.hangUps < mostHangUps) return;
    queue.shift();
    suspect.reject(new HangUp(bytes));
  }

  async function work(): Promise<void> {
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
      if (group.length === 1) await blame(first, used);
      together = Math.max(1, Math.floor(group.length / 4));
    }
  }

  async function workOff(): Promise<void> {
    working = true;
    try {
      await work();
    } catch (error) {
      for (const { reject } of queue.splice(0)) reject(error);
    }
    disconnect();
    working = false;
  }

  function disconnect(): void {
    if (opened?.client.isOpen) opened.client.destroy();
    opened = null;
  }

  return {
    run: <T>(key: string, act: (client: Client) => Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        queue.push({ key, act, resolve: (result) => resolve(result as T), reject, hangUps: 0 });
        if (!working) void workOff();
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
