import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";
import { scratchFolder } from "./program.js";
import { eventually } from "./redis.js";

/** The program on a terminal of its own, and a person who sees what it shows and types. */
interface Session {
  /** All that was shown so far, on stdout as on stderr. */
  shown(): string;
  /** Types these keys once the program has asked this, and its terminal has ceased to echo. */
  answer(question: string, keys: string): Promise<void>;
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number | null>;
}

/**
 * Starts the built program on a terminal that script(1) lends.
 * @param parameters as a shell reads them, redirections included
 */
export async function onTerminal(parameters: string, cwd: string): Promise<Session> {
  const name = join(await scratchFolder(), "tty");
  const bin = resolve("bin/chatgpt-migrate.js");
  const command = `tty >'${name}'; exec '${process.execPath}' '${bin}' ${parameters}`;
  const child = spawn("script", ["-qec", command, "/dev/null"], {
    cwd,
    env: { PATH: process.env.PATH ?? "", TERM: "xterm" },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  // The program may end without reading all that is typed.
  child.stdin.on("error", () => {});
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  const shown = () => Buffer.concat(chunks).toString();
  return {
    shown,
    answer: async (question, keys) => {
      await eventually(async () => shown().includes(question) && !(await echoes(name)));
      child.stdin.write(keys);
    },
    ended: once(child, "close").then(([code]) => code as number | null),
  };
}

/** Whether a terminal, whose name stands in a file, shows what is typed. */
async function echoes(file: string): Promise<boolean> {
  const terminal = (await readFile(file, "utf8")).trim();
  const { stdout } = await promisify(execFile)("stty", ["-F", terminal, "-a"]);
  return !/ -echo /.test(stdout);
}
