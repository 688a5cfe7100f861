import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { PassThrough, Writable } from "node:stream";
import { beforeEach, describe, expect, test } from "vitest";
import { askPassword } from "../../src/cli/password-prompt.js";
import { writeLegacy } from "../support/legacy.js";
import { program, programJson, scratchFolder } from "../support/program.js";
import { type PrivateRedis, startRedis } from "../support/redis.js";
import { onTerminal } from "../support/terminal.js";

const password = "made-up-pässword";

let cwd: string;
let redis: PrivateRedis;

beforeEach(async () => {
  cwd = await scratchFolder();
  await writeLegacy(join(cwd, "db.json"), {
    conversations: [{ id: "a", userName: "User", messages: [] }],
    keys: [],
  });
  redis = await startRedis({ arguments: ["--requirepass", password], password });
});

const question = "Redis wants a password: ";

/** Starts a run on a terminal; `answer` types once the password is asked for. */
async function session(flags: string) {
  const { answer, ...rest } = await onTerminal(`-p ${redis.port} ${flags}`, cwd);
  return { ...rest, answer: (keys: string) => answer(question, keys) };
}

describe("a server that wants a password, on a terminal", () => {
  test("it is asked for, and what is typed is not shown", async () => {
    const { answer, ended, shown } = await session("--no-color --no-progress --report r.md");
    await answer(`${password}\r`);
    expect(await ended).toBe(0);
    expect(shown()).toContain(`${question}\r\n`);
    expect(shown()).toContain("All of it is in Redis, done");
    // The app needs it as much as this run did.
    for (const text of [shown(), await readFile(join(cwd, "r.md"), "utf8")])
      expect(text).toContain("password: process.env.REDIS_PASSWORD");
    expect(shown()).not.toContain(password);
    expect(shown()).not.toContain("warning");
    expect(await redis.client.dbSize()).toBe(1);
  });

  test("a wrong one is reported, and shown as little", async () => {
    const { answer, ended, shown } = await session("--no-color");
    await answer("made-up-mistake\r");
    expect(await ended).toBe(1);
    expect(shown()).toContain(`error: Redis at localhost:${redis.port} rejected the user name or password`);
    expect(shown()).not.toContain("mistake");
    expect(await redis.client.dbSize()).toBe(0);
  });

  test("it may be corrected as it is typed", async () => {
    const { answer, ended, shown } = await session("--dry-run -q");
    await answer(`wrong\u0015${password}x\u007f\r`);
    expect([await ended, shown()]).toEqual([0, expect.not.stringContaining(password)]);
  });

  test.each([
    ["Ctrl-C interrupts", "\u0003", 130, "Stopping once what is under way is finished"],
    ["Ctrl-C interrupts, whatever was typed before", "made-up\u0003", 130, "Stopping once"],
    ["Ctrl-D gives none", "\u0004", 1, "wants a password and none was given"],
    ["an empty line gives none", "\r", 1, "wants a password and none was given"],
  ])("%s", async (_what, keys, code, told) => {
    const { answer, ended, shown } = await session("--json");
    await answer(keys);
    expect(await ended).toBe(code);
    expect(shown()).toContain(told);
    const result = JSON.parse(shown().slice(shown().indexOf("{"), shown().lastIndexOf("}") + 1));
    expect([result.exitCode, result.interrupted, result.error?.code]).toEqual(
      code === 130 ? [130, "SIGINT", undefined] : [1, null, "redis-auth-required"],
    );
    expect(await redis.client.dbSize()).toBe(0);
  });

  test("an ACL user is asked for his own", async () => {
    await redis.client.sendCommand(["ACL", "SETUSER", "mover", "on", ">made-up-own", "~*", "+@all"]);
    const { answer, ended, shown } = await session("--username mover --dry-run");
    await answer("made-up-own\r");
    expect([await ended, shown()]).toEqual([0, expect.not.stringContaining("made-up-own")]);
  });

  test.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const)("%s from elsewhere ends the run, whoever sits at the keyboard", async (signal, code) => {
    // The shell that writes its process id down becomes the program.
    const { answer, ended, shown } = await session("--json $(echo $$ >pid)");
    await answer("");
    process.kill(Number(await readFile(join(cwd, "pid"), "utf8")), signal);
    expect([await ended, shown()]).toEqual([code, expect.stringContaining(`"interrupted": "${signal}"`)]);
  });

  test.each([
    ["one was given", "--password made-up-mistake", "rejected the user name or password"],
    ["stdin is no terminal", "</dev/null", "wants a password and none was given"],
    ["stdin holds the records", "- </dev/null", "wants a password and none was given"],
    ["nobody sees stderr", "2>err.txt", "wants a password and none was given"],
  ])("nothing is asked where %s", async (_what, flags, told) => {
    const { ended, shown } = await session(flags);
    expect(await ended).toBe(1);
    const all = shown() + (await readFile(join(cwd, "err.txt"), "utf8").catch(() => ""));
    expect(all).toContain(told);
    expect(all).not.toContain(question);
  });
});

