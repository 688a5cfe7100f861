import { describe, expect, it } from "vitest";
import { error, finished, incomplete, undo, verify } from "../../support/finished-run.js";
import { reportText } from "../../support/report-files.js";
import { conflict, invalid, placeOf, recordEvent, unreadable } from "../../support/report-run.js";

/** The lines of a report in XML, without what stands around them. */
async function linesOf(
  ...parameters: Parameters<typeof reportText> extends [unknown, ...infer Rest] ? Rest : never
) {
  const { text } = await reportText("xml", ...parameters);
  return text.split("\n").map((line) => line.trim());
}

it("has a suite a source, in it a case for what is well and one for each kind of finding", async () => {
  const result = finished(
    { read: 6, created: 2, invalid: 1, conflict: 3 },
    { ...incomplete, unreadable: 1, differences: [conflict], rejections: [invalid, unreadable] },
  );
  const { text } = await reportText("xml", result, (writer) => {
    for (const index of [0, 1]) writer.record(recordEvent(index));
    for (const index of [7, 8, 9]) writer.record(recordEvent(index, { outcome: "conflict" }));
    writer.rejected(invalid);
    writer.rejected(unreadable);
    writer.record(recordEvent(0, { place: placeOf(0, "old/keys.json"), kind: "key", outcome: "unchanged" }));
  });
  expect(text).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="chatgpt-migrate: migration" tests="6" failures="2" errors="2" time="0.100">
  <testsuite name="db.json" tests="4" failures="1" errors="2">
    <testcase classname="chatgpt-migrate.migrate" name="db.json: what is well">
      <system-out>conversations: created: 2
</system-out>
    </testcase>
    <testcase classname="chatgpt-migrate.migrate" name="db.json: conversations: conflict">
      <failure message="conversation conversation-7 (db.json, conversations row 7, line 87): messages: 12 → 9, 4 only in Redis, 1 only in the file">conversation conversation-7 (db.json, conversations row 7, line 87): messages: 12 → 9, 4 only in Redis, 1 only in the file
2 more (--details 0 lists all)
</failure>
    </testcase>
    <testcase classname="chatgpt-migrate.migrate" name="db.json: conversations: invalid">
      <error message="db.json, conversations row 11 (bytes 19820 to 20231, line 135): messages: expected an array">db.json, conversations row 11 (bytes 19820 to 20231, line 135): messages: expected an array
</error>
    </testcase>
    <testcase classname="chatgpt-migrate.migrate" name="db.json: unreadable">
      <error message="db.json (bytes 90000 to 92999, line 640): the file ends within a string">db.json (bytes 90000 to 92999, line 640): the file ends within a string
</error>
    </testcase>
  </testsuite>
  <testsuite name="old/keys.json" tests="1" failures="0" errors="0">
    <testcase classname="chatgpt-migrate.migrate" name="old/keys.json: what is well">
      <system-out>keys: unchanged: 1
</system-out>
    </testcase>
  </testsuite>
  <testsuite name="run" tests="1" failures="1" errors="0">
    <testcase classname="chatgpt-migrate.migrate" name="exit code">
      <failure message="Not all is in Redis: 3 conflicts, 1 invalid record and 1 place where a file is damaged; 2 were written, or there already, done in 0.1 s.">Not all is in Redis: 3 conflicts, 1 invalid record and 1 place where a file is damaged; 2 were written, or there already, done in 0.1 s.
</failure>
    </testcase>
  </testsuite>
</testsuites>
`);
});

describe("the case of the run", () => {
  it("passes where the program exits with 0", async () => {
    const lines = await linesOf(finished({ read: 1, created: 1 }));
    expect(lines[1]).toContain('tests="1" failures="0" errors="0"');
    expect(lines).toContain("<system-out>All of it is in Redis, done in 0.1 s.");
  });

  it("is an error where an error stopped it, with what to do", async () => {
    const lines = await linesOf(
      finished({}, { error: { code: "redis-lost", message: "gone\naway", hint: "Start it." }, exitCode: 1 }),
    );
    expect(lines[1]).toContain('errors="1"');
    expect(lines.join("\n")).toContain('<error message="gone">gone\naway\nStart it.\nStopped by an error');
  });

  it.each([
    ["a run that was interrupted", finished({}, { interrupted: "SIGINT", exitCode: 130 })],
    ["a verification that found differences", finished({ read: 1, missing: 1 }, { ...verify, exitCode: 2 })],
    ["keys that Redis threw away", finished({ read: 1, created: 1 }, { evicted: 1, exitCode: 3 })],
  ])("fails for %s", async (_what, result) => {
    expect((await linesOf(result))[1]).toContain('failures="1"');
  });
});

it.each([
  ["a duplicate that may hold what the row that counts lacks", "duplicate", { leftOut: true }, 1],
  ["any other duplicate", "duplicate", {}, 0],
  ["a value that was changed since", "changed", {}, 1],
  ["a key that no file holds", "extra", { place: null }, 0],
  ["a missing record", "missing", {}, 1],
  ["a record in another version that the policy keeps", "kept", {}, 0],
] as const)("%s counts as so many failures", async (_what, outcome, more, failures) => {
  const lines = await linesOf(finished({}, undo), (writer) =>
    writer.record(recordEvent(0, { outcome, ...more })),
  );
  expect(lines[1]).toContain(`failures="${failures}"`);
});

it("a record that counts as something else by now is no case as what it was", async () => {
  const { text } = await reportText("xml", finished({}, { error, exitCode: 1 }), (writer) => {
    writer.record(recordEvent(0, { outcome: "conflict" }));
    writer.corrected(recordEvent(0), "conflict");
  });
  expect(text).toContain("conversations: created: 1");
  expect(text).not.toContain("conversations: conflict");
});

it("what is read once more counts once", async () => {
  const { text } = await reportText("xml", finished({}, verify), (writer) => {
    writer.record(recordEvent(0, { outcome: "missing" }));
    writer.rejected(invalid);
    writer.startOver();
    writer.record(recordEvent(0, { outcome: "matched" }));
  });
  expect(text).toContain("conversations: matched: 1");
  expect(text).not.toMatch(/missing|invalid/);
});
