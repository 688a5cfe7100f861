import { describe, expect, it } from "vitest";
import type { ReportWriter } from "../../../src/types/report-events.js";
import { finished } from "../../support/finished-run.js";
import { reportText } from "../../support/report-files.js";
import { invalid, recordEvent, unreadable } from "../../support/report-run.js";

async function linesOf(tell: (writer: ReportWriter) => void): Promise<unknown[]> {
  const { text } = await reportText("jsonl", finished({}), tell);
  return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
}

const place = { source: "db.json", row: 0, offset: 20, line: 3 };

describe("a line a row", () => {
  it("says what became of it, where it stands, and when it leaves Redis if it was written", async () => {
    const lines = await linesOf((writer) => {
      writer.record(recordEvent(0));
      writer.record(recordEvent(0, { outcome: "unchanged" }));
      writer.record(recordEvent(0, { kind: "key", name: "sk-…wxyz", ttl: null }));
    });
    const record = { kind: "conversation", name: "conversation-0", ...place, bytes: 1_000 };
    expect(lines).toEqual([
      { outcome: "created", ...record, expiresAt: "2026-12-28T20:55:00.000Z" },
      { outcome: "unchanged", ...record },
      { outcome: "created", ...record, kind: "key", name: "sk-…wxyz" },
    ]);
  });

  it("says in what a record differs, and why it counts as it does", async () => {
    const fields = [{ field: "messages", redis: 3, file: 4 }];
    const [differing, failed] = await linesOf((writer) => {
      writer.record(recordEvent(0, { outcome: "conflict", fields }));
      writer.record(recordEvent(0, { outcome: "failed", reason: "OOM command not allowed" }));
    });
    expect(differing).toMatchObject({ outcome: "conflict", fields });
    expect(failed).toMatchObject({ outcome: "failed", reason: "OOM command not allowed" });
  });

  it("names rows that are invalid, and damaged bytes with all that belongs to them", async () => {
    const lines = await linesOf((writer) => {
      writer.rejected(invalid);
      writer.rejected(unreadable);
      writer.extendRejected(500);
      writer.record(recordEvent(0));
    });
    expect(lines).toMatchObject([
      { outcome: "invalid", kind: "conversation", row: 11, line: 135, bytes: 412, reason: invalid.reason },
      { outcome: "unreadable", row: null, offset: 90_000, line: 640, bytes: 3_500 },
      { outcome: "created" },
    ]);
  });

  it("has neither place nor length where a record stands in no file", async () => {
    const [line] = await linesOf((writer) =>
      writer.record(recordEvent(0, { outcome: "extra", place: null, bytes: null })),
    );
    expect(line).toEqual({ outcome: "extra", kind: "conversation", name: "conversation-0" });
  });

  it("comes once more where a record counts as something else, after Redis lost data", async () => {
    const lines = await linesOf((writer) => {
      writer.record(recordEvent(0));
      writer.corrected(recordEvent(0, { outcome: "failed", reason: "lost" }), "created");
    });
    expect(lines).toMatchObject([{ outcome: "created" }, { outcome: "failed", before: "created" }]);
  });

  it("is gone where all is read once more", async () => {
    const lines = await linesOf((writer) => {
      for (let index = 0; index < 1_000; index += 1) writer.record(recordEvent(index));
      writer.rejected(invalid);
      writer.startOver();
      writer.record(recordEvent(0));
    });
    expect(lines).toHaveLength(1);
  });
});

describe("a name", () => {
  it.each(["👩‍👩‍👧", "a\nb\u0085", "\u202eabc\u2066", '"\\', "\ud83d", "null"])(
    "is exact: %j",
    async (name) => {
      const { text } = await reportText("jsonl", finished({}), (writer) =>
        writer.record(recordEvent(0, { name })),
      );
      expect(JSON.parse(text)).toMatchObject({ name });
      expect(text.trimEnd()).not.toMatch(/[\p{Cc}\p{Cs}\p{Bidi_Control}\p{Zl}\p{Zp}]/u);
    },
  );

  it("is cut where it is longer than any line should be", async () => {
    const [line] = await linesOf((writer) => writer.record(recordEvent(0, { name: "x".repeat(1_000_000) })));
    expect((line as { name: string }).name).toHaveLength(4_097);
  });
});

it("a line that cannot be made is a warning, and ends the report with the line before", async () => {
  // As a value that nests too deep, or is longer than any text in Node.
  const endless: { self?: unknown } = {};
  endless.self = endless;
  const fields = [{ field: "x", file: endless as never }];
  const { text, warnings } = await reportText("jsonl", finished({}), (writer) => {
    writer.record(recordEvent(0));
    writer.record(recordEvent(1, { outcome: "conflict", fields }));
    writer.record(recordEvent(2));
  });
  expect(text.trimEnd().split("\n")).toHaveLength(1);
  expect(warnings).toMatchObject([{ code: "report-incomplete" }]);
});

it("rows that are many are all there, in their order", async () => {
  const lines = await linesOf((writer) => {
    for (let index = 0; index < 60_000; index += 1) writer.record(recordEvent(index));
  });
  expect(lines.map((line) => (line as { row: number }).row)).toEqual(
    Array.from({ length: 60_000 }, (_, at) => at),
  );
});
