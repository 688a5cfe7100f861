import { nameOfServer, type Server } from "./address.js";
import { connectLimit } from "./connect.js";
import { openSuspectSender, type SuspectSender } from "./find-command-that-closes-connection.js";
import type { Login } from "./login.js";
import { connectAndReadInfo } from "./server-info.js";

/** No limit of Redis to the size of a command can be set as low as this. In bytes. */
const largeBytes = 512 * 1024;

/** Connections for commands that the server may close the connection for, and that no others use. */
export class SeparateConnections {
  readonly #login: Login;
  readonly #retryForMs: number;
  readonly #senders = new Map<string, SuspectSender>();
  /** The smallest value that Redis is known to close the connection for, in bytes. */
  #tooLarge = Number.POSITIVE_INFINITY;

  constructor(login: Login, retryForMs: number) {
    this.#login = login;
    this.#retryForMs = retryForMs;
  }

  /** Notes that Redis closed the connection for a value of so many bytes: no other of that size costs the others theirs. */
  addTooLarge(size: number): void {
    if (size >= largeBytes) this.#tooLarge = Math.min(this.#tooLarge, size);
  }

  /** Whether a command with a value of so many bytes, that lost the connection so often, is to be sent here. */
  isFor(size: number, losses: number): boolean {
    return size >= this.#tooLarge || losses >= (size >= largeBytes ? 1 : 2);
  }

  to(server: Server): SuspectSender {
    const name = nameOfServer(server);
    const open = async () => {
      const { client, info } = await connectAndReadInfo(
        server,
        this.#login,
        connectLimit(this.#login, this.#retryForMs),
      );
      return { client, runId: info?.get("run_id") ?? null };
    };
    const sender = this.#senders.get(name) ?? openSuspectSender(open, this.#login.signal);
    this.#senders.set(name, sender);
    return sender;
  }

  close(): void {
    for (const sender of this.#senders.values()) sender.close();
  }
}
