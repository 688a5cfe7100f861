import { expect, it } from "vitest";
import { flagsWithoutEffect } from "../../src/api/flags-without-effect.js";

const modes = {
  migrate: {},
  "dry-run": { dryRun: true },
  verify: { verify: true },
  undo: { undo: "j.jsonl" },
  export: { export: "e.json" },
  "undo as a dry run": { undo: "j.jsonl", dryRun: true },
  output: { output: "o.resp" },
} as const;

const mirrored = ["migrate", "dry-run", "verify"] as const;
const asking = [...mirrored, "undo", "undo as a dry run", "export"] as const;
const reading = [...mirrored, "output"] as const;
const everywhere = [...asking, "output"] as const;

/** The modes in which each flag can mean something. */
const table: readonly (readonly [string, object, readonly (keyof typeof modes)[]])[] = [
  ["--only", { only: "keys" }, [...reading, "export"]],
  ["--on-duplicate", { onDuplicate: "first" }, reading],
  ["--strict", { strict: true }, reading],
  ["--on-conflict", { onConflict: "keep" }, reading],
  ["--on-conflict", { onConflict: "newer" }, mirrored],
  ["--ttl", { ttl: "30d" }, reading],
  ["--ttl-from", { ttlFrom: "last-active" }, mirrored],
  ["--archive", { archive: "a.json" }, mirrored],
  ["--journal", { journal: "j" }, mirrored],
  ["--no-journal", { journal: false }, mirrored],
  ["--rejects", { rejects: "r" }, [...reading, "export"]],
  ["--exit-code", { exitCode: true }, ["dry-run"]],
  ["--key-prefix", { keyPrefix: "a:" }, everywhere],
  ["--url", { url: "redis://a" }, asking],
  ["--database", { database: "1" }, asking],
  ["--tls-ca", { tlsCa: "ca.pem" }, asking],
  ["--force", { force: true }, asking],
  ["--retry-for", { retryFor: "0" }, asking],
  ["--details", { details: "0" }, everywhere],
  ["--concurrency", { concurrency: "1" }, everywhere],
  ["--json", { json: true, quiet: true, verbose: true, color: false, progress: false }, everywhere],
];

it.each(table)("%s is a mistake where it can have no effect, and nowhere else", (flag, given, wanted) => {
  for (const [mode, by] of Object.entries(modes)) {
    const problems = flagsWithoutEffect({ ...by, ...given });
    const expected = wanted.some((one) => one === mode)
      ? []
      : [expect.stringMatching(`^${flag} has .*effect`)];
    expect([mode, problems]).toEqual([mode, expected]);
  }
});

it("a flag that was set to nothing was not given", () => {
  expect(flagsWithoutEffect({ undo: "j", strict: false, only: undefined, exitCode: false })).toEqual([]);
});
