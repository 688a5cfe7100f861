import { fstatSync, writeSync } from "node:fs";

/** Names by which systems know standard output, beside the one of the command line. */
const names: ReadonlySet<unknown> = new Set(["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]);

/** Whether `--export` or `--output` names standard output, so that the result must go elsewhere. */
export function isStandardOutput(output: string | null | undefined): boolean {
  return names.has(output);
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
