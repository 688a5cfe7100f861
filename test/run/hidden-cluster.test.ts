import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../../src/run.js";
import { Secret } from "../../src/secret.js";
import { startCluster } from "../support/cluster.js";
import { apiKey, conversation, writeLegacy } from "../support/legacy.js";
import { optionsFor } from "../support/options.js";
import { scratchFolder } from "../support/program.js";

const acl = ["--user", "some", "on", ">made-up", "~*", "+@all", "-cluster", "-info"];
const user = { username: "some", password: new Secret("made-up") };

const file = {
  conversations: ["new", "differs", "lives for ever", "is a list"].map((seed) => conversation(seed)),
  keys: ["new", "would expire"].map(apiKey),
};

test("a cluster behind a user who may ask for neither is used as one server, and tells when it is not", async () => {
  const folder = await scratchFolder();
  await writeLegacy(join(folder, "db.json"), file);
  const cluster = await startCluster({ arguments: acl });
  const base = optionsFor(cluster.masters[0]);
  const options = { ...base, sources: [folder], address: { ...base.address, ...user, retryForMs: 0 } };
  for (const mode of ["dry-run", "migrate", "verify"] as const)
    expect((await run({ ...options, mode })).error?.code).toBe("redis-is-cluster");
  expect((await cluster.dump()).size).toBe(0);
});
