import { Worker } from "node:worker_threads";
import { type ErrorCode, MigrateError, migrateError, systemCode } from "../../errors.js";
import type { Kind, Source } from "../../types.js";
import type { Keyspace } from "../decode-row.js";
import { type FoundBatch, readRecords } from "../read-records.js";
import { openRereader, type Rereader } from "../read-row-again.js";
import { type PackedBatch, unpack } from "./batch-transfer.js";

/** What a thread is asked to read. */
export interface Order {
  readonly source: Source;
  readonly keyspace: Keyspace;
  readonly only: Kind | null;
  /** How many batches it may be ahead. */
  readonly ahead: number;
}

/** What a thread is told: what to read, to go on, and that memory is free again. */
export type Asked = Order | { readonly more: true } | { readonly back: ArrayBuffer };

/** What a thread answers. */
export type Message =
  | { readonly packed: PackedBatch }
  | { readonly done: true }
  | { readonly failure: { readonly code: ErrorCode; readonly message: string; readonly hint: string } };

/** How records are to be read. */
export interface Reading {
  readonly keyspace: Keyspace;
  /** The kind that is wanted; null for both. */
  readonly only: Kind | null;
  /** Threads to be busy at once, this one among them. */
  readonly concurrency: number;
  /** A smaller source is read here: starting a thread takes longer. In bytes. */
  readonly threadsFrom: number;
}

/** Reads sources, large ones in a thread of its own. */
export interface Reader extends Rereader {
  /**
   * All records of a source, as `readRecords` gives them.
   * @throws MigrateError `source-unreadable`
   */
  recordsOf(source: Source): AsyncGenerator<FoundBatch>;
}

/** Batches that a thread may be ahead: enough that neither waits for the other. */
const ahead = 3;

/** Opens a reader for these sources. A thread that one of them will need is started at once: that takes a while. */
export function openReader(sources: readonly Source[], reading: Reading): Reader {
  const { keyspace, only, concurrency, threadsFrom } = reading;
  const isLarge = ({ bytes }: Source) => concurrency > 1 && bytes >= threadsFrom;
  const rereader = openRereader(keyspace);
  let idle: Thread | null = sources.some(isLarge) ? startThread() : null;
  async function* readInThread(source: Source): AsyncGenerator<FoundBatch> {
    const thread = idle ?? startThread();
    idle = null;
    let done = false;
    try {
      thread.send({ source, keyspace, only, ahead });
      for (;;) {
        const message = await thread.next().catch((error: unknown) => {
          const short = systemCode(error) === "ERR_WORKER_OUT_OF_MEMORY";
          throw short ? migrateError("memory-short", { path: source.path }, error) : error;
        });
        if ("failure" in message) throw new MigrateError(message.failure.code, message.failure);
        done = "done" in message;
        if ("done" in message) return;
        const { buffer } = message.packed.values;
        yield { ...unpack(message.packed, keyspace), release: () => thread.send({ back: buffer }, [buffer]) };
        thread.send({ more: true });
      }
    } finally {
      if (done && idle === null) idle = thread;
      else await thread.end();
    }
  }
  return {
    ...rereader,
    recordsOf: (source) => (isLarge(source) ? readInThread(source) : readRecords(source, keyspace, only)),
    close: async () => {
      await rereader.close();
      await idle?.end();
    },
  };
}

/** What it makes lives for one batch, so that it needs little room for what is young (measured: 10 MB at the peak). */
const resourceLimits = { maxYoungGenerationSizeMb: 4 };

interface Thread {
  send(message: Asked, transfer?: readonly ArrayBuffer[]): void;
  /** @throws what the thread ended with, where it ended too early */
  next(): Promise<Message>;
  end(): Promise<unknown>;
}

function startThread(): Thread {
  const worker = new Worker(new URL("./thread-entry.js", import.meta.url), { resourceLimits });
  const arrived: Message[] = [];
  let failure: { readonly error: unknown } | null = null;
  let wake = (): void => {};
  const fail = (error: unknown) => {
    failure ??= { error };
    wake();
  };
  worker.on("message", (message: Message) => {
    arrived.push(message);
    wake();
  });
  worker.on("error", fail);
  worker.on("exit", (code) => fail(new Error(`a reading thread ended with ${code}`)));
  // One that waits for work must not keep the program from ending.
  worker.unref();
  return {
    send: (message, transfer = []) => {
      if ("source" in message) worker.ref();
      worker.postMessage(message, transfer);
    },
    next: async () => {
      for (;;) {
        const message = arrived.shift();
        if (message !== undefined) return message;
        if (failure !== null) throw failure.error;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    end: () => worker.terminate(),
  };
}
