import { execFileSync } from "node:child_process";
import process from "node:process";
import type { TestProject } from "vitest/node";
import { provisionChromium, provisionOpenssl, provisionRedis, provisionRedisCli } from "./provision.js";

/** Runs once before all tests: they spawn the built program, against real servers. */
export function setup(project: TestProject): void {
  // .ci/run builds once for all that it runs.
  if (process.env.PROGRAM_BUILT !== "1")
    execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
  project.onTestsRerun(rebuild);
  const say = (text: string) => process.stderr.write(`${text}\n`);
  provisionRedis(say);
  provisionRedisCli(say);
  provisionOpenssl(say);
  provisionChromium(say);
}

/** For a watch: without it, tests would go on with the program as it was when the watch began. */
async function rebuild(): Promise<void> {
  try {
    execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
  } catch {
    // The build has said what is wrong, and the watch goes on until it is right.
  }
}
