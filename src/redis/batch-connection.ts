import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { ErrorReply } from "@redis/client";
import { Decoder } from "@redis/client/dist/lib/RESP/decoder.js";
import type { Entry } from "../types/entry.js";
import type { Server } from "./address.js";
import { CreationEncoder } from "./creation-encoder.js";
import { encodeCommands } from "./encode-commands.js";
import type { Login } from "./login.js";
import { doNotTouch } from "./no-touch.js";
import { type Arguments, asBytes } from "./send-command.js";
import { parseInfo } from "./server-info.js";

/** A reply in RESP 2: strings as the bytes that they are, errors as values. */
export type Reply = string | number | Buffer | null | ErrorReply | readonly Reply[];

/** Commands that were sent together, and their replies so far. */
interface Sent {
  readonly count: number;
  readonly replies: Reply[];
  readonly resolve: (batch: BatchReplies) => void;
}

/** The replies of a batch; fewer than there were commands where the connection was lost with the others. */
export interface BatchReplies {
  readonly replies: readonly Reply[];
  /** What the connection was lost with; null where all replies came, or nothing was sent, for it was lost before. */
  readonly error: Error | null;
}

/**
 * A connection for batches of commands: a batch is one write, and a reply costs no promise. node-redis takes 5 µs a
 * command, as much as all else that is done for a small record (measured). It is never made again by itself: what is
 * lost with it is done one by one through node-redis, which knows what to do about each kind of failure.
 */
export class BatchConnection {
  readonly #socket: Socket;
  readonly #sent: Sent[] = [];
  readonly #encoder = new CreationEncoder();
  /** Whether no reply has begun that is not read to its end. */
  #isBetweenReplies = true;
  #error: Error | null = null;

  private constructor(server: Server, { tls, commandTimeoutMs }: Login) {
    const keepAlive = { noDelay: true, keepAlive: true };
    if ("path" in server) this.#socket = connectTcp({ path: server.path });
    else {
      const { host, port } = server;
      this.#socket =
        tls === null
          ? connectTcp({ host, port, ...keepAlive })
          : connectTls({ host, port, ...keepAlive, ...tls });
    }
    const takeReply = (reply: Reply) => this.#takeReply(reply);
    const decoder = new Decoder({
      onReply: takeReply,
      onErrorReply: takeReply,
      onPush: () => {},
      getTypeMapping: () => asBytes.typeMapping,
    });
    this.#socket.on("data", (chunk: Buffer) => {
      try {
        this.#takeChunk(chunk, decoder);
      } catch (error) {
        this.close(error as Error);
      }
    });
    this.#socket.on("error", (error) => this.close(error));
    this.#socket.on("close", () => this.close(new Error("Socket closed unexpectedly")));
    this.#socket.setTimeout(commandTimeoutMs, () => {
      // With nothing to be answered, silence says nothing.
      if (this.#sent.length > 0) this.close(new Error("Socket timeout"));
    });
  }

  /**
   * Connects, and logs in. Nothing is thrown: why it cannot is found out, and said, by whoever connects through node-redis.
   * @param runId of the process that must answer; null where it is not known
   * @returns null where that cannot be done
   */
  static async open(server: Server, login: Login, runId: string | null): Promise<BatchConnection | null> {
    const connection = new BatchConnection(server, login);
    const abort = () => connection.close();
    login.signal.addEventListener("abort", abort);
    if (login.signal.aborted) abort();
    const timer = setTimeout(abort, login.connectionTimeoutMs);
    const { replies, error } = await connection.send([...loginCommands(login), ["INFO", "server"]]);
    const [info] = replies.slice(-1);
    const fields = info instanceof Buffer ? parseInfo(info.toString()) : null;
    await doNotTouch(login, fields, (command) => connection.send([command]));
    clearTimeout(timer);
    // What is under way when the user interrupts is still answered.
    login.signal.removeEventListener("abort", abort);
    // INFO may be denied to a user who may do all else.
    const isRefused = replies.some((reply, at) => {
      return reply instanceof ErrorReply && (at < replies.length - 1 || reply.message.startsWith("NOAUTH"));
    });
    const found = fields?.get("run_id") ?? null;
    const isOther = runId !== null && found !== null && found !== runId;
    if (connection.isOpen && error === null && !isRefused && !isOther) return connection;
    connection.close();
    return null;
  }

  get isOpen(): boolean {
    return this.#error === null;
  }

  /** Sends commands in one go; settled once all are answered, or the connection is lost. */
  send(commands: readonly Arguments[]): Promise<BatchReplies> {
    return this.#write(commands.length, encodeCommands(commands));
  }

  /** The same, with the commands that create records. */
  create(entries: readonly Entry[]): Promise<BatchReplies> {
    const { pieces, release } = this.#encoder.encode(entries);
    return this.#write(entries.length, pieces, release);
  }

  /** @param written called once all is with the system */
  #write(count: number, pieces: readonly (string | Buffer)[], written?: () => void): Promise<BatchReplies> {
    return new Promise((resolve) => {
      if (this.#error !== null) {
        resolve({ replies: [], error: null });
        return;
      }
      this.#sent.push({ count, replies: [], resolve });
      const last = pieces.length - 1;
      this.#socket.cork();
      for (const [at, piece] of pieces.entries())
        this.#socket.write(piece, at === last ? written : undefined);
      this.#socket.uncork();
    });
  }

  #takeChunk(chunk: Buffer, decoder: Decoder): void {
    if (this.#isBetweenReplies && isOkAlone(chunk)) {
      for (let at = 0; at < chunk.length; at += ok.length) this.#takeReply("OK");
      return;
    }
    decoder.write(chunk);
    this.#isBetweenReplies = this.#sent.length === 0;
  }

  #takeReply(reply: Reply): void {
    const [first] = this.#sent;
    if (first === undefined) throw new Error("Unknown RESP type");
    first.replies.push(reply);
    if (first.replies.length < first.count) return;
    this.#sent.shift();
    first.resolve({ replies: first.replies, error: null });
  }

  /** Ends it: what is not answered by now is lost. @param error what it is lost with */
  close(error: Error = new Error("Disconnects client")): void {
    if (this.#error !== null) return;
    this.#error = error;
    this.#socket.destroy();
    for (const { replies, resolve } of this.#sent.splice(0)) resolve({ replies, error });
  }
}

const ok = Buffer.from("+OK\r\n");

/** As many as are compared at once. */
const manyOk = Buffer.alloc(ok.length * 16 * 1024, ok);

/** Whether a chunk is nothing but replies that something was done, as nearly all are where records are created. */
function isOkAlone(chunk: Buffer): boolean {
  return chunk.length % ok.length === 0 && manyOk.subarray(0, chunk.length).equals(chunk);
}

function loginCommands({ username, password, database }: Login): Arguments[] {
  const commands: Arguments[] = [];
  const user = username === null ? [] : [username];
  if (password !== null || username !== null) commands.push(["AUTH", ...user, password?.reveal() ?? ""]);
  if (database !== 0) commands.push(["SELECT", String(database)]);
  return commands;
}
