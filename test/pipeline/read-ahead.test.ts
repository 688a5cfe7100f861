import { expect, test } from "vitest";
import { type Reading, readAhead } from "../../src/pipeline/read-ahead.js";

/** Readings that end when they are told to, and which of them have begun. */
function readings(sizes: readonly number[]) {
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const fails: ((error: Error) => void)[] = [];
  async function* all(): AsyncGenerator<Reading<number>> {
    for (const [at, bytes] of sizes.entries())
      yield {
        bytes,
        read: () => {
          begun.push(at);
          return new Promise((resolve, reject) => {
            ends[at] = () => resolve(at);
            fails[at] = reject;
          });
        },
      };
  }
  return { all: all(), begun, ends, fails };
}

const turns = () => new Promise((resolve) => setImmediate(resolve));

test("as many are read at a time as may be, and handed out in their order", async () => {
  const { all, begun, ends } = readings([1, 1, 1, 1, 1]);
  const read = readAhead(all, { count: 3, bytes: 100 });
  const first = read.next();
  await turns();
  expect(begun).toEqual([0, 1, 2]);
  ends[2]?.();
  ends[1]?.();
  await turns();
  expect(begun).toEqual([0, 1, 2]);
  ends[0]?.();
  expect(await first).toEqual({ done: false, value: 0 });
  expect((await read.next()).value).toBe(1);
  expect((await read.next()).value).toBe(2);
  await turns();
  expect(begun).toEqual([0, 1, 2, 3, 4]);
});

test("what is in use counts, and one that is larger than all that is allowed is read alone", async () => {
  const { all, begun, ends } = readings([5, 500, 5]);
  const read = readAhead(all, { count: 9, bytes: 10 });
  const first = read.next();
  await turns();
  expect(begun).toEqual([0, 1]);
  ends[0]?.();
  await first;
  const second = read.next();
  await turns();
  expect(begun).toEqual([0, 1]);
  ends[1]?.();
  expect((await second).value).toBe(1);
  const third = read.next();
  await turns();
  ends[2]?.();
  expect((await third).value).toBe(2);
  expect((await read.next()).done).toBe(true);
});

test("what one of them throws is thrown in its turn", async () => {
  const { all, ends, fails } = readings([1, 1, 1]);
  const read = readAhead(all, { count: 3, bytes: 100 });
  const first = read.next();
  await turns();
  fails[1]?.(new Error("made up"));
  await turns();
  ends[0]?.();
  expect((await first).value).toBe(0);
  await expect(read.next()).rejects.toThrow("made up");
});
