import process from "node:process";
import type { TestProject } from "vitest/node";
import { provideAll } from "../matrix/servers.js";
import { setup as setupAll } from "../support/global-setup.js";

/** What all tests need, and the servers that runs are killed on. */
export function setup(project: TestProject): void {
  provideAll(["redis-7", "valkey-8"], (text) => process.stderr.write(`${text}\n`));
  setupAll(project);
}
