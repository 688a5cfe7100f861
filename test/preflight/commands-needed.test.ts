import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type CommandNeed, commandNeeds, needsOf } from "../../src/preflight/commands-needed.js";
import { policies, ttlStarts } from "../../src/types/mode-and-policy.js";

const document = readFileSync("docs/redis.md", "utf8");

/** The commands that stand in backticks in the row, or sentence, of docs/redis.md, that begins so. */
function listed(beginning: string): string[] {
  const line = document.split("\n").find((one) => one.startsWith(beginning)) ?? "";
  const text = line.slice(beginning.length);
  const names = [...new Set(commandNeeds.map(({ command }) => command))].sort((a, b) => b.length - a.length);
  return text.match(new RegExp(`\\b(${names.join("|")})\\b`, "g")) ?? [];
}

const namesOf = (needs: readonly CommandNeed[]) => [...new Set(needs.map(({ command }) => command))];

/** What a run cannot do without, as far as it is tried beforehand. */
const needed = (needs: readonly CommandNeed[]) =>
  namesOf(needs.filter(({ without, trial }) => without === null && trial !== null));

describe("docs/redis.md's list of permissions is the table that is tried", () => {
  it.each([
    ["| migration, dry run ", "migrate"],
    ["| migration, dry run ", "dry-run"],
    ["| `--verify` ", "verify"],
    ["| `--undo` ", "undo"],
    ["| `--export` ", "export"],
  ] as const)("%s: %s", (row, mode) => {
    const needs = policies.flatMap((policy) => ttlStarts.flatMap((start) => needsOf(mode, policy, start)));
    expect(listed(row).sort()).toEqual(needed(needs).sort());
  });

  it("names what is needed of some servers alone, and what can be done without", () => {
    expect(listed("| another database than 0; a cluster ")).toEqual(
      namesOf(commandNeeds.filter(({ without, trial }) => without === null && trial === null)),
    );
    const names = namesOf(commandNeeds.filter(({ without }) => without !== null));
    expect(listed("and may do without ").slice(0, names.length).sort()).toEqual(names.sort());
  });
});

describe("needsOf", () => {
  it("needs of a dry run what it needs of the run, with each policy", () => {
    for (const policy of policies)
      expect(needed(needsOf("dry-run", policy))).toEqual(needed(needsOf("migrate", policy)));
  });

  it("needs what sets a certain time only where lives are counted from last activity", () => {
    const needs = (start: "now" | "last-active") => needed(needsOf("migrate", "newer", start));
    expect(needs("last-active").filter((command) => !needs("now").includes(command))).toEqual(["PEXPIREAT"]);
  });

  it("needs DUMP of a migration that may overwrite another type, and of no other", () => {
    expect(policies.filter((policy) => needed(needsOf("migrate", policy)).includes("DUMP"))).toEqual([
      "overwrite",
    ]);
  });
});
