import type { SourceSummary, Warning } from "../types/run-result.js";

/** A source that was replaced or written to while it was read. */
export function sourceChanged(path: string): Warning {
  const message = `${path}: changed while it was read: what is new in it may have been left out. If the app is still running, stop it and run this again`;
  return { code: "source-changed", message };
}

/** Conversations that were written, and whose time has ended since. */
export const expiredMeanwhile: Warning = {
  code: "expired-meanwhile",
  message:
    "the time of some conversations ended while this ran: they have left Redis again, and are in the sources alone. The same command with a new file for --archive archives them",
};

/** Sources, read to their end, that hold nothing of the library. */
export function sourcesWithoutRecords(sources: readonly SourceSummary[]): Warning[] {
  return sources
    .filter(({ conversations, keys }) => conversations + keys === 0)
    .map(({ path }) => ({
      code: "no-records",
      message: `${path}: holds neither conversations nor API keys`,
    }));
}

/** @param keys how many were evicted while the run wrote */
export function evictedMeanwhile(keys: number): Warning {
  const what = keys === 1 ? "1 key" : `${keys} keys`;
  const message = `Redis threw ${what} away while this ran (evicted_keys), for want of memory: --verify names the records that are gone`;
  return { code: "evicted", message };
}
