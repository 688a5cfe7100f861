import { defineConfig } from "vitest/config";
import { pathOf } from "../matrix/servers.js";

/** What `npm test` runs in short: more kills, on two servers and with threads, and trials and made-up inputs of many rounds. */
const testTimeout = 20 * 60_000;

const killed = [
  ["redis-7", "--concurrency 1"],
  ["valkey-8", "--concurrency 4 --threads-from 0"],
] as const;

export default defineConfig({
  test: {
    globalSetup: "test/long/global-setup.ts",
    maxWorkers: 2,
    projects: [
      ...killed.map(([server, flags]) => ({
        test: {
          name: server,
          include: ["test/cli/killed-at-any-byte.test.ts"],
          testTimeout,
          env: { PROGRAM_FLAGS: flags, REDIS_SERVER: pathOf(server), TEST_KILLS: "30" },
        },
      })),
      {
        test: {
          name: "many rounds",
          include: [
            "test/source/{against-another-parser,fuzz,where-records-stand}.test.ts",
            "test/source/json/{fast-row,resync-after-damage,scanner-chunks,scanner-damage}.test.ts",
            "test/run/{truncated-files,ids-of-one-key,modes-agree,archive-agrees,export-and-back}.test.ts",
            "test/record/merge.test.ts",
            "test/report/verdict.test.ts",
            "test/cli/{killed-and-run-again,archive-unfinished,export-that-does-not-end-well}.test.ts",
          ],
          testTimeout,
          env: { PROGRAM_FLAGS: "--concurrency 1", TEST_LONG: "1" },
        },
      },
    ],
  },
});
