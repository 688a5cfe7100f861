import type { ReadingContext } from "./pipeline-context.js";

/** Counts the bytes that are read. */
export interface ReadingProgress {
  /** @param bytes of the sources, read since the last call */
  readonly add: (bytes: number) => void;
  /** Ends the passes that only check; the result counts the bytes of the last pass alone. */
  readonly endChecks: () => void;
}

/** @param passes how often all sources are read at most: the last time to compare and write */
export function trackProgress(
  { sources, summary: { reading, counts }, hooks }: ReadingContext,
  passes: number,
): ReadingProgress {
  const onePass = sources.reduce((sum, { bytes }) => sum + bytes, 0);
  let totalBytes = passes * onePass;
  let bytes = 0;
  Object.assign(reading, { checking: passes > 1, totalBytes: Math.max(passes - 1, 1) * onePass });
  return {
    add: (more) => {
      reading.bytes = Math.min(reading.bytes + more, reading.totalBytes);
      bytes = Math.min(bytes + more, totalBytes);
      hooks.progress?.({ bytes, totalBytes, records: counts.sum("read") });
    },
    endChecks: () => {
      // Not all passes that may be needed were.
      totalBytes = bytes + onePass;
      if (reading.checking) Object.assign(reading, { checking: false, bytes: 0, totalBytes: onePass });
    },
  };
}
