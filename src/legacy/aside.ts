import { Worker } from "node:worker_threads";
import { type ErrorCode, MigrateError } from "../errors.js";
import type { Kind, Source } from "../model.js";
import type { Keyspace } from "./decode.js";
import { type PackedBatch, unpack } from "./pack.js";
import { type FoundBatch, readRecords } from "./records.js";

/** What a thread is asked to read. */
export interface Order {
  readonly source: Source;
  readonly keyspace: Keyspace;
  readonly only: Kind | null;
  /** Whether to work out the SHA-1 of each value. */
  readonly digests: boolean;
  /** How many batches it may be ahead. */
  readonly ahead: number;
}

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
  /** Whether the SHA-1 of each value will be asked for. */
  readonly digests: boolean;
  /** Threads to be busy at once, this one among them. */
  readonly concurrency: number;
  /** A smaller source is read here: starting a thread takes longer. In bytes. */
  readonly threadsFrom: number;
}

/** Batches that a thread may be ahead: enough that neither waits for the other. */
const ahead = 6;

/**
 * All records of a source, as `readRecords` gives them, but read and decoded in a thread of its own where that pays.
 * @throws MigrateError `source-unreadable`
 */
export function recordsOf(source: Source, reading: Reading): AsyncGenerator<FoundBatch> {
  const { keyspace, only, concurrency, threadsFrom } = reading;
  const aside = concurrency > 1 && source.bytes >= threadsFrom;
  return aside ? readAside(source, reading) : readRecords(source, keyspace, only);
}

async function* readAside(
  source: Source,
  { keyspace: { prefix, ttl }, only, digests }: Reading,
): AsyncGenerator<FoundBatch> {
  const keyspace = { prefix, ttl };
  const order: Order = { source, keyspace, only, digests, ahead };
  const worker = new Worker(new URL("./thread.js", import.meta.url), { workerData: order });
  const arrived: Message[] = [];
  let failure: { readonly error: unknown } | null = null;
  let wake = (): void => {};
  worker.on("message", (message: Message) => {
    arrived.push(message);
    wake();
  });
  const fail = (error: unknown) => {
    failure ??= { error };
    wake();
  };
  worker.on("error", fail);
  worker.on("exit", (code) => {
    if (code !== 0) fail(new Error(`a reading thread ended with ${code}`));
  });
  try {
    for (;;) {
      const message = arrived.shift();
      if (message === undefined) {
        if (failure !== null) throw (failure as { readonly error: unknown }).error;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      if ("done" in message) return;
      if ("failure" in message) throw new MigrateError(message.failure.code, message.failure);
      yield unpack(message.packed, keyspace);
      worker.postMessage("more");
    }
  } finally {
    await worker.terminate();
  }
}
