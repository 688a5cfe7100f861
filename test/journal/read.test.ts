import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { MigrateError } from "../../src/errors.js";
import type { Previous, Step } from "../../src/journal/format.js";
import { readJournal } from "../../src/journal/read.js";
import { type Journal, openJournal } from "../../src/journal/write.js";
import { sha1 } from "../../src/record/digest.js";
import { Secret } from "../../src/secret.js";
import type { Entry } from "../../src/types/entry.js";
import type { JournalHeader } from "../../src/types/journal-header.js";
import type { Kind } from "../../src/types/kind.js";
import { makeEntry } from "../support/entry.js";
import { scratchFolder } from "../support/program.js";

const header: JournalHeader = {
  journal: 1,
  tool: "chatgpt-migrate 0.1.0",
  at: "2026-11-23T05:10:00.123Z",
  url: "redis://localhost:6379/0",
  topology: "standalone",
  prefix: "chatgpt:",
};

const before = (text: string): Previous => ({ text, ttlMs: 5_000, at: 1_700_000_000_000 });

/** As much of an entry as a journal notes. */
function entry(kind: Kind, key: string, value: string): Entry {
  return makeEntry(kind, "x", value, { redisKey: new Secret(key) });
}

/** A journal that `write` has written, at a path of its own. */
async function written(write: (journal: Journal) => Promise<unknown>, head: JournalHeader = header) {
  const path = join(await scratchFolder(), "journal.jsonl");
  const journal = openJournal(path, head);
  await write(journal);
  await journal.close();
  return path;
}

async function stepsOf(path: string): Promise<Step[]> {
  const steps: Step[] = [];
  for await (const some of (await readJournal(path)).steps()) steps.push(...some);
  return steps;
}

/** What an undo needs of each step: its key, what was there before, and by what to know what was written. */
async function seen(path: string) {
  return (await stepsOf(path)).map((step) => ({
    key: step.key,
    previous: step.op === "create" ? null : (step.previous.text ?? step.previous.ttlMs),
    digest: step.digest,
  }));
}

/** What a run does with keys, in words as short as the tables want. */
const on = (journal: Journal) => ({
  create: (key: string, value: string) => journal.createAll([entry("conversation", key, value)]),
  replace: (key: string, value: string, previous: string) =>
    journal.replace("conversation", new Secret(key), Buffer.from(value), before(previous)),
  expire: (key: string, value: string, ttlMs: number) =>
    journal.expire("conversation", new Secret(key), sha1(value), { ttlMs, at: 1_700_000_000_000 }),
  void: (step: number) => journal.cancel(step),
  again: async () => journal.markAgain(),
});

type Doing = (run: ReturnType<typeof on>) => readonly Promise<unknown>[];

describe("a journal gives back", () => {
  it("its header and its steps, in their order, as they were announced", async () => {
    const path = await written(async (journal) => {
      await journal.createAll([entry("key", "chatgpt:keys:sk-madeup", '{"key":"sk-madeup"}')]);
      await journal.replace(
        "conversation",
        new Secret("chatgpt:conversations:漢"),
        Buffer.from('{"id":"漢"}'),
        {
          base64: "/yI=",
          ttlMs: null,
          at: 1_700_000_000_000,
        },
      );
    });
    expect((await readJournal(path)).header).toEqual(header);
    expect(await stepsOf(path)).toEqual([
      {
        ...{ op: "create", n: 0, kind: "key", key: "chatgpt:keys:sk-madeup" },
        digest: sha1('{"key":"sk-madeup"}'),
      },
      {
        ...{ op: "replace", n: 1, kind: "conversation", key: "chatgpt:conversations:漢" },
        digest: sha1('{"id":"漢"}'),
        previous: { base64: "/yI=", ttlMs: null, at: 1_700_000_000_000 },
      },
    ]);
  });

  it("its steps as often as it is asked", async () => {
    const path = await written((journal) => on(journal).create("a", "1"));
    const journal = await readJournal(path);
    for (const _time of [1, 2]) {
      const keys: string[] = [];
      for await (const steps of journal.steps()) keys.push(...steps.map(({ key }) => key));
      expect(keys).toEqual(["a"]);
    }
  });

  it("the name of the master, of a run by way of Sentinels", async () => {
    const head = { ...header, topology: "sentinel", master: "mymaster" } as const;
    const path = await written((journal) => on(journal).create("a", "1"), head);
    expect((await readJournal(path)).header).toEqual(head);
  });

  it("a header without a topology as that of one server", async () => {
    const path = await written((journal) => on(journal).create("a", "1"));
    const { topology: _topology, ...old } = header;
    const [, ...lines] = (await readFile(path, "utf8")).split("\n");
    await writeFile(path, [JSON.stringify(old), ...lines].join("\n"));
    expect((await readJournal(path)).header).toEqual({ ...old, topology: "standalone" });
    expect(await stepsOf(path)).toHaveLength(1);
  });
});

