import { describe, expect, it } from "vitest";
import type { ReportWriter } from "../../../src/types/report-events.js";
import type { RunResult } from "../../../src/types/run-result.js";
import { error, finished, undo, verify } from "../../support/finished-run.js";
import { reportText } from "../../support/report-files.js";
import { invalid, largeMigration, recordEvent, tellMany } from "../../support/report-run.js";

/** What a page says, a line each cell, label and paragraph. */
async function saidBy(result: RunResult, tell?: (writer: ReportWriter) => void): Promise<string[]> {
  const { text } = await reportText("html", result, tell);
  const body = text.slice(text.indexOf("<main>"));
  const lines = body.replace(/<(?!\/?(b|i|span)\b)[^>]*>/g, "\n").replace(/<[^>]*>/g, "");
  return lines.split("\n").filter((line) => line !== "");
}

const one = finished({ read: 1, created: 1 });

describe("pictures of what is in the files", () => {
  it("count the conversations by size, by messages, and by when they leave", async () => {
    const sizes = [10, 999, 1_000, 4_999, 250_000_000];
    const said = await saidBy(one, (writer) => {
      for (const [index, bytes] of sizes.entries())
        writer.record(
          recordEvent(index, { bytes, messageCount: index, ttl: index === 0 ? null : 86_400 * index }),
        );
    });
    const text = said.join(" | ");
    expect(text).toContain("below 1 kB | 2 | 1 kB to 5 kB | 2 | 5 kB to 20 kB | 0");
    expect(text).toContain("100 MB or more | 1");
    expect(text).toContain("none | 1 | 1 to 2 | 2 | 3 to 5 | 2");
    expect(text).toContain("within 1 day | 1 | within 7 days | 3");
    expect(text).toContain("never | 1");
  });

  it("say of what the run has written when it leaves Redis, and of nothing else", async () => {
    const said = await saidBy(finished({ read: 5, created: 5 }), (writer) => {
      for (const outcome of ["created", "unchanged", "kept", "conflict", "failed"] as const)
        writer.record(recordEvent(0, { outcome }));
      writer.corrected(recordEvent(0, { outcome: "failed" }), "created");
      writer.corrected(recordEvent(0, { outcome: "updated" }), "conflict");
      writer.corrected(recordEvent(0, { outcome: "created" }), "kept");
    });
    expect(said.join(" | ")).toContain("within 30 days | 2 |");
  });

  it("show every month between the first and the last, and say how many have no date", async () => {
    const dates = [
      Date.UTC(2024, 0, 31),
      Date.UTC(2024, 2, 1),
      Date.UTC(2024, 2, 31, 23, 59),
      null,
      Number.NaN,
      9e15,
    ];
    const said = await saidBy(one, (writer) => {
      for (const [index, lastActivity] of dates.entries())
        writer.record(recordEvent(index, { lastActivity }));
    });
    const text = said.join(" | ");
    expect(text).toContain("2024-01 | 1 | 2024-02 | 0 | 2024-03 | 2");
    expect(text).toContain("Most in 2024-03: 2; 3 conversations without a date.");
  });

  it.each([
    [4, "2020 Q1 | 1 | 2020 Q2 | 0"],
    [60, "2020 | 1 | 2021 | 0"],
  ])("show quarters or years where %i years are too many months", async (years, shown) => {
    const said = await saidBy(one, (writer) => {
      for (const year of [2020, 2020 + years])
        writer.record(recordEvent(0, { lastActivity: Date.UTC(year, 0, 1) }));
    });
    expect(said.join(" | ")).toContain(shown);
  });

  it("name the ten largest, the first of those that are as large", async () => {
    const said = await saidBy(one, (writer) => {
      for (let index = 0; index < 30; index += 1)
        writer.record(recordEvent(index, { bytes: 1_000 + (index % 3) }));
    });
    const largest = said.slice(said.indexOf("The largest conversations"));
    expect(largest.filter((line) => line.startsWith("conversation-"))).toEqual(
      [2, 5, 8, 11, 14, 17, 20, 23, 26, 29].map((index) => `conversation-${index}`),
    );
  });

  it("leave out rows in whose place others count, and what is in no file", async () => {
    const said = await saidBy(finished({ read: 1, matched: 1 }, verify), (writer) => {
      writer.record(recordEvent(0, { outcome: "duplicate" }));
      writer.record(recordEvent(0, { outcome: "extra", place: null }));
    });
    expect(said).not.toContain("What is in the files");
  });

  it("say how far they go where a run did not come to its end", async () => {
    const stopped = finished({ read: 1, created: 1 }, { error, exitCode: 1 });
    const said = await saidBy(stopped, (writer) => writer.record(recordEvent(0)));
    expect(said).toContain("What is in the files, as far as they were read");
  });

  it("count anew where all is read once more", async () => {
    const said = await saidBy(finished({ read: 1, matched: 1 }, verify), (writer) => {
      for (const index of [0, 1]) writer.record(recordEvent(index));
      writer.startOver();
      writer.record(recordEvent(0));
    });
    expect(said.join(" | ")).toContain("1 kB to 5 kB | 1");
  });
});

it("a dry run says how much memory is needed", async () => {
  const result = finished(
    { read: 1, created: 1 },
    { mode: "dry-run", dryRun: true, estimatedMemoryBytes: 1_400 },
  );
  const said = await saidBy(result, (writer) => writer.record(recordEvent(0)));
  expect(said.join(" | ")).toMatch(/Needs \| at most about 1\.4 kB of Redis&#39; memory/);
  expect(said.join(" | ")).toContain("Redis&#39; memory | 1.4 kB");
});

it("an undo has its own meanings, and no pictures", async () => {
  const result = finished({ read: 2, deleted: 1, unchanged: 1 }, { ...undo, journal: "j.jsonl" });
  const said = await saidBy(result, (writer) =>
    writer.record(recordEvent(0, { place: null, outcome: "deleted" })),
  );
  expect(said).toContain("all records that the journal names");
  expect(said).not.toContain("What is in the files");
});

it("is the same for the same run", async () => {
  const tell = (writer: ReportWriter) => {
    tellMany(writer, 500);
    writer.rejected(invalid);
  };
  const [first, second] = [
    await reportText("html", largeMigration(), tell),
    await reportText("html", largeMigration(), tell),
  ];
  expect(first.text).toBe(second.text);
});

it("asks for nothing from anywhere, and runs nothing", async () => {
  const { text } = await reportText("html", largeMigration(), (writer) => tellMany(writer, 100));
  expect(text).not.toMatch(/<script|<link(?! rel="icon" href="data:,")|<img|@import|url\(|\son\w+=/);
});
