import { defineConfig } from "vitest/config";
import base from "./vitest.config.js";

/**
 * Once more what reads files, each of them in a thread of its own, however small it is. Tests whose files are large, as
 * those of foul weather, use threads anyway.
 */
export default defineConfig({
  test: {
    ...base.test,
    include: [
      "test/fixtures.test.ts",
      "test/cli/{conflicts,contract,kill,memory,migrate,output,records,secrets,sources,verify}.test.ts",
    ],
    env: { PROGRAM_FLAGS: "--concurrency 4 --threads-from 0" },
  },
});
