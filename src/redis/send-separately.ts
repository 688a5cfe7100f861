import { nameOfServer, type Server } from "./address.js";
import { connectLimit } from "./connect.js";
import { openSuspectSender, type SuspectSender } from "./find-command-that-closes-connection.js";
import type { Login } from "./login.js";
import { connectAndReadInfo } from "./server-info.js";

/** No limit of Redis to the size of a command can be set as low as this. In bytes. */
const largeBytes = 512 * 1024;

/** Whether a command with a value of so many bytes lost the connection so often that it may be what it is closed for. */
export function needsSeparateConnection(size: number, losses: number): boolean {
  return losses >= (size >= largeBytes ? 1 : 2);
}

/** Connections for commands that the server may close the connection for, apart from all others. */
export class SeparateConnections {
  readonly #login: Login;
  readonly #retryForMs: number;
  readonly #senders = new Map<string, SuspectSender>();

  constructor(login: Login, retryForMs: number) {
    this.#login = login;
    this.#retryForMs = retryForMs;
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
