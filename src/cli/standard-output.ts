/** Names by which systems know standard output, beside the one of the command line. */
const names: ReadonlySet<unknown> = new Set(["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]);

/** Whether `--output` names standard output, so that the result must go elsewhere. */
export function isStandardOutput(output: string | null | undefined): boolean {
  return names.has(output);
}
