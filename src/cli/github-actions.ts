import { appendFileSync, statSync } from "node:fs";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { systemCode } from "../errors.js";
import type { Address } from "../options.js";
import type { RunResult, Warning } from "../types/run-result.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether this runs in a step of GitHub Actions. */
export function isInGithubActions({ GITHUB_ACTIONS }: Environment): boolean {
  return GITHUB_ACTIONS === "true";
}

/**
 * Appends the result to the summary of the job, behind what others wrote in this step.
 * @returns the result, with a warning where that failed
 */
export async function withStepSummary(
  result: RunResult,
  address: Address,
  { GITHUB_STEP_SUMMARY: path }: Environment,
): Promise<RunResult> {
  if (!path) return result;
  const [{ markdown }, { boundedSummary }] = await Promise.all([
    import("../report/file/markdown.js"),
    import("../report/github/step-summary.js"),
  ]);
  try {
    const before = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    const text = boundedSummary(markdown(result, address, Date.now()), before);
    if (text === null) return withWarning(result, "it holds as much as GitHub takes already");
    // What stands before it may end in the middle of a line.
    appendFileSync(path, before === 0 ? text : `\n\n${text}`);
    return result;
  } catch (error) {
    return withWarning(result, systemCode(error) ?? "unknown");
  }
}

function withWarning(result: RunResult, reason: string): RunResult {
  const message = `the job's summary (GITHUB_STEP_SUMMARY) could not be written: ${reason}`;
  return { ...result, warnings: [...result.warnings, { code: "summary-incomplete", message }] };
}

/** What is wrong with records, files or the run as workflow commands, a line each. With `isShown` of the warnings alone. */
export async function annotationLines(
  result: RunResult,
  { GITHUB_WORKSPACE: workspace }: Environment,
  isShown: (warning: Warning) => boolean,
): Promise<string> {
  const [{ annotationsOf }, { workflowCommand }] = await Promise.all([
    import("../report/github/annotations.js"),
    import("../report/github/workflow-command.js"),
  ]);
  const fileOf = (source: string) => pathForGithub(source, workspace);
  const shown = { ...result, warnings: result.warnings.filter(isShown) };
  return annotationsOf(shown, fileOf)
    .map((one) => `${workflowCommand(one)}\n`)
    .join("");
}

/** A source as GitHub finds it: relative to the workspace, where it stands in there. Standard input is no file. */
function pathForGithub(source: string, workspace: string | undefined): string | null {
  if (source === "-") return null;
  const path = resolve(source);
  if (!workspace) return path;
  const inside = relative(resolve(workspace), path);
  const isOutside = inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside);
  return isOutside ? path : inside.replaceAll(sep, "/");
}
