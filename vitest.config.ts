import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Builds the program that tests spawn, and finds (or installs) a Redis server for them.
    globalSetup: "test/support/global-setup.ts",
    // A spawned program on a busy machine; no test waits for time to pass.
    testTimeout: 60_000,
  },
});
