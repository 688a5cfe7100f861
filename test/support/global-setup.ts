import { execFileSync } from "node:child_process";
import process from "node:process";
import { provisionOpenssl, provisionRedis } from "./provision.js";

/** Runs once before all tests: they spawn the built program, against real servers. */
export function setup(): void {
  execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
  const say = (text: string) => process.stderr.write(`${text}\n`);
  provisionRedis(say);
  provisionOpenssl(say);
}
