import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { throughWindow, Window } from "../../src/pipeline/batches-in-flight.js";

const wide = { count: 100, bytes: 100 };

/** Work that ends when the test says so. */
function deferred() {
  let finish: (result: string) => void = () => {};
  const promise = new Promise<string>((resolve) => {
    finish = resolve;
  });
  return { work: () => promise, finish };
}

const succeed = (result: string) => async () => result;
const fail = (message: string) => async (): Promise<string> => {
  throw new Error(message);
};

describe("a window is full", () => {
  it.each([
    ["not while empty", [], false],
    ["not below both limits", [1, 1], false],
    ["at as many pieces of work as allowed", [1, 1, 1], true],
    ["at as many bytes as allowed", [4, 6], true],
    ["with a single piece larger than all bytes allowed", [11], true],
  ])("%s", (_when, sizes, full) => {
    const window = new Window<string>({ count: 3, bytes: 10 }, () => {});
    for (const bytes of sizes) window.add(bytes, succeed("x"));
    expect(window.full).toBe(full);
  });

  it("no more once drained", async () => {
    const window = new Window<string>({ count: 1, bytes: 10 }, () => {});
    window.add(11, succeed("x"));
    await window.drain();
    expect(window.full).toBe(false);
  });
});

it("begins work as soon as it is added", () => {
  const begun: string[] = [];
  const window = new Window<void>(wide, () => {});
  window.add(1, async () => void begun.push("a"));
  expect(begun).toEqual(["a"]);
});

it("settles in order of adding, whatever ends first", async () => {
  const settled: string[] = [];
  const window = new Window<string>(wide, (result) => settled.push(result));
  const [a, b] = [deferred(), deferred()];
  window.add(1, a.work);
  window.add(1, b.work);
  b.finish("b");
  a.finish("a");
  await window.drain();
  expect(settled).toEqual(["a", "b"]);
});

it("makes room as soon as the oldest work ends, without waiting for the rest", async () => {
  const events: string[] = [];
  const window = new Window<string>({ count: 2, bytes: 100 }, (result) => events.push(result));
  const [a, b] = [deferred(), deferred()];
  window.add(1, a.work);
  window.add(1, b.work);
  const room = window.room().then(() => events.push("room"));
  a.finish("a");
  await room;
  b.finish("b");
  await window.drain();
  expect(events).toEqual(["a", "room", "b"]);
});

it("waits for nothing where there is room already", async () => {
  const window = new Window<string>(wide, () => {});
  window.add(1, deferred().work);
  await expect(window.room()).resolves.toBeUndefined();
});

describe("once work has failed", () => {
  it("all that succeeded is settled, and drain throws what failed first", async () => {
    const settled: string[] = [];
    const window = new Window<string>(wide, (result) => settled.push(result));
    window.add(1, succeed("a"));
    window.add(1, fail("made-up failure"));
    window.add(1, succeed("b"));
    window.add(1, fail("a later one"));
    await expect(window.drain()).rejects.toThrow("made-up failure");
    expect(settled).toEqual(["a", "b"]);
  });

  it("the window is full at once, though nobody waits yet", async () => {
    const window = new Window<string>(wide, () => {});
    const failing = fail("made-up failure")();
    window.add(1, () => failing);
    await expect(failing).rejects.toThrow();
    expect(window.full).toBe(true);
  });

  it("there is no room for more, and room says why", async () => {
    const window = new Window<string>(wide, () => {});
    window.add(1, fail("made-up failure"));
    await expect(window.drain()).rejects.toThrow("made-up failure");
    expect(window.full).toBe(true);
    await expect(window.room()).rejects.toThrow("made-up failure");
  });

  it("a result that cannot be settled counts as failed", async () => {
    const window = new Window<string>(wide, () => {
      throw new Error("made-up failure");
    });
    window.add(1, succeed("a"));
    await expect(window.drain()).rejects.toThrow("made-up failure");
  });
});

it("never has more under way than its limits allow, and settles all of it in order", async () => {
  const sizes = fc.array(fc.nat(20), { maxLength: 30 });
  const property = fc.asyncProperty(sizes, fc.integer({ min: 1, max: 5 }), async (all, count) => {
    const settled: number[] = [];
    let [running, runningBytes] = [0, 0];
    const window = new Window<number>({ count, bytes: 25 }, (at) => {
      settled.push(at);
      running -= 1;
      runningBytes -= all[at] ?? 0;
    });
    for (const [at, bytes] of all.entries()) {
      await window.room();
      expect(running).toBeLessThan(count);
      expect(runningBytes).toBeLessThan(25);
      running += 1;
      runningBytes += bytes;
      window.add(bytes, async () => at);
    }
    await window.drain();
    expect(settled).toEqual([...all.keys()]);
  });
  await fc.assert(property, { seed: 1, numRuns: 200 });
});

describe("work through a window", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("is all settled before a failure of adding it is thrown", async () => {
    const settled: string[] = [];
    const late = deferred();
    const all = throughWindow<string>({
      limits: wide,
      settle: (result) => settled.push(result),
      feed: async (window) => {
        window.add(1, late.work);
        setImmediate(() => late.finish("late"));
        throw new Error("made-up failure");
      },
      giveUp: () => {},
    });
    await expect(all).rejects.toThrow("made-up failure");
    expect(settled).toEqual(["late"]);
  });

  it("fails for what a result says, which is settled all the same", async () => {
    const settled: string[] = [];
    const all = throughWindow<string>({
      limits: wide,
      settle: (result) => settled.push(result),
      failureOf: (result) => (result === "b" ? { error: new Error("made-up failure") } : null),
      feed: async (window) => {
        for (const result of ["a", "b", "c"]) window.add(1, succeed(result));
      },
      giveUp: () => {},
    });
    await expect(all).rejects.toThrow("made-up failure");
    expect(settled).toEqual(["a", "b", "c"]);
  });

  it("is given up where it takes long after something failed", async () => {
    vi.useFakeTimers();
    let giveUp = (): void => {};
    const endless = new Promise<string>((_, reject) => {
      giveUp = () => reject(new Error("given up"));
    });
    const all = throughWindow<string>({
      limits: wide,
      settle: () => {},
      feed: async (window) => {
        window.add(1, () => endless);
        throw new Error("made-up failure");
      },
      giveUp,
    });
    const failing = expect(all).rejects.toThrow("made-up failure");
    await vi.advanceTimersByTimeAsync(5_000);
    await failing;
  });
});
