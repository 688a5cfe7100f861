import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { type CommandLine, type GivenFlag, nextCommand } from "../../src/report/next-command.js";

const toVerify = { sentence: "", without: ["--journal"], added: ["--verify"] };

const next = (flags: readonly GivenFlag[], more: Partial<CommandLine> = {}) =>
  nextCommand("chatgpt-migrate", { flags, sources: [], environment: [], ...more }, toVerify);

test("flags and sources stay, but for what only this run needed", () => {
  const flags = [
    ["--url", "redis://localhost:6379/2"],
    ["--journal", "undo.jsonl"],
    ["--strict", null],
    ["--ttl", "90d"],
  ] as const;
  expect(next(flags, { sources: ["db.json"] })).toBe(
    "chatgpt-migrate --verify --url redis://localhost:6379/2 --strict --ttl 90d db.json",
  );
  expect(next([])).toBe("chatgpt-migrate --verify");
});

test("a shell reads each word as it was given", () => {
  const prefix = `my 'app' $(x) "*":`;
  const sources = ["-a.json", "old chats/*.json", "it's.json"];
  const command = next([["--key-prefix", prefix]], { sources }) ?? "";
  const shown = command.replace("chatgpt-migrate", "printf '%s\\n'");
  expect(execFileSync("sh", ["-c", shown], { encoding: "utf8" })).toBe(
    ["--verify", "--key-prefix", prefix, "--", ...sources, ""].join("\n"),
  );
});

test("what is needed besides stands below, not in the line to be copied", () => {
  expect(next([], { environment: ["REDIS_URL"] })).toBe(
    "chatgpt-migrate --verify\n  (with REDIS_URL as for this run)",
  );
});

test.each<readonly [string, readonly GivenFlag[], readonly string[]]>([
  ["a password", [["--password", "made-up"]], []],
  ["a user", [["--username", "made-up"]], []],
  ["a URL with a login", [["--url", "redis://me:made-up@localhost"]], []],
  ["a URL with options", [["--url", "redis://localhost?password=made-up"]], []],
  ["a value that may be a secret", [["--rejects", "redis://:made-up@localhost"]], []],
  ["a source that may be one", [], ["sk-made-up-0123456789abcdef"]],
  ["standard input, which is gone", [], ["-"]],
])("no command is named after a run with %s", (_, flags, sources) => {
  expect(next(flags, { sources })).toBe(null);
});