test("without a terminal nothing is asked, and what stands on stdin is no password", async () => {
  const seen = await program(["-p", String(redis.port)], { cwd, stdin: `${password}\n` });
  expect([seen.code, seen.stdout]).toEqual([1, ""]);
  expect(seen.stderr).toBe(
    `error: Redis at localhost:${redis.port} wants a password and none was given\n` +
      "Set REDIS_PASSWORD (and --username for an ACL user). A --host or --port sets REDIS_URL aside, with its password.\n",
  );
});

test("nor is it for an ACL user, by a flag or by a URL", async () => {
  await redis.client.sendCommand(["ACL", "SETUSER", "mover", "on", ">made-up-own", "~*", "+@all"]);
  for (const flags of [
    ["-p", String(redis.port), "--username", "mover"],
    ["-u", `redis://mover@localhost:${redis.port}`],
  ]) {
    const { code, stderr } = await program(flags, { cwd });
    expect([code, stderr]).toEqual([1, expect.stringContaining("wants a password and none was given\n")]);
  }
});

describe("askPassword", () => {
  /** A terminal that nobody types on, and what happened to it, in order. */
  function terminal() {
    const happened: unknown[] = [];
    const setRawMode = (raw: boolean) => happened.push(raw);
    const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode });
    const output = new Writable({
      write: (chunk, _encoding, done) => {
        happened.push(String(chunk));
        done();
      },
    });
    return { input, output, happened };
  }

  test("asks once the terminal has ceased to echo, and not before", async () => {
    const { input, output, happened } = terminal();
    const answer = askPassword(input, output, () => {});
    input.write("made-up\r");
    expect((await answer)?.reveal()).toBe("made-up");
    expect(happened).toEqual([true, question, false, "\n"]);
  });

  test.each(["before", "while"])("gives none where the run is stopped %s it asks", async (when) => {
    const { input, output, happened } = terminal();
    const controller = new AbortController();
    if (when === "before") controller.abort();
    const answer = askPassword(input, output, () => {}, controller.signal);
    controller.abort();
    expect(await answer).toBeNull();
    expect(happened.at(-2)).toBe(false);
  });
});

describe("a password on the command line", () => {
  const message =
    "the password stands on the command line, where others can read it: better give it as REDIS_PASSWORD or REDIS_URL";

  test.each([
    ["-a", () => ["-p", String(redis.port), "-a", password]],
    ["a URL", () => ["-u", `redis://:${encodeURIComponent(password)}@localhost:${redis.port}`]],
  ])("in %s, works with a warning, which --quiet silences", async (_where, flags) => {
    const { code, stderr } = await program([...flags(), "--no-progress"], { cwd });
    expect([code, stderr]).toEqual([0, `warning: ${message}\n`]);
    const { result } = await programJson(flags(), { cwd });
    expect(result.warnings).toEqual([{ code: "password-shown", message }]);
    const quiet = await program([...flags(), "-q"], { cwd });
    expect([quiet.code, quiet.stderr]).toEqual([0, ""]);
  });

  test("a warning, where the run fails, too", async () => {
    const { seen, result } = await programJson(["-p", String(redis.port), "-a", "wrong"], { cwd });
    expect([seen.code, result.warnings]).toEqual([1, [{ code: "password-shown", message }]]);
  });

  test("none in the environment", async () => {
    const env = { REDIS_URL: `redis://:${encodeURIComponent(password)}@localhost:${redis.port}` };
    const { seen, result } = await programJson([], { cwd, env });
    expect([seen.code, result.warnings]).toEqual([0, []]);
  });
});
