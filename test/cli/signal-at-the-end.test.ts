import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { runUntilStopped } from "../../src/cli/stop-on-signal-or-crash.js";

test("a signal after the work has ended lets its result be shown, and a second one ends that too", async () => {
  const exits: number[] = [];
  const emitter = new EventEmitter();
  const process = Object.assign(emitter, {
    exit: (code: number) => exits.push(code),
    stderr: { write: () => true },
  }) as unknown as Parameters<typeof runUntilStopped>[0];
  const { returned } = await runUntilStopped(
    process,
    async () => "done",
    () => {},
    () => {},
  );
  emitter.emit("SIGINT");
  expect([returned, exits]).toEqual(["done", []]);
  emitter.emit("SIGTERM");
  expect(exits).toEqual([143]);
});