it("reads lines that end with a line feed alone, whatever else Node takes for an end of line", async () => {
  const path = await written((journal) =>
    Promise.all([
      on(journal).replace("a", "1", "before\u2028and\u2029after\u0085\r"),
      on(journal).create("b\u2028", "2"),
    ]),
  );
  expect(await seen(path)).toEqual([
    { key: "a", previous: "before\u2028and\u2029after\u0085\r", digest: sha1("1") },
    { key: "b\u2028", previous: null, digest: sha1("2") },
  ]);
});

it("reads lines longer than what is read at a time", async () => {
  const long = "漢".repeat(100_000);
  const path = await written((journal) =>
    Promise.all([on(journal).replace("a", "1", long), on(journal).create("b", "2")]),
  );
  expect((await seen(path)).map(({ key, previous }) => [key, previous])).toEqual([
    ["a", long],
    ["b", null],
  ]);
});

describe("of what a run did, the steps are", () => {
  it.each<readonly [string, Doing, readonly (readonly [string, string | number | null, string])[]]>([
    [
      "each that was done",
      (run) => [run.create("a", "1"), run.replace("b", "2", "before")],
      [
        ["a", null, "1"],
        ["b", "before", "2"],
      ],
    ],
    ["none that was announced and not done", (run) => [run.create("a", "1"), run.void(0)], []],
    [
      "the try that was done, of several for one key",
      (run) => [
        ...[run.create("a", "1"), run.create("b", "2"), run.void(0)],
        ...[run.replace("a", "3", "the app's"), run.void(2), run.replace("a", "4", "the app's own")],
      ],
      [
        ["b", null, "2"],
        ["a", "the app's own", "4"],
      ],
    ],
    [
      "a second look's own, where it did what the first had not",
      (run) => [run.create("a", "1"), run.again(), run.create("b", "2"), run.replace("c", "3", "before")],
      [
        ["a", null, "1"],
        ["b", null, "2"],
        ["c", "before", "3"],
      ],
    ],
    [
      "one, where a key was created twice",
      (run) => [run.create("a", "1"), run.create("b", "2"), run.again(), run.create("a", "1")],
      [
        ["a", null, "1"],
        ["b", null, "2"],
      ],
    ],
    [
      "one, with what stood there at first, where it was replaced, lost, and created",
      (run) => [run.replace("a", "1", "before"), run.again(), run.create("a", "2")],
      [["a", "before", "2"]],
    ],
    [
      "one, with what stood there since, where it was created, lost, and then replaced that",
      (run) => [run.create("a", "1"), run.again(), run.replace("a", "2", "the app's"), run.create("b", "1")],
      [
        ["a", "the app's", "2"],
        ["b", null, "1"],
      ],
    ],
    [
      "one, with what stood there since, though that was lost in turn, and it was created again",
      (run) => [
        ...[run.create("a", "1"), run.again(), run.replace("a", "2", "the app's")],
        ...[run.again(), run.create("a", "1")],
      ],
      [["a", "the app's", "1"]],
    ],
    [
      "one, with what it was left with, after several looks",
      (run) => [
        ...[run.replace("a", "1", "before"), run.again(), run.replace("a", "2", "1")],
        ...[run.again(), run.create("a", "3")],
      ],
      [["a", "before", "3"]],
    ],
    [
      "one, with the expiry that stood there at first, where that was set, lost, and set again",
      (run) => [run.expire("a", "1", 5), run.again(), run.expire("a", "1", 4)],
      [["a", 5, "1"]],
    ],
    [
      "the first look's, where the second one's was not done",
      (run) => [run.replace("a", "1", "before"), run.again(), run.create("a", "2"), run.void(1)],
      [["a", "before", "1"]],
    ],
    [
      "the last that was done, of a second look's tries",
      (run) => [
        ...[run.replace("a", "1", "before"), run.again(), run.create("a", "2"), run.void(1)],
        ...[run.replace("a", "3", "x"), run.replace("a", "4", "x"), run.void(3)],
      ],
      [["a", "before", "3"]],
    ],
    [
      "the second look's, with what it found, where the first one's was not done",
      (run) => [run.create("a", "1"), run.void(0), run.again(), run.replace("a", "2", "the app's")],
      [["a", "the app's", "2"]],
    ],
    [
      "none, where neither was done",
      (run) => [run.create("a", "1"), run.void(0), run.again(), run.create("a", "1"), run.void(1)],
      [],
    ],
  ])("%s", async (_what, doing, steps) => {
    const path = await written((journal) => Promise.all(doing(on(journal))));
    expect(await seen(path)).toEqual(
      steps.map(([key, previous, value]) => ({ key, previous, digest: sha1(value) })),
    );
  });
});

