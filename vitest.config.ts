import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { assemblyScript } from "./build/assembly-script.js";

/** Flags that each run of the built program gets: see test/support/program.ts. */
const at = (flags: string) => ({ PROGRAM_FLAGS: flags });

const common = {
  // Only what hangs takes so long, however busy the machine: no test waits for time to pass. In ms.
  testTimeout: 180_000,
  hookTimeout: 180_000,
  // A worker serves one file after the other: no file changes what others import.
  isolate: false,
};

/**
 * What a worker thread can break, and so is run once more with one: what is read, what is told of it from afar, and
 * how a run ends that has a thread. All others meet Redis, a terminal or flags, of which a thread knows nothing;
 * test/cli/concurrency.test.ts chooses threads itself.
 */
const readByThread = [
  // What is read, and what is rejected, warned of, hidden and found twice.
  "test/fixtures.test.ts",
  "test/cli/{duplicates,ids-of-one-key,merge-duplicates,only-strict-rejects,secrets-in-output,sources,valid-odd-and-invalid-records}.test.ts",
  // What is read a second time, once Redis has lost data.
  "test/cli/data-loss-by-restart.test.ts",
  // Ends in the middle: of the source, of Redis, of a disk or memory, by a signal.
  "test/cli/{disk-full,files-change-meanwhile,interrupted,migrate,out-of-memory,outage-that-lasts,unexpected-exception}.test.ts",
  // Batches on their way from a thread are memory too.
  "test/cli/bounded-memory.test.ts",
];

export default defineConfig({
  plugins: [assemblyScript()],
  test: {
    // Builds the program that tests spawn, and finds (or installs) a Redis server for them: once, so not in each project.
    globalSetup: "test/support/global-setup.ts",
    // Each test has servers, ports and folders of its own, and waits for other processes more than it computes.
    maxWorkers: 2 * availableParallelism(),
    projects: [
      {
        extends: true,
        test: {
          ...common,
          name: "in one thread",
          include: ["test/**/*.test.ts"],
          env: at("--concurrency 1"),
        },
      },
      {
        extends: true,
        test: {
          ...common,
          name: "in four",
          // However small a file, it is read in a thread of its own.
          include: readByThread,
          env: at("--concurrency 4 --threads-from 0"),
        },
      },
    ],
  },
});
