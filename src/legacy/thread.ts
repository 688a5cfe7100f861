import { parentPort, workerData } from "node:worker_threads";
import { MigrateError } from "../errors.js";
import { sha1 } from "../target/digest.js";
import { idOf } from "../target/keyspace.js";
import type { Message, Order } from "./aside.js";
import { pack } from "./pack.js";
import { readRecords } from "./records.js";

/** A thread that reads one source, and runs ahead of whoever asked for it by so many batches as it was allowed. */
const order = workerData as Order;

let allowed = order.ahead;
let wake = (): void => {};
parentPort?.on("message", () => {
  allowed += 1;
  wake();
});

function post(message: Message, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}

try {
  const { keyspace, only } = order;
  const { source } = order;
  for await (const batch of readRecords(source, keyspace, only, { passing: true })) {
    while (allowed <= 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    allowed -= 1;
    const digest = order.digests ? sha1 : null;
    const packed = pack(
      batch,
      source.path,
      ({ kind, redisKey }) => idOf(keyspace.prefix, kind, redisKey.reveal()),
      digest,
    );
    post({ packed }, [packed.values.buffer, packed.numbers.buffer]);
  }
  post({ done: true });
} catch (error) {
  if (!(error instanceof MigrateError)) throw error;
  const { code, message, hint } = error;
  post({ failure: { code, message, hint } });
} finally {
  parentPort?.close();
}
