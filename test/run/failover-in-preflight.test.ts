import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../../src/run.js";
import { records, writeLegacy } from "../support/legacy.js";
import { optionsFor } from "../support/options.js";
import { scratchFolder } from "../support/program.js";
import { startProxy } from "../support/proxy.js";
import { startRedis } from "../support/redis.js";
import { startReplica } from "../support/replica.js";

/**
 * Runs a migration to two hosts, the first of which is a master. Each failover is in the middle of the preflight check:
 * the one of them goes away, and the other one answers, as a master.
 */
async function migrateThrough(failovers: number) {
  const folder = await scratchFolder();
  await writeLegacy(join(folder, "db.json"), records(20, 2));
  const master = await startRedis();
  const replica = await startReplica(master);
  const [first, second] = [await startProxy(master.port), await startProxy(replica.port)];
  second.refuse();
  let done = 0;
  let connecting = 0;
  const failOver = async (from: typeof first, to: typeof first): Promise<void> => {
    done += 1;
    await replica.client.sendCommand(["REPLICAOF", "NO", "ONE"]);
    from.refuse();
    await to.accept();
    // It is looked for by one connection, and used by another one: the next failover is at the first byte after these.
    if (done < failovers) to.after(2 * connecting + 1, () => failOver(to, from));
    from.cut();
  };
  const note = (text: string): void => {
    if (!text.startsWith("connected")) return;
    connecting = first.bytesToServer();
    first.after(1, () => failOver(first, second));
  };
  const base = optionsFor(first);
  const address = { ...base.address, others: [{ host: "127.0.0.1", port: second.port }] };
  const alerts: string[] = [];
  const alert = (text: string) => alerts.push(text);
  const result = await run({ ...base, address, sources: [folder] }, { hooks: { note, alert } });
  return { result, done, alerts, held: await replica.client.dbSize() };
}

test("a failover during the preflight check: it is checked anew, and all is written to the new master", async () => {
  const { result, done, alerts, held } = await migrateThrough(1);
  expect([result.error, result.exitCode, done, held]).toEqual([null, 0, 1, 22]);
  expect(alerts).toEqual([
    expect.stringContaining("trying again for up to 30 s"),
    expect.stringMatching(/ is back after .* s; going on$/),
  ]);
});

test("failovers without end during the preflight check end the run, and nothing is written", async () => {
  const { result, done, held } = await migrateThrough(5);
  expect([result.error?.code, result.exitCode, done, held]).toEqual(["redis-unstable", 1, 3, 0]);
});
