import { expect, it } from "vitest";
import { finished } from "../../support/finished-run.js";
import { reportText } from "../../support/report-files.js";
import { conflict, invalid, placeOf } from "../../support/report-run.js";

it("says what happened, what to do next, and what differs where", async () => {
  const result = finished(
    { read: 60_000, created: 59_998, invalid: 1, conflict: 1 },
    {
      exitCode: 3,
      journal: "j.jsonl",
      expiresAt: "2026-12-28T20:55:00.000Z",
      differences: [conflict],
      differencesFound: 1,
      rejections: [invalid],
      warnings: [{ code: "number-as-id", message: "old.json: skipped" }],
      sources: [{ path: "db.json", bytes: 108_400_000, layout: "dbcontext", conversations: 60_000, keys: 0 }],
      target: {
        url: "redis://localhost:6379/0",
        prefix: "chatgpt:",
        topology: "standalone",
        server: "redis 7.0.15",
      },
      preflight: [{ code: "prefix-in-use", severity: "note", message: "Redis saves to disk", hint: "" }],
    },
  );
  expect((await reportText("md", result)).text).toBe(`# chatgpt-migrate: migration

⚠️ **Not all is in Redis: 1 conflict and 1 invalid record; 59,998 were written, or there already, done in 0.1 s.**

## What to do next

- On conflicts: --on-conflict merge puts the messages of both sides together, keep leaves to Redis what it has.
- What is invalid or damaged stays in the file alone, which the app may write anew: copy it before the app starts, correct the copy (--rejects keeps the text), and migrate that.
- Migrated conversations that nobody uses leave Redis by 2026-12-28: keep the files.

To take this back:

\`\`\`
chatgpt-migrate --undo j.jsonl
\`\`\`

In the app (with the fork PGRjoystick/chatgpt-pw), read them from there:

\`\`\`
new ChatGPT(key, { useRedis: true, redis: { host: "redis.example", port: 6379 } })
\`\`\`

## Counts

|  | conversations | API keys |
| :-- | --: | --: |
| read | 60,000 | 0 |
| invalid | 1 | 0 |
| created | 59,998 | 0 |
| conflict | 1 | 0 |

## From and to

- From: db.json (108.4 MB: 60,000 conversations, 0 API keys)
- To: redis\\://localhost:6379/0 (prefix "chatgpt:", redis 7.0.15)
- Journal: j.jsonl

## Differences, Redis → file

|  | record | where | how |
| :-- | :-- | :-- | :-- |
| conflict | conversation conversation-7 | db.json, conversations row 7 (line 87) | messages: 12 → 9, 4 only in Redis, 1 only in the file |

## Damaged or invalid in the files

| where | bytes | line | why |
| :-- | :-- | :-- | :-- |
| db.json, conversations row 11 | bytes 19820 to 20231 | 135 | messages: expected an array |

## Warnings

- old.json: skipped

## About Redis

- Redis saves to disk
`);
});

it("an error stands at the top, with what to do", async () => {
  const error = {
    code: "redis-lost",
    message: "redis://localhost:6379: gone\nfor good",
    hint: "Start Redis.",
  } as const;
  const { text } = await reportText("md", finished({}, { error, exitCode: 1 }));
  expect(text).toContain("\n> error: redis\\://localhost:6379: gone\\\n> for good\\\n> Start Redis.\n");
});

it("what a file names is text, and nothing else", async () => {
  const name = "[x](http://evil) | <img src=x> `a` *b* _c_ ~d~ $e$ www.evil.example\n# f";
  const differences = [{ ...conflict, name, place: placeOf(0, "a|b.json") }];
  const { text } = await reportText("md", finished({ read: 1, conflict: 1 }, { differences, exitCode: 3 }));
  const row = text.split("\n").find((line) => line.startsWith("| conflict | conversation"));
  expect(row).toContain(
    "| conversation \\[x\\](http\\://evil) \\| \\<img src=x\\> \\`a\\` \\*b\\* \\_c\\_ \\~d\\~ \\$e\\$ www\\.evil.example\\\\u\\{a\\}\\# f | a\\|b.json, conversations row 0 (line 3) |",
  );
});

it("no command ends the block that it stands in", async () => {
  const { text } = await reportText("md", finished({ read: 1, created: 1 }, { journal: "a```b.jsonl" }));
  expect(text).toContain("````\nchatgpt-migrate --undo 'a```b.jsonl'\n````\n");
});
