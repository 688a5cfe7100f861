import { setTimeout as sleep } from "node:timers/promises";
import { Interruption } from "../errors.js";

/** The first pause before trying again doubles from one to the next, up to the longest. In ms. */
const firstPauseMs = 50;
export const longestPauseMs = 1_000;

/**
 * Waits before a command is tried again.
 * @param tries how many have failed
 * @param leftMs how long it may wait at most
 * @throws Interruption once the signal aborts
 */
export async function pauseBeforeRetry(tries: number, leftMs: number, signal: AbortSignal): Promise<void> {
  const longest = Math.min(firstPauseMs * 2 ** Math.min(tries - 1, 10), longestPauseMs);
  // Jitter keeps many clients from coming back all at once.
  const pause = Math.min(leftMs, longest * (0.5 + Math.random() / 2));
  await sleep(pause, undefined, { signal }).catch(() => Promise.reject(new Interruption()));
}
