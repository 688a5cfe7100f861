import process from "node:process";
import type { TestProject } from "vitest/node";
import { setup as setupAll } from "../support/global-setup.js";
import { nodeNames, provideAll, serverNames } from "./servers.js";

/** What all tests need, and the servers and Nodes of the matrix. */
export function setup(project: TestProject): void {
  provideAll([...serverNames, ...nodeNames], (text) => process.stderr.write(`${text}\n`));
  setupAll(project);
}
