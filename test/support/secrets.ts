import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { reportFormats } from "../../src/types/report-events.js";
import { messageText } from "./legacy.js";
import { program, type Seen } from "./program.js";

/** Of every server of these tests. */
export const password = "made-up-password";

/** Every way of running that the tool has, as text and as JSON; --quiet leaves out what these say. */
const modes = [[], ["--dry-run"], ["--verify"]];
const looks = [[], ["--json"]].map((look) => [...look, "-v", "--details", "0"]);

const reports = reportFormats.map((format) => `report.${format}`);

/** What is shown by one run, and written for others to see; nothing where its command line was wrong. */
type Shown = Seen & { readonly reports?: readonly string[] };

/** Runs the program in every way, with these flags and all sorts of reports. */
export async function everyRun(cwd: string, flags: readonly string[]): Promise<Shown[]> {
  const runs: Shown[] = [];
  const all = [...flags, ...reports.flatMap((name) => ["--report", name])];
  for (const mode of modes) {
    for (const look of looks) {
      const seen = await program([...all, ...mode, ...look], { cwd, env: { REDIS_PASSWORD: password } });
      const texts = reports.map((name) => readFile(join(cwd, name), "utf8").catch(() => ""));
      runs.push({ ...seen, reports: await Promise.all(texts) });
    }
  }
  return runs;
}

/** Neither the password, nor the text of a message, nor one of these API keys. */
export function expectNoSecret(runs: readonly Shown[], keys: readonly string[]): void {
  for (const { stdout, stderr, reports: written = [] } of runs) {
    for (const secret of [password, messageText, ...keys])
      for (const text of [stdout, stderr, ...written]) expect(text).not.toContain(secret);
  }
}
