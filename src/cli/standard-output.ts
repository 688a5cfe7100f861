import { fstatSync, statSync, writeSync } from "node:fs";
import { devNull } from "node:os";
import type { RawFlags } from "./flags.js";

/** Names by which systems know standard output, beside the one of the command line. */
const names: ReadonlySet<unknown> = new Set(["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]);

/** Whether `--export` or `--output` names standard output, so that the result must go elsewhere. */
export function isStandardOutput(output: string | null | undefined): boolean {
  return names.has(output);
}

/**
 * What is wrong with standard output for what `--export` or `--output` would write there: on a terminal it would show API
 * keys and messages, and of what leads nowhere it could not be claimed that it was written.
 */
export function dataProblems(
  { output, export: exportTo }: Pick<RawFlags, "output" | "export">,
  stdout: NodeJS.Process["stdout"],
): string[] {
  const flags = [
    ...(isStandardOutput(output) ? [["--output", "to redis-cli --pipe"] as const] : []),
    ...(isStandardOutput(exportTo) ? [["--export", "on"] as const] : []),
  ];
  const problem = flags.length === 0 ? null : problemOf(stdout);
  if (problem === null) return [];
  return flags.map(([flag, todo]) => `${flag}: standard output ${problem}: name a file, or pipe it ${todo}`);
}

/** Node opens /dev/null in place of a standard output that is closed, which so cannot be told from it. */
function problemOf({ isTTY, fd }: NodeJS.Process["stdout"]): string | null {
  if (isTTY) return "is a terminal, and what is written holds API keys";
  const [out, nowhere] = [fstatSync(fd), statSync(devNull, { throwIfNoEntry: false })];
  const isNowhere = out.isCharacterDevice() && out.rdev === nowhere?.rdev;
  return isNowhere ? "is closed, or leads to /dev/null, where nothing is kept" : null;
}

/**
 * What writes data to standard output, all of it or with an error: of a write to a file that a full disk cuts short, Node's
 * own stream says nothing.
 */
export function dataWriter(stdout: NodeJS.Process["stdout"]): (bytes: Uint8Array) => Promise<void> {
  return async (bytes) => {
    const kind = fstatSync(stdout.fd);
    if (!kind.isFIFO() && !kind.isSocket()) {
      for (let at = 0; at < bytes.length; ) at += writeSync(stdout.fd, bytes, at);
      return;
    }
    await new Promise<void>((resolve, reject) => {
      stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  };
}
