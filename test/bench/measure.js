import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";

/**
 * @typedef {object} Command
 * @property {string} program
 * @property {readonly string[]} parameters
 * @property {string} [input] a file for its standard input
 * @property {string} [cwd] instead of the folder of its output
 */

/**
 * What one run took. CPU and peak memory are null where there is no /proc.
 * @typedef {object} Measurement
 * @property {number} wallMs from before the start to after the end
 * @property {number | null} cpuMs user and system time of all threads, in steps of 10 ms
 * @property {number | null} peakMiB the most memory that was resident
 * @property {number | null} code the exit code
 */

/**
 * Runs a command to its end, with its output in the files `stdout` and `stderr` of `folder`. One at a time: CPU time is
 * what this process' ended children took meanwhile.
 * @param {Command} command
 * @param {string} folder
 * @returns {Promise<Measurement>}
 */
export async function measure({ program, parameters, input, cwd }, folder) {
  const stdin = input === undefined ? null : openSync(input, "r");
  const stdout = openSync(join(folder, "stdout"), "w");
  const stderr = openSync(join(folder, "stderr"), "w");
  const cpuBefore = cpuOfChildren();
  const start = performance.now();
  // Nothing of the machine's own settings reaches it, but for what it needs to run.
  const child = spawn(program, parameters, {
    cwd: cwd ?? folder,
    env: { PATH: process.env.PATH },
    stdio: [stdin ?? "ignore", stdout, stderr],
  });
  const ended = once(child, "exit");
  /** @type {number | null} */
  let peakMiB = null;
  const watch = setInterval(() => {
    peakMiB = peakOf(child.pid) ?? peakMiB;
  }, 10);
  try {
    const [code] = await ended;
    const wallMs = performance.now() - start;
    const cpuAfter = cpuOfChildren();
    return {
      wallMs,
      cpuMs: cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore,
      peakMiB,
      code,
    };
  } finally {
    clearInterval(watch);
    for (const file of [stdin, stdout, stderr]) if (file !== null) closeSync(file);
  }
}

/**
 * The kernel's own high-water mark. Not `maxRSS` of getrusage: a child inherits that of the process that forked it.
 * @param {number | undefined} pid
 * @returns {number | null}
 */
function peakOf(pid) {
  const kibibytes = /^VmHWM:\s+(\d+) kB/m.exec(readProc(`/proc/${pid}/status`))?.[1];
  return kibibytes === undefined ? null : Number(kibibytes) / 1024;
}

/** @returns {number | null} milliseconds that ended children of this process took, user and system */
function cpuOfChildren() {
  const stat = readProc("/proc/self/stat");
  if (stat === "") return null;
  // proc(5): behind the name in brackets stand state (3), …, cutime (16) and cstime (17), in ticks of 10 ms.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

/** @param {string} path */
function readProc(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
