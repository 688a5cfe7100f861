import { describe, expect, it } from "vitest";
import { parseOptions } from "../../src/cli/parse-options.js";
import { options, problemsOf } from "../support/parse.js";

const archiving = { ttlFrom: "last-active", archive: "old.json" } as const;

it("takes both flags together, and lets lives begin with the run without them", () => {
  expect(options(archiving)).toMatchObject(archiving);
  expect(options({})).toMatchObject({ ttlFrom: "now", archive: null });
});

describe("what goes to an archive, and where it is, must be said", () => {
  it.each([
    [{ ttlFrom: "last-active" }, "--ttl-from last-active: --archive says where"],
    [{ archive: "a.json" }, "--archive: only with --ttl-from last-active"],
    [{ archive: "a.json", ttlFrom: "now" }, "--archive: only with --ttl-from last-active"],
    [{ ...archiving, ttl: "none" }, "--ttl-from last-active: with --ttl none"],
    [{ ...archiving, ttlFrom: "then" }, "--ttl-from: expected now or last-active"],
    [{ ...archiving, archive: "" }, "--archive: expected a file name"],
    [{ ...archiving, archive: "-" }, "--archive: expected a file, which a rerun"],
    [{ ...archiving, rejects: "./old.json" }, "--archive: old.json is the file of --rejects too"],
    [{ ...archiving, journal: "old.json" }, "--archive: old.json is the file of --journal too"],
    [{ ...archiving, archive: "a.md", report: ["a.md"] }, "--report: a.md is the file of --archive too"],
    [{ ...archiving, archive: "bot/db.tmp.json" }, "--archive: the library would take bot/db.tmp.json for"],
    [{ ...archiving, undo: "j.jsonl" }, "--ttl-from has no effect with --undo"],
  ])("%j: %s", (flags, problem) => {
    expect(problemsOf(flags)).toContainEqual(expect.stringContaining(problem));
  });

  it("says what else a file is, and no path that may hold a secret", () => {
    const problem = (archive: string, source: string) => () =>
      parseOptions({ ...archiving, archive }, [source], {});
    expect(problem("old.json", "./old.json")).toThrow("--archive: old.json is a source too");
    expect(problem("sk-madeup-12345678", "sk-madeup-12345678")).toThrow(
      "--archive: its file is a source too",
    );
  });
});
