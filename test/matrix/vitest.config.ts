import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { assemblyScript } from "../../build/assembly-script.js";
import { pathOf } from "./servers.js";

/** Not all pairs: each Node on one server, each server on one Node, and the two ends of both lines together. */
const pairs = [
  ["node-20", "redis-7"],
  ["node-22", "redis-7"],
  ["node-24", "redis-7"],
  ["node-20", "redis-6"],
  ["node-20", "redis-8"],
  ["node-20", "valkey-8"],
  ["node-24", "valkey-8"],
] as const;

/** What the program does for its users, by the built program on a real server. */
const include = ["test/matrix/matrix.test.ts", "test/cli/{reading-is-no-use,verify}.test.ts"];

/** What depends on the Node alone. */
const noServer = ["test/cli/usage.test.ts"];

/** What depends on the server alone, and runs within the test's own process. */
const once = ["test/matrix/memory.test.ts", "test/run/commands-denied.test.ts"];

export default defineConfig({
  plugins: [assemblyScript()],
  test: {
    globalSetup: "test/matrix/global-setup.ts",
    // Without it, vitest leaves one processor idle; tests wait for other processes more than they compute.
    maxWorkers: 2 * availableParallelism(),
    projects: pairs.map(([node, server]) => ({
      extends: true as const,
      test: {
        name: `${node} ${server}`,
        include: [...include, ...(node === "node-20" ? once : []), ...(server === "redis-7" ? noServer : [])],
        // A worker serves one file after the other: no file changes what others import.
        isolate: false,
        // Only what hangs takes so long. In ms.
        testTimeout: 180_000,
        env: { PROGRAM_FLAGS: "--concurrency 1", PROGRAM_NODE: pathOf(node), REDIS_SERVER: pathOf(server) },
      },
    })),
  },
});