describe("a journal that a crash has cut off", () => {
  it("gives its whole lines, wherever in the last one it ends", async () => {
    const path = await written((journal) =>
      Promise.all([on(journal).create("a", "1"), on(journal).replace("漢", "2", "before")]),
    );
    const whole = await readFile(path);
    const last = whole.lastIndexOf("\n", whole.length - 2) + 1;
    for (let end = last; end < whole.length - 1; end += 1) {
      await writeFile(path, whole.subarray(0, end));
      expect([end, (await seen(path)).map(({ key }) => key)]).toEqual([end, ["a"]]);
    }
    await writeFile(path, whole.subarray(0, whole.length - 1));
    expect((await seen(path)).map(({ key }) => key)).toEqual(["a", "漢"]);
  });

  it("gives a step whose cancellation was cut off: whether it was done is then seen by what Redis holds", async () => {
    const path = await written(async (journal) => {
      await on(journal).create("a", "1");
      await on(journal).void(0);
    });
    const whole = await readFile(path);
    await writeFile(path, whole.subarray(0, whole.length - 5));
    expect((await seen(path)).map(({ key }) => key)).toEqual(["a"]);
  });

  it("gives what is before bytes that the disk left empty", async () => {
    const path = await written((journal) => on(journal).create("a", "1"));
    await appendFile(path, Buffer.alloc(100));
    expect((await seen(path)).map(({ key }) => key)).toEqual(["a"]);
  });
});

describe("what is no journal is refused, with its line", () => {
  const line = JSON.stringify({ op: "create", n: 0, kind: "key", key: "a", digest: "" });

  it.each([
    ["a file that is not there", null, /ENOENT: no such file or directory$/],
    ["an empty file", "", /it is empty, as where its run was ended before it changed anything$/],
    ["a text without a line end", "hello", /its first line is not that of a journal$/],
    ["another JSON file", '{"conversations":[]}\n', /its first line is not that of a journal$/],
    [
      "a journal of a later version",
      `${JSON.stringify({ ...header, journal: 2 })}\n`,
      /its first line is not that of a journal$/,
    ],
    [
      "a line of another tool",
      `${JSON.stringify(header)}\n${line}\n{"op":"x"}\n`,
      /line 3 is none that this tool writes$/,
    ],
    [
      "a line that was deleted",
      `${JSON.stringify(header)}\n${line.replace('"n":0', '"n":1')}\n`,
      /line 2 is step 1, and should be 0: steps are missing$/,
    ],
    ["a line damaged in the middle", `${JSON.stringify(header)}\n{"op":\n${line}\n`, /line 2 is damaged$/],
  ])("%s", async (_what, content, reason) => {
    const path = join(await scratchFolder(), "journal.jsonl");
    if (content !== null) await writeFile(path, content);
    const error: MigrateError = await stepsOf(path).then(
      () => expect.unreachable(),
      (caught) => caught,
    );
    expect([error.code, error.message]).toEqual(["journal-unreadable", expect.stringMatching(reason)]);
    expect(error.message).toContain(path);
  });
});
