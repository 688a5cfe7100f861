import { expect, test } from "vitest";
import { PossibleLosses, possibleLossBetween } from "../../src/redis/detect-data-loss.js";
import { parseInfo } from "../../src/redis/server-info.js";

const info = (role: string, runId: string, replId: string) =>
  parseInfo(`role:${role}\r\nrun_id:${runId}\r\nmaster_replid:${replId}\r\n`);
const before = info("master", "run", "history");

test.each([
  ["the same process with the same history", info("master", "run", "history"), null],
  ["another process", info("master", "other", "history"), "replaced"],
  ["the same process with another history", info("master", "run", "other"), "new-history"],
  ["the same process as a replica", info("slave", "run", "history"), "new-history"],
  ["a server that does not say any more", null, "replaced"],
])("%s", (_, now, loss) => {
  expect(possibleLossBetween(before, now)).toBe(loss);
});

test("a server that never said may be another one; one that says nothing of replication is known by its process", () => {
  expect(possibleLossBetween(null, null)).toBe("replaced");
  const bare = parseInfo("run_id:run\r\n");
  expect(possibleLossBetween(bare, parseInfo("run_id:run\r\n"))).toBe(null);
});

test("what happened is said once, however often", () => {
  const losses = new PossibleLosses();
  losses.add("replaced");
  losses.add("replaced");
  expect([losses.count, losses.words]).toEqual([2, "restarted or failed over"]);
  losses.add("new-history");
  expect(losses.words).toMatch(/^restarted or failed over, and began a new replication history/);
});
