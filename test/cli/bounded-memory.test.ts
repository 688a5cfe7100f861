import { createWriteStream } from "node:fs";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { expect, test } from "vitest";
import { conversation } from "../support/legacy.js";
import { program, scratchFolder } from "../support/program.js";
import { startRedis } from "../support/redis.js";

const megabytes = 150;

/** A file as dbcontext writes it, row by row: dbcontext itself would need it whole in memory. */
function* bigFile(): Generator<string> {
  yield '{\n    "keys": {\n        "rows": [],\n        "name": "keys"\n    },\n    "conversations": {\n        "rows": [\n';
  const { id, ...rest } = conversation("many", 12);
  const row = JSON.stringify({ id, ...rest }, null, 4).replace(/^/gm, " ".repeat(12));
  for (let at = 0; at * row.length < megabytes * 1e6; at += 1) {
    yield `${at === 0 ? "" : ",\n"}${row.replace(id, `${id}-${at}`)}`;
  }
  yield '\n        ],\n        "name": "conversations"\n    }\n}';
}

test("a file much larger than what may be in memory is migrated within 256 MiB", async () => {
  const cwd = await scratchFolder();
  const { client, port } = await startRedis();
  await pipeline(Readable.from(bigFile()), createWriteStream(join(cwd, "db.json")));
  const env = { NODE_OPTIONS: `--import=${resolve("test/support/print-peak-memory.js")}` };
  const { code, stderr } = await program(["-p", String(port), "--no-progress"], { cwd, env });
  expect(code).toBe(0);
  expect(await client.dbSize()).toBeGreaterThan(20_000);
  expect(Number(/peak (\d+) KiB/.exec(stderr)?.[1]) / 1024).toBeLessThan(256);
});
