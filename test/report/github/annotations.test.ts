import { expect, test } from "vitest";
import { annotationsOf } from "../../../src/report/github/annotations.js";
import { boundedSummary } from "../../../src/report/github/step-summary.js";
import { workflowCommand } from "../../../src/report/github/workflow-command.js";
import type { Difference } from "../../../src/types/outcome.js";
import { finished } from "../../support/finished-run.js";
import { conflict, invalid, placeOf, unreadable } from "../../support/report-run.js";

const inWorkspace = (source: string) => source;

test("what has a meaning in a workflow command is escaped, in properties more than in the message", () => {
  const command = workflowCommand({
    level: "error",
    title: "50%: a, b",
    message: "100%0A: a, b\r\n::error::c",
    file: "old,new:1/db.json",
    line: 7,
  });
  expect(command).toBe(
    "::error file=old%2Cnew%3A1/db.json,line=7,title=50%25%3A a%2C b::100%250A: a, b%0D%0A::error::c",
  );
});

test("the gravest comes first, and what is no fault is not told", () => {
  const missing: Difference = { ...conflict, difference: "missing", fields: [] };
  const extra: Difference = { kind: "key", name: "sk-…wxyz", difference: "extra", fields: [] };
  const result = finished(
    { read: 6, missing: 1, conflict: 1, invalid: 1, updated: 1, extra: 1 },
    {
      differences: [{ ...conflict, difference: "updated" }, extra, missing, conflict],
      rejections: [invalid, unreadable],
      unreadable: 1,
      error: { code: "redis-lost", message: "one\ntwo", hint: "three" },
      warnings: [{ code: "other-set", message: "a set" }],
    },
  );
  const seen = annotationsOf(result, inWorkspace);
  expect(seen.map(({ level, title, line }) => [level, title, line])).toEqual([
    ["error", "chatgpt-migrate: redis-lost", undefined],
    ["error", "chatgpt-migrate: conflict", placeOf(7).line],
    ["error", "chatgpt-migrate: missing", placeOf(7).line],
    ["error", "chatgpt-migrate: invalid record", placeOf(11).line],
    ["error", "chatgpt-migrate: damaged file", 640],
    ["warning", "chatgpt-migrate: other-set", undefined],
  ]);
  expect(seen[0]?.message).toBe("one\ntwo\nthree");
  expect(seen[1]?.message).toBe(
    "conversation conversation-7 (db.json, conversations row 7): messages: 12 → 9, 4 only in Redis, 1 only in the file",
  );
});

test("of one level there are at most ten, and the last says how many more there are", () => {
  const many = Array.from({ length: 12 }, (_, at) => ({ ...conflict, name: `c${at}` }));
  const seen = annotationsOf(finished({ read: 99, conflict: 99 }, { differences: many }), inWorkspace);
  expect([seen.length, seen.at(-1)?.message]).toEqual([
    10,
    expect.stringMatching(/^90 more\. .*99 conflicts/),
  ]);
  const few = annotationsOf(finished({ read: 4, conflict: 4 }, { differences: [conflict] }), inWorkspace);
  expect([few.length, few.at(-1)?.message]).toEqual([2, expect.stringMatching(/^3 more\. /)]);
  const ten = annotationsOf(
    finished({ read: 10, conflict: 10 }, { differences: many.slice(0, 10) }),
    inWorkspace,
  );
  expect(ten.at(-1)?.message).toContain("conversation c9");
});

test("a summary ends within what GitHub takes a step, at a whole piece, and says what is cut", () => {
  const line = `| ${"x".repeat(1_000)} |\n`;
  const lines = Array.from({ length: 2_000 }, () => line);
  const before = 300_000;
  const text = boundedSummary(lines, before) ?? "";
  expect(before + Buffer.byteLength(text)).toBeLessThan(1024 * 1024);
  const kept = text.split(line).length - 1;
  expect(
    text.endsWith(
      `${line}\n> Cut here, since GitHub takes 1 MiB a step: 1,${2_000 - kept - 1_000} more lines. With \`--report summary.md\` a file gets them all.\n`,
    ),
  ).toBe(true);
  expect(boundedSummary(lines.slice(0, 3), before)).toBe(line.repeat(3));
  expect(boundedSummary(lines, 1024 * 1024)).toBe(null);
});
