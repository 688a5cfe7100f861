import { describe, expect, it } from "vitest";
import { verdictOf } from "../../../src/report/verdict.js";
import type { Difference } from "../../../src/types/outcome.js";
import type { RunResult } from "../../../src/types/run-result.js";
import { dry, finished, incomplete } from "../../support/finished-run.js";

describe("conflicts have hints on what settles them", () => {
  const conflict = (kind: Difference["kind"], ...fields: Difference["fields"]): Difference => ({
    kind,
    name: "x",
    difference: "conflict",
    fields,
  });
  const versions = conflict("conversation", {
    field: "messages",
    redis: 1,
    file: 1,
    onlyInRedis: 1,
    onlyInFile: 1,
  });
  const hash = conflict("conversation", { field: "type", redis: "hash", file: "string" });
  const noJson = conflict("key", { field: "value", redis: "not JSON", file: "JSON" });
  const sameKey = conflict("conversation");
  const merge = expect.stringContaining("--on-conflict merge");
  const del = expect.stringContaining("(DEL)");
  const noKeys = expect.stringMatching(/\(DEL\).*finds no API key at all/);
  const otherId = expect.stringContaining("another id");

  it.each<[string, Partial<RunResult>, unknown[]]>([
    ["two versions", { differences: [versions] }, [merge]],
    ["two versions, in a dry run", { ...dry, differences: [versions] }, [merge]],
    ["two versions that a list leaves out", {}, [merge]],
    ["two versions, under another policy", { onConflict: "merge", differences: [versions] }, []],
    ["another type, under any policy", { onConflict: "keep", differences: [hash] }, [del]],
    ["what is no JSON under an API key", { differences: [noJson] }, [noKeys]],
    ["two ids with one key", { differences: [sameKey] }, [otherId]],
    ["all of them", { differences: [versions, hash, sameKey] }, [merge, del, otherId]],
  ])("%s", (_what, more, hints) => {
    expect(verdictOf(finished({ read: 1, conflict: 1 }, { ...incomplete, ...more })).hints).toEqual(hints);
  });

  it("and none where there are no conflicts", () => {
    expect(verdictOf(finished({ read: 1, created: 1 })).hints).toEqual([]);
  });
});
