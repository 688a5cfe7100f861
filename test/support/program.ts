import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { onTestFinished } from "vitest";
import { type RunResult, runResult } from "../../src/types/run-result.js";

/** What a user sees of one run. */
export interface Seen {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

export interface Invocation {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Buffer;
  /** Another copy of the program. */
  readonly bin?: string;
  /** Flags of Node. */
  readonly nodeFlags?: readonly string[];
  /** Whether it runs with its own default of threads. */
  readonly ownThreads?: boolean;
}

/** The Node that the program runs on: see test/matrix. */
const node = process.env.PROGRAM_NODE ?? process.execPath;

const built = resolve("bin/chatgpt-migrate.js");

/** Flags that each run gets: see vitest.config.ts. */
const everywhere = (process.env.PROGRAM_FLAGS ?? "").split(" ").filter((flag) => flag !== "");

/** The concurrency among them, for runs of the built library. */
export const concurrency = Number(everywhere[everywhere.indexOf("--concurrency") + 1] ?? 1);

/** Nothing of the machine's own settings reaches the program, but for what it needs to run. */
function cleanEnv(env: Invocation["env"]): Record<string, string> {
  return { PATH: process.env.PATH ?? "", ...env };
}

/** Starts the built program; `seen` is what it showed, once it has ended. */
export function startProgram(
  parameters: readonly string[],
  { cwd, env, stdin, ownThreads, nodeFlags = [], bin = built }: Invocation = {},
): { readonly child: ChildProcess; readonly seen: Promise<Seen> } {
  const child = spawn(node, [...nodeFlags, bin, ...(ownThreads ? [] : everywhere), ...parameters], {
    cwd: cwd ?? process.cwd(),
    env: cleanEnv(env),
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  // The program may end without reading all of its input.
  child.stdin.on("error", () => {});
  child.stdin.end(stdin ?? "");
  const seen = once(child, "close").then(([code]) => ({
    stdout: Buffer.concat(out).toString(),
    stderr: Buffer.concat(err).toString(),
    code: code as number | null,
  }));
  return { child, seen };
}

/** Runs the built program to its end. */
export function program(parameters: readonly string[], invocation: Invocation = {}): Promise<Seen> {
  return startProgram(parameters, invocation).seen;
}

/** Runs the built program with `--json`, and reads its result, which must be of the published shape. */
export async function programJson(
  parameters: readonly string[],
  invocation: Invocation = {},
): Promise<{ readonly seen: Seen; readonly result: RunResult }> {
  const seen = await program([...parameters, "--json"], invocation);
  return { seen, result: resultOf(seen) };
}

/** What was printed by `--json`. @throws where it is not of the published shape */
export function resultOf({ stdout }: Seen): RunResult {
  const result = JSON.parse(stdout) as RunResult;
  runResult.parse(result);
  return result;
}

/** Takes what is to be done at an end: of a test, unless another one is meant. */
export type AtEnd = (act: () => void | Promise<void>) => void;

/** An empty folder that is gone once the test is finished. */
export async function scratchFolder(atEnd: AtEnd = onTestFinished): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "chatgpt-migrate-"));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
