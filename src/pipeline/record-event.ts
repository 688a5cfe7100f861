import type { Entry } from "../types/entry.js";
import type { Settled } from "../types/outcome.js";
import type { RecordEvent } from "../types/report-events.js";

/** What is known of a record: all of what an entry says, or its name alone where it stands in Redis or in a journal alone. */
export type KnownRecord = Pick<Entry, "kind" | "name"> &
  Partial<Pick<Entry, "place" | "bytes" | "ttl" | "expiresAt" | "messageCount" | "lastActive">>;

type WhatBecameOfIt = Pick<RecordEvent, "outcome" | "fields" | "reason" | "leftOut"> &
  Pick<Settled, "expiresAt">;

/** What a report is told of a record. It keeps none of the memory of an entry, which is used again. */
export function recordEventOf(
  record: KnownRecord,
  { outcome, fields, reason, leftOut, expiresAt = record.expiresAt ?? null }: WhatBecameOfIt,
): RecordEvent {
  const { kind, name, place = null, bytes = null, ttl = null } = record;
  const { messageCount = null, lastActive: lastActivity = null } = record;
  // Copying what became of it into the event takes longer than all else here (measured).
  const event = { kind, name, outcome, place, bytes, fields, lastActivity, messageCount, ttl, expiresAt };
  if (reason === undefined && leftOut === undefined) return event;
  return {
    ...event,
    ...(reason === undefined ? {} : { reason }),
    ...(leftOut === undefined ? {} : { leftOut }),
  };
}
