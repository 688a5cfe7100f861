import type { Address } from "../../src/options.js";
import type { Difference } from "../../src/types/outcome.js";
import type { RecordEvent, ReportWriter } from "../../src/types/report-events.js";
import type { Place, Rejection } from "../../src/types/row.js";
import type { RunResult } from "../../src/types/run-result.js";
import { finished } from "./finished-run.js";

/** When these runs ended, in ms since 1970. */
export const ended = Date.UTC(2026, 10, 28, 20, 55);

export const address: Address = {
  ...{ host: "redis.example", port: 6379, others: [], path: null, tls: null, username: null, password: null },
  ...{ database: 0, cluster: false, sentinel: null },
  ...{ connectionTimeoutMs: 10_000, commandTimeoutMs: 10_000, retryForMs: 30_000 },
};

export function placeOf(index: number, source = "db.json"): Place {
  return { source, index, offset: 20 + index * 1_800, line: 3 + index * 12 };
}

export function recordEvent(index: number, more: Partial<RecordEvent> = {}): RecordEvent {
  return {
    kind: "conversation",
    name: `conversation-${index}`,
    outcome: "created",
    place: placeOf(index),
    bytes: 1_000,
    fields: [],
    lastActivity: Date.UTC(2024, 0, 1),
    messageCount: 4,
    ttl: 30 * 24 * 60 * 60,
    expiresAt: null,
    ...more,
  };
}

/** Differences and rejections as a run lists them. */
export const conflict: Difference = {
  kind: "conversation",
  name: "conversation-7",
  difference: "conflict",
  place: placeOf(7),
  fields: [{ field: "messages", redis: 12, file: 9, onlyInRedis: 4, onlyInFile: 1 }],
};

export const invalid: Rejection = {
  kind: "conversation",
  place: placeOf(11),
  reason: "messages: expected an array",
  bytes: 412,
};

export const unreadable: Rejection = {
  kind: null,
  place: { source: "db.json", index: null, offset: 90_000, line: 640 },
  reason: "the file ends within a string",
  bytes: 3_000,
};

/** Tells a writer of so many records as a large old file may hold them: the same each time. */
export function tellMany(
  writer: ReportWriter,
  count: number,
  more: (index: number) => Partial<RecordEvent> = () => ({}),
): void {
  const month = 30.4 * 24 * 60 * 60 * 1000;
  for (let index = 0; index < count; index += 1) {
    const noise = ((index * 2_654_435_761) % 4_294_967_296) / 4_294_967_296;
    writer.record(
      recordEvent(index, {
        name: `conv_${index.toString(36)}_${Math.floor(noise * 1e9).toString(36)}`,
        bytes: Math.round(300 * 3_000 ** (noise ** 7)) + (index % 97),
        lastActivity:
          index % 50 === 3 ? null : Date.UTC(2023, 1, 1) + Math.round(34 * month * Math.sqrt(noise)),
        messageCount: Math.round(1 + 240 * noise ** 4),
        ...more(index),
      }),
    );
  }
}

/** A migration of 60,000 conversations, of which not all could be. */
export function largeMigration(): RunResult {
  return finished(
    {
      read: 60_000,
      invalid: 2,
      duplicate: 18,
      created: 52_310,
      updated: 1_204,
      unchanged: 6_050,
      kept: 413,
      conflict: 3,
    },
    {
      exitCode: 3,
      durationMs: 4_210,
      expiresAt: "2026-12-28T20:55:00.000Z",
      journal: "chatgpt-migrate-2026-11-28T20-55-00.jsonl",
      sources: [
        { path: "db.json", bytes: 108_400_000, layout: "dbcontext", conversations: 60_000, keys: 12 },
      ],
      target: {
        url: "redis://redis.example:6379/0",
        prefix: "chatgpt:",
        topology: "standalone",
        server: "redis 7.0.15",
      },
      differences: [
        conflict,
        { ...conflict, name: "a|b <i>c</i> `d`", place: placeOf(812) },
        {
          ...conflict,
          kind: "conversation",
          name: "conversation-9021",
          place: placeOf(9_021),
          fields: [{ field: "type", redis: "list", file: "string" }],
        },
        {
          kind: "conversation",
          name: "conversation-44",
          difference: "updated",
          place: placeOf(44),
          fields: [{ field: "messages", redis: 9, file: 14, onlyInRedis: 0, onlyInFile: 5 }],
        },
        {
          kind: "conversation",
          name: "conversation-45",
          difference: "duplicate",
          place: placeOf(45),
          fields: [],
          reason: "row 12 counts",
        },
      ],
      differencesFound: 1_638,
      truncated: true,
      rejections: [invalid, unreadable],
      unreadable: 1,
      warnings: [
        {
          code: "duplicate",
          message:
            "18 conversations with an id that another row has; the first counts: db.json, conversations row 45, and conversations row 12 counts",
        },
      ],
      preflight: [
        {
          code: "prefix-in-use",
          severity: "note",
          message: "Redis saves to disk every hour at most",
          hint: "",
        },
      ],
    },
    { read: 12, created: 12 },
  );
}
