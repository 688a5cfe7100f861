import type { Kind } from "../types/kind.js";

/** The library's expiry of a conversation, set at each of its saves: 30 days, in seconds. */
export const libraryTtl = 30 * 24 * 60 * 60;

/** The one present of a run, in ms since 1970. It is set once Redis has said its time, before a record is read. */
export interface Present {
  now: number;
}

/** How long conversations live; API keys live for ever. */
export interface Lifetime {
  /** In seconds, null for ever. */
  readonly ttl: number | null;
  /** Where they live from when they were last in use; absent where they live from when they are written. */
  readonly present?: Present | undefined;
}

/**
 * When a record leaves Redis, in whole ms since 1970, where it lives from when it was last in use; else null. A conversation
 * that says nothing of that, or was in use in the future, lives from now.
 */
export function expiresAtOf(
  { kind, lastActive }: { readonly kind: Kind; readonly lastActive: number | null },
  { ttl, present }: Lifetime,
): number | null {
  if (present === undefined || ttl === null || kind === "key") return null;
  return Math.floor(Math.min(lastActive ?? present.now, present.now)) + ttl * 1000;
}

/** Seconds to live of a record that leaves Redis at `expiresAt`; null for ever. */
export function ttlOf(kind: Kind, expiresAt: number | null, { ttl, present }: Lifetime): number | null {
  if (expiresAt !== null && present !== undefined) return Math.ceil((expiresAt - present.now) / 1000);
  return kind === "conversation" ? ttl : null;
}

/** As good as none, in seconds: what has no more left would be gone before the run that wrote it has ended. */
const tooShort = 60;

/**
 * Whether a record is past its time, or so nearly so that it does not go to Redis any more.
 * @param lifetime that conversations have in all, in seconds; null for ever
 */
export function isPastItsTime(
  { expiresAt, ttl }: { readonly expiresAt: number | null; readonly ttl: number | null },
  lifetime: number | null,
): boolean {
  if (expiresAt === null || ttl === null || lifetime === null) return false;
  return ttl <= Math.min(tooShort, lifetime / 10);
}

const units = { d: 86_400, h: 3_600, m: 60, s: 1 } as const;

/** Redis refuses an expiry that overflows; a thousand years is far from both that and any use. */
const longest = 1_000 * 366 * units.d;

/**
 * Reads `30d`, `12h`, `90m`, `45s` or a bare number of seconds.
 * @returns seconds (a whole number from 1), or null when the text is none of these.
 */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,15})([dhms]?)$/.exec(text);
  if (!match) return null;
  const unit = units[(match[2] || "s") as keyof typeof units];
  const seconds = Number(match[1]) * unit;
  return seconds >= 1 && seconds <= longest ? seconds : null;
}

/** Seconds in the largest whole unit, as `parseDuration` reads them; `none` for null. */
export function formatDuration(seconds: number | null): string {
  if (seconds === null) return "none";
  for (const [unit, length] of Object.entries(units)) {
    if (seconds >= length && seconds % length === 0) return `${seconds / length}${unit}`;
  }
  return `${seconds}s`;
}
