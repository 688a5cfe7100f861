import { defineConfig } from "vitest/config";

/** Flags that each run of the built program gets: see test/support/program.ts. */
const at = (flags: string) => ({ PROGRAM_FLAGS: flags });

/** A spawned program on a busy machine; no test waits for time to pass. In ms. */
const testTimeout = 60_000;

export default defineConfig({
  test: {
    // Builds the program that tests spawn, and finds (or installs) a Redis server for them: once, so not in each project.
    globalSetup: "test/support/global-setup.ts",
    projects: [
      {
        test: {
          testTimeout,
          name: "in one thread",
          include: ["test/**/*.test.ts"],
          env: at("--concurrency 1"),
        },
      },
      {
        test: {
          testTimeout,
          name: "in four",
          // What runs the program, once more: however small a file, it is read in a thread of its own.
          include: ["test/cli/**/*.test.ts", "test/fixtures.test.ts"],
          env: at("--concurrency 4 --threads-from 0"),
        },
      },
    ],
  },
});
