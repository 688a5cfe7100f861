import type { Limits } from "./batches-in-flight.js";

/** Something to be read, of about so many bytes. */
export interface Reading<T> {
  readonly bytes: number;
  readonly read: () => Promise<T>;
}

/**
 * Reads several things at a time, bounded by count and by bytes, and hands them out in their order. What was handed out
 * counts as in memory until the next one is asked for.
 * @throws what reading one of them threw, in its turn
 */
export async function* readAhead<T>(readings: AsyncIterable<Reading<T>>, limits: Limits): AsyncGenerator<T> {
  const inFlight: { readonly bytes: number; readonly result: Promise<T> }[] = [];
  const source = readings[Symbol.asyncIterator]();
  let bytes = 0;
  let ended = false;
  for (;;) {
    while (!ended && inFlight.length < limits.count && bytes < limits.bytes) {
      const next = await source.next();
      if (next.done) {
        ended = true;
        break;
      }
      const result = next.value.read();
      // It is told in its turn.
      result.catch(() => {});
      inFlight.push({ bytes: next.value.bytes, result });
      bytes += next.value.bytes;
    }
    const first = inFlight.shift();
    if (first === undefined) return;
    yield await first.result;
    bytes -= first.bytes;
  }
}
