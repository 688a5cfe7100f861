// Loaded before the program under test: tells the most memory it ever had, as the system counted it.
import { readFileSync } from "node:fs";
import process from "node:process";

process.on("exit", () => process.stderr.write(`peak ${peak()} KiB\n`));

/** The kernel's own high-water mark: `maxRSS` is no less than that of the process that started this one. */
function peak() {
  try {
    return /^VmHWM:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  } catch {
    return process.resourceUsage().maxRSS;
  }
}
