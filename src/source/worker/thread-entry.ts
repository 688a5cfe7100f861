import { parentPort } from "node:worker_threads";
import { MigrateError } from "../../errors.js";
import { longestKept, roomFor } from "../json/byte-window.js";
import { packRecords } from "../pack-records.js";
import { toTransfer } from "./batch-transfer.js";
import type { ReadRequest, ThreadAnswer, ThreadRequest } from "./start-reader-thread.js";

/** This thread reads one source after the other, ahead of the one that asks: so many batches more may be sent. */
let allowed = 0;
let wake = (): void => {};

/** Memory of values that came back, to be used again: the smallest piece first. */
const spare: ArrayBuffer[] = [];

/** What nearly all batches need at most; a piece of it that is not written to takes no memory. In bytes. */
const usualRoom = 1024 * 1024;

function room(bytes: number): ArrayBuffer {
  if (bytes === 0) return new ArrayBuffer(0);
  const fits = spare.findIndex(({ byteLength }) => byteLength >= bytes);
  if (fits >= 0) return spare.splice(fits, 1)[0] as ArrayBuffer;
  // One that is too small goes, so that they are never more than batches were under way.
  spare.shift();
  return new ArrayBuffer(bytes <= usualRoom ? usualRoom : roomFor(bytes));
}

parentPort?.on("message", (message: ThreadRequest) => {
  if ("source" in message) {
    allowed = message.ahead;
    void read(message);
    return;
  }
  spare.push(...message.back.filter(({ byteLength }) => byteLength <= longestKept));
  spare.sort((one, other) => one.byteLength - other.byteLength);
  allowed += 1;
  wake();
});

function post(answer: ThreadAnswer, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(answer, transfer);
}

async function read({ source, options }: ReadRequest): Promise<void> {
  try {
    for await (const batch of packRecords(source, options, room, { reuseMemory: true })) {
      while (allowed <= 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      allowed -= 1;
      const { packed, transfer } = toTransfer(batch);
      post({ packed }, transfer);
    }
    post({ done: true });
  } catch (error) {
    if (!(error instanceof MigrateError)) throw error;
    const { code, message, hint } = error;
    post({ failure: { code, message, hint } });
  }
}
