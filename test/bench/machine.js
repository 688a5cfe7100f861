import { spawnSync } from "node:child_process";
import { availableParallelism, cpus, totalmem } from "node:os";
import process from "node:process";

/**
 * Where and when the bench was run, for whoever compares results.
 * @param {string} redis such as `redis 7.0.15`
 */
export function describeMachine(redis) {
  return {
    date: new Date().toISOString(),
    commit: git("describe", "--always", "--dirty", "--abbrev=10"),
    node: process.version,
    redis,
    system: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryMiB: Math.round(totalmem() / 2 ** 20),
  };
}

/** @param {readonly string[]} parameters */
function git(...parameters) {
  const { status, stdout } = spawnSync("git", parameters, { cwd: import.meta.dirname, encoding: "utf8" });
  return status === 0 ? stdout.trim() : null;
}
