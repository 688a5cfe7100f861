import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { parse } from "yaml";

interface Step {
  readonly id: string;
  readonly shell: string;
  readonly env: Readonly<Record<string, string>>;
  readonly run: string;
}

export interface Action {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

export async function readAction(): Promise<Action> {
  return parse(await readFile("action.yml", "utf8")) as Action;
}

/** A runner's folders, and the environment of the job. */
export interface Job {
  readonly workspace: string;
  readonly temporary: string;
  /** Where the action was checked out. */
  readonly actionPath: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs the steps of action.yml as GitHub's runner does: expressions of `env` and outputs are replaced, each script runs
 * in a bash of its own, and after a step that failed no other runs.
 */
export async function runAction(job: Job, inputs: Readonly<Record<string, string>>) {
  const action = await readAction();
  const values: Record<string, string> = {};
  for (const [name, { default: text }] of Object.entries(action.inputs)) values[`inputs.${name}`] = text;
  for (const [name, text] of Object.entries(inputs)) values[`inputs.${name}`] = text;
  const evaluated = (text: string) => text.replace(/\$\{\{ (\S+) \}\}/g, (_, path) => values[path] ?? "");
  const folder = await mkdtemp(join(job.temporary, "step-"));
  const [script, output, summary] = ["script.sh", "output", "summary"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await writeFile(summary, "");
  let log = "";
  let status: number | null = 0;
  for (const { id, env, run } of action.runs.steps) {
    await writeFile(script, run);
    await writeFile(output, "");
    const step = Object.fromEntries(Object.entries(env).map(([name, text]) => [name, evaluated(text)]));
    const ended = spawnSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", script], {
      cwd: job.workspace,
      encoding: "utf8",
      env: {
        PATH: process.env.PATH ?? "",
        HOME: job.temporary,
        GITHUB_ACTIONS: "true",
        GITHUB_WORKSPACE: job.workspace,
        GITHUB_ACTION_PATH: job.actionPath,
        GITHUB_STEP_SUMMARY: summary,
        GITHUB_OUTPUT: output,
        RUNNER_TEMP: job.temporary,
        ...job.env,
        ...step,
      },
    });
    log += ended.stdout + ended.stderr;
    for (const [name, text] of outputsOf(await readFile(output, "utf8")))
      values[`steps.${id}.outputs.${name}`] = text;
    status = ended.status;
    if (status !== 0) break;
  }
  const outputs = Object.fromEntries(
    Object.entries(action.outputs).map(([name, { value }]) => [name, evaluated(value)]),
  );
  return { status, log, outputs, summary: await readFile(summary, "utf8") };
}

/** What a step wrote to GITHUB_OUTPUT: `name=text`, or `name<<end`, lines, and `end`. */
function outputsOf(written: string): Map<string, string> {
  const outputs = new Map<string, string>();
  const lines = written.split("\n");
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    if (line === "") continue;
    const [, name = "", mark, rest = ""] = /^([\w-]+)(=|<<)(.*)$/.exec(line) ?? [];
    if (mark === undefined) throw new Error(`no output: ${line}`);
    if (mark === "=") outputs.set(name, rest);
    else {
      const end = lines.indexOf(rest);
      if (end < 0) throw new Error(`no end: ${line}`);
      outputs.set(
        name,
        lines
          .splice(0, end + 1)
          .slice(0, -1)
          .join("\n"),
      );
    }
  }
  return outputs;
}
