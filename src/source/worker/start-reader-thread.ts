import { Worker } from "node:worker_threads";
import type { ErrorCode } from "../../errors.js";
import type { Source } from "../../types/source-file.js";
import type { PackedBatch, PackOptions } from "../pack-records.js";

/** What a thread is asked to read. */
export interface ReadRequest {
  readonly source: Source;
  readonly options: PackOptions;
  /** How many batches it may be ahead. */
  readonly ahead: number;
}

/** What is sent to a thread: what to read, or that one more batch may be read, with memory that is free again. */
export type ThreadRequest = ReadRequest | { readonly back: readonly ArrayBuffer[] };

/** What a thread sends. */
export type ThreadAnswer =
  | { readonly packed: PackedBatch }
  | { readonly done: true }
  | { readonly failure: { readonly code: ErrorCode; readonly message: string; readonly hint: string } };

/** What it makes lives for one batch, so that it needs little room for what is young (measured: 12 MB at the peak). */
const resourceLimits = { maxYoungGenerationSizeMb: 2 };

export interface ReaderThread {
  send(message: ThreadRequest, transfer?: readonly ArrayBuffer[]): void;
  /** @throws what the thread ended with, where it ended too early */
  next(): Promise<ThreadAnswer>;
  end(): Promise<unknown>;
}

export function startReaderThread(): ReaderThread {
  const worker = new Worker(new URL("./thread-entry.js", import.meta.url), { resourceLimits });
  const arrived: ThreadAnswer[] = [];
  let failure: { readonly error: unknown } | null = null;
  let wake = (): void => {};
  const fail = (error: unknown) => {
    failure ??= { error };
    wake();
  };
  worker.on("message", (answer: ThreadAnswer) => {
    arrived.push(answer);
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
