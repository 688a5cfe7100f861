import { expect, test } from "vitest";
import { nextSteps } from "../../../src/report/next-steps.js";
import { verdictOf } from "../../../src/report/verdict.js";
import { finished } from "../../support/finished-run.js";
import { optionsFor } from "../../support/options.js";

const { address } = optionsFor({ port: 6379 });
const deviated = { code: "plan-deviated", message: "p.json: …" } as const;
const error = { code: "redis-lost", message: "lost", hint: "again" } as const;

test("a migration that did what its plan says is said to, and one that did not is not", () => {
  const counts = { read: 1, created: 1 };
  const sentenceOf = (more: Parameters<typeof finished>[1]) =>
    verdictOf(finished(counts, { plan: "p.json", ...more }));
  expect(sentenceOf({}).sentence).toMatch(/^All of it is in Redis, exactly as planned in p\.json, done in/);
  const { sentence, level } = sentenceOf({ warnings: [deviated], exitCode: 3 });
  expect(sentence).toMatch(
    /^All of it is in Redis, though not exactly as planned in p\.json \(see the warning\), done in/,
  );
  expect(level).toBe("warning");
  expect(sentenceOf({ evicted: 1, exitCode: 3 }).sentence).not.toContain("planned");
  expect(sentenceOf({ plan: null }).sentence).not.toContain("planned");
});

test("what was left out as planned is left out all the same", () => {
  const { sentence } = verdictOf(finished({ read: 2, created: 1, conflict: 1 }, { plan: "p", exitCode: 3 }));
  expect(sentence).toMatch(
    /^Not all is in Redis: 1 conflict; 1 was written.*, exactly as planned in p, done/,
  );
});

test("what stopped half-way needs a new plan, unless nothing was begun", () => {
  const stopped = (plan: string | null) => [
    verdictOf(finished({ read: 1, created: 1 }, { plan, error, exitCode: 1 })).sentence,
    verdictOf(finished({ read: 1, created: 1 }, { plan, interrupted: "SIGINT", exitCode: 130 })).sentence,
  ];
  for (const sentence of stopped("p")) expect(sentence).toMatch(/; a new plan holds the rest\.$/);
  for (const sentence of stopped(null)) expect(sentence).not.toContain("plan");
});

test("a dry run says where its plan is, and what to do with it", () => {
  const dry = { mode: "dry-run", dryRun: true, plan: "p.json" } as const;
  const { run, hints } = nextSteps(finished({ read: 1, created: 1 }, dry), address, 0);
  expect(hints).toEqual(["The plan is in p.json: --apply does exactly this, or nothing."]);
  expect(run).toMatchObject({
    added: ["--apply", "p.json"],
    without: ["--dry-run", "--exit-code", "--plan"],
  });
  expect(nextSteps(finished({ read: 1, unchanged: 1 }, dry), address, 0).run).toBeNull();
});
