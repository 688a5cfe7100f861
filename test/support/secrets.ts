import { expect } from "vitest";
import { messageText } from "./legacy.js";
import { program, type Seen } from "./program.js";

/** Of every server of these tests. */
export const password = "made-up-password";

/** Every way of running that the tool has, as text and as JSON; --quiet leaves out what these say. */
const modes = [[], ["--dry-run"], ["--verify"]];
const looks = [[], ["--json"]].map((look) => [...look, "-v", "--details", "0"]);

/** Runs the program in every way, with these flags. */
export async function everyRun(cwd: string, flags: readonly string[]): Promise<Seen[]> {
  const runs: Seen[] = [];
  for (const mode of modes) {
    for (const look of looks) {
      runs.push(await program([...flags, ...mode, ...look], { cwd, env: { REDIS_PASSWORD: password } }));
    }
  }
  return runs;
}

/** Neither the password, nor the text of a message, nor one of these API keys. */
export function expectNoSecret(runs: readonly Seen[], keys: readonly string[]): void {
  for (const { stdout, stderr } of runs) {
    for (const secret of [password, messageText, ...keys]) {
      expect(stdout).not.toContain(secret);
      expect(stderr).not.toContain(secret);
    }
  }
}
