import { readFileSync } from "node:fs";
import fastGlob from "fast-glob";
import { defineConfig } from "vitest/config";
import { assemblyScript } from "../../build/assembly-script.js";
import { pathOf } from "../matrix/servers.js";

/** What `npm test` runs in short: more kills, on two servers and with threads, and trials and made-up inputs of many rounds. */
const testTimeout = 20 * 60_000;

const killed = [
  ["redis-7", "--concurrency 1"],
  ["valkey-8", "--concurrency 4 --threads-from 0"],
] as const;

/** Those that ask `test/support/rounds.ts` how often to try. */
const ofManyRounds = fastGlob
  .sync("test/**/*.test.ts")
  .filter((file) => readFileSync(file, "utf8").includes("/support/rounds.js"));

export default defineConfig({
  plugins: [assemblyScript()],
  test: {
    globalSetup: "test/long/global-setup.ts",
    maxWorkers: 2,
    projects: [
      ...killed.map(([server, flags]) => ({
        extends: true as const,
        test: {
          name: server,
          include: ["test/cli/killed-at-any-byte.test.ts"],
          testTimeout,
          env: { PROGRAM_FLAGS: flags, REDIS_SERVER: pathOf(server), TEST_KILLS: "30" },
        },
      })),
      {
        extends: true,
        test: {
          name: "many rounds",
          include: ofManyRounds,
          testTimeout,
          env: { PROGRAM_FLAGS: "--concurrency 1", TEST_LONG: "1" },
        },
      },
    ],
  },
});
