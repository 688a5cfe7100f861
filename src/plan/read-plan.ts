import { readFile, stat } from "node:fs/promises";
import { MigrateError, migrateError } from "../errors.js";
import { type Plan, plan, planVersion } from "./format.js";

/** Far more than the plan of a folder with 100,000 files. In bytes. */
const largestPlan = 64 * 1024 * 1024;

/** The plan that a migration is to do, and its file. */
export interface PlanToApply {
  readonly path: string;
  readonly plan: Plan;
}

/** @throws MigrateError `plan-unreadable` */
export async function readPlan(path: string): Promise<PlanToApply> {
  const value = parse(path, await textOf(path));
  const parsed = plan.safeParse(value);
  if (parsed.success) return { path, plan: parsed.data };
  const isPlan = typeof value === "object" && value !== null && "plan" in value;
  if (isPlan && typeof value.plan === "number" && value.plan > planVersion)
    throw unreadable(path, "a later version of this tool made it");
  throw unreadable(path, "it is none that this tool writes");
}

async function textOf(path: string): Promise<string> {
  try {
    const stats = await stat(path);
    // Of a pipe that nobody writes to, reading would never end.
    if (!stats.isFile()) throw unreadable(path, "it is no file");
    if (stats.size <= largestPlan) return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof MigrateError) throw error;
    const reason = error instanceof Error ? error.message.replace(/,.*$/, "") : "unknown";
    throw unreadable(path, reason, error);
  }
  throw unreadable(path, "it is too large to be one");
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // V8's words quote what they could not read.
    throw unreadable(path, text.trim() === "" ? "it is empty" : "it is not JSON, or only a part of it");
  }
}

function unreadable(path: string, reason: string, cause?: unknown): MigrateError {
  return migrateError("plan-unreadable", { path, reason }, cause);
}
