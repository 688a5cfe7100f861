import { closeSync, ftruncateSync } from "node:fs";
import type { Outcome } from "../../types/outcome.js";
import type { RecordEvent, ReportWriter } from "../../types/report-events.js";
import type { Place, Rejection } from "../../types/row.js";
import type { Warning } from "../../types/run-result.js";
import { isAt, openNew, reportWarning, writeAll } from "./replace-file.js";

/** Lines are written together: a write each would cost more than all else here. In characters. */
const worthAWrite = 64 * 1024;

/** An id may be as long as a file; longer ones are cut. In UTF-16 units. */
const longestName = 4_096;

/**
 * Writes a line for each row once it is settled: what became of it, and where it stands. A row that counts as something
 * else later has one more line, with what it counted as `before`.
 * @param path where no file is, or the report of an earlier run
 * @param shownPath what warnings call it
 * @param now in ms since 1970
 * @throws what the system says, here alone
 */
export function openJsonLines(path: string, shownPath: string, now: () => number): ReportWriter {
  const file = openNew(path);
  const timeAfter = timesFrom(now);
  let waiting = "";
  let written = 0;
  let failure: Warning | null = null;
  /** Not a line yet, since it may go on. */
  let rejection: Rejection | null = null;

  const attempt = (work: () => void) => {
    try {
      work();
    } catch (error) {
      failure ??= reportWarning(shownPath, "is incomplete, for it could not be written further", error);
    }
  };
  const flush = () => {
    const text = waiting;
    waiting = "";
    attempt(() => {
      written += writeAll(file, text);
    });
    // Half a line would spoil the file for whoever reads it.
    if (failure !== null) attempt(() => ftruncateSync(file, written));
  };
  const add = (makeLine: () => string) => {
    // A line may be longer than any text in Node; what came before it is written all the same.
    if (waiting.length >= worthAWrite) flush();
    if (failure !== null) return;
    attempt(() => {
      waiting += makeLine();
    });
  };
  const endRejection = () => {
    const last = rejection;
    rejection = null;
    if (last !== null) add(() => rejectionLine(last));
  };
  return {
    record: (event) => {
      endRejection();
      add(() => recordLine(event, timeAfter));
    },
    rejected: (next) => {
      endRejection();
      rejection = next;
    },
    extendRejected: (bytes) => {
      if (rejection !== null) rejection = { ...rejection, bytes: (rejection.bytes ?? 0) + bytes };
    },
    corrected: (event, before) => {
      endRejection();
      add(() => recordLine(event, timeAfter, before));
    },
    startOver: () => {
      [waiting, rejection, written] = ["", null, 0];
      attempt(() => ftruncateSync(file, 0));
    },
    finish: () => {
      endRejection();
      flush();
      attempt(() => {
        if (isAt(file, path)) return;
        failure ??= reportWarning(
          shownPath,
          "is not there",
          new Error("it was deleted or replaced while this ran"),
        );
      });
      attempt(() => closeSync(file));
      return failure === null ? [] : [failure];
    },
  };
}

// Joined by hand: with an object for each line, all lines took more than twice as long (measured).
function recordLine(event: RecordEvent, timeAfter: (ttl: number) => string, before?: Outcome): string {
  const { outcome, kind, name, place, bytes, fields, reason, ttl, expiresAt } = event;
  const corrects = before === undefined ? "" : `,"before":"${before}"`;
  const shown = name.length > longestName ? `${name.slice(0, longestName)}…` : name;
  const record = `{"outcome":"${outcome}"${corrects},"kind":"${kind}","name":${safeJson(shown)}`;
  const differs = fields.length === 0 ? "" : `,"fields":${safeJson(fields)}`;
  const why = reason === undefined ? "" : `,"reason":${safeJson(reason)}`;
  const leaves = ttl !== null && (outcome === "created" || outcome === "updated");
  const until = leaves ? `,"expiresAt":"${expiresAt === null ? timeAfter(ttl) : textOf(expiresAt)}"` : "";
  const where = place === null ? "" : placeJson(place);
  const length = bytes === null ? "" : `,"bytes":${bytes}`;
  return `${record}${where}${length}${differs}${why}${until}}\n`;
}

function rejectionLine({ kind, place, reason, bytes = 0 }: Rejection): string {
  const what = kind === null ? '"unreadable"' : `"invalid","kind":"${kind}"`;
  return `{"outcome":${what}${placeJson(place)},"bytes":${bytes},"reason":${safeJson(reason)}}\n`;
}

/** When so many seconds from now have passed, in ISO 8601, to the second: made once a second, since that takes its time. */
function timesFrom(now: () => number): (ttl: number) => string {
  let last = { second: Number.NaN, text: "" };
  return (ttl) => {
    const second = Math.floor(now() / 1000) + ttl;
    if (second !== last.second) last = { second, text: new Date(second * 1000).toISOString() };
    return last.text;
  };
}

/** A time in ms since 1970, as above. */
function textOf(time: number): string {
  return new Date(Math.floor(time / 1000) * 1000).toISOString();
}

let lastSource = { path: "", json: '""' };

function placeJson({ source, index, offset, line }: Place): string {
  if (source !== lastSource.path) lastSource = { path: source, json: safeJson(source) };
  return `,"source":${lastSource.json},"row":${index},"offset":${offset},"line":${line}`;
}

/** Characters that move a terminal's cursor or the direction of writing, beside those that JSON escapes itself. */
const unsafe = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
const allUnsafe = new RegExp(unsafe, "g");

/** What most names consist of: it stands in JSON as it is. */
const plain = /^[\w.:-]*$/;

/** JSON with all of them escaped: it means the same. */
function safeJson(value: unknown): string {
  if (typeof value === "string" && plain.test(value)) return `"${value}"`;
  const json = JSON.stringify(value);
  if (!unsafe.test(json)) return json;
  return json.replace(allUnsafe, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
