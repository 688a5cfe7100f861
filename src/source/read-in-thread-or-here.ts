import { MigrateError, migrateError, systemCode } from "../errors.js";
import type { Lifetime } from "../record/expiry.js";
import type { Kind } from "../types/kind.js";
import type { Source } from "../types/source-file.js";
import type { Keyspace } from "./entry-in-batch.js";
import { type RecordBatch, readRecords, unpack } from "./read-records.js";
import { openSingleRowReader, type SingleRowReader } from "./read-row-again.js";
import { transferred } from "./worker/batch-transfer.js";
import { type ReaderThread, startReaderThread } from "./worker/start-reader-thread.js";

/** How records are to be read. */
export interface ReadOptions {
  readonly keyspace: Keyspace;
  /** The kind that is wanted; null for both. */
  readonly only: Kind | null;
  /** Whether the digest of nearly every value will be asked for: then a thread makes them. */
  readonly digests: boolean;
  /** Threads to be busy at once, this one among them. */
  readonly concurrency: number;
  /** A smaller source is read here: starting a thread takes longer. In bytes. */
  readonly threadsFrom: number;
}

/** Reads sources, large ones in a thread of its own. */
export interface Reader extends SingleRowReader {
  /** How long the conversations live that it reads. */
  readonly lifetime: Lifetime;
  /**
   * All records of a source, as `readRecords` gives them.
   * @throws MigrateError `source-unreadable`, `source-abandoned`
   */
  recordsOf(source: Source): AsyncGenerator<RecordBatch>;
}

/** Batches that a thread may be ahead: enough that neither waits for the other. */
const ahead = 3;

/** Opens a reader for these sources. A thread that one of them will need is started at once: that takes a while. */
export function openReader(sources: readonly Source[], options: ReadOptions): Reader {
  const { keyspace, only, digests, concurrency, threadsFrom } = options;
  const isLarge = ({ bytes }: Source) => concurrency > 1 && bytes >= threadsFrom;
  const singleRows = openSingleRowReader(keyspace);
  let idle: ReaderThread | null = sources.some(isLarge) ? startReaderThread() : null;
  async function* readInThread(source: Source): AsyncGenerator<RecordBatch> {
    const thread = idle ?? startReaderThread();
    idle = null;
    /** Memory of values, to be given back with the next message: each one costs (measured). */
    const free: ArrayBuffer[] = [];
    let done = false;
    try {
      thread.send({ source, options: { prefix: keyspace.prefix, only, digests }, ahead });
      for (;;) {
        const answer = await thread.next().catch((error: unknown) => {
          const short = systemCode(error) === "ERR_WORKER_OUT_OF_MEMORY";
          throw short ? migrateError("memory-short", { path: source.path }, error) : error;
        });
        if ("failure" in answer) throw new MigrateError(answer.failure.code, answer.failure);
        done = "done" in answer;
        if ("done" in answer) return;
        const { buffer } = answer.packed.values;
        const batch = unpack(transferred(answer.packed), keyspace);
        yield { ...batch, release: () => free.push(buffer) };
        const back = free.splice(0);
        thread.send({ back }, back);
      }
    } finally {
      if (done && idle === null) idle = thread;
      else await thread.end();
    }
  }
  return {
    ...singleRows,
    lifetime: keyspace,
    recordsOf: (source) => (isLarge(source) ? readInThread(source) : readRecords(source, keyspace, only)),
    close: async () => {
      await singleRows.close();
      await idle?.end();
    },
  };
}
