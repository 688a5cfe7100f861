import { migrateError, systemCode } from "../errors.js";
import type { NewFile } from "../new-file/open-new-file.js";

/** Where the data of a run goes: a new file, or standard output. */
export type DataFile = Pick<NewFile, "write" | "finish" | "keepPartial" | "discard" | "isReadAtOnce">;

/** @param write as `Surroundings` have it. Each write may throw MigrateError `stdout-unwritable` */
export function toStandardOutput(write: (bytes: Uint8Array) => Promise<void> = writeNowhere): DataFile {
  return {
    isReadAtOnce: true,
    write: (bytes) =>
      write(bytes).catch((error: unknown) => {
        throw migrateError("stdout-unwritable", { reason: systemCode(error) ?? "unknown" }, error);
      }),
    finish: async () => {},
    keepPartial: async () => null,
    discard: async () => {},
  };
}

async function writeNowhere(): Promise<void> {
  throw new Error("this run has no standard output");
}
