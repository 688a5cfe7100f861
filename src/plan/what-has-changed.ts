import { shownPath } from "../errors/explanation.js";
import type { Topology } from "../types/redis-findings.js";
import type { RunResult } from "../types/run-result.js";
import type { Source } from "../types/source-file.js";
import type { Plan, PlannedSource } from "./format.js";
import type { Planned } from "./make-plan.js";

/** How a run is asked for otherwise than its plan was, a sentence each. */
export function changesOfRequest(plan: Plan, now: Planned): string[] {
  const changes: string[] = [];
  if (now.tool !== plan.tool) changes.push(`the plan was made by ${plan.tool}, and this is ${now.tool}`);
  for (const name of new Set([...Object.keys(plan.flags), ...Object.keys(now.flags)])) {
    const [before, after] = [plan.flags[name], now.flags[name]];
    if (before !== after) changes.push(`${name} was ${before ?? "unknown"}, is ${after ?? "unknown"}`);
  }
  if (now.url !== plan.target.url) changes.push(`Redis was ${plan.target.url}, is ${now.url}`);
  return changes;
}

/** How the servers are arranged otherwise than the plan has it; empty where they are not. */
export function changesOfTopology({ target }: Plan, now: Topology): string[] {
  return target.topology === now ? [] : [`Redis was ${target.topology}, is ${now}`];
}

/**
 * How the files are not those of the plan, a sentence each.
 * @param hash asked only of files of the size that the plan has, for it reads them
 */
export async function changesOfSources(
  { sources: planned }: Pick<Plan, "sources">,
  sources: readonly Source[],
  hash: (source: Source) => Promise<string>,
): Promise<string[]> {
  const changes: string[] = [];
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const known = new Set(planned.map(({ path }) => path));
  for (const one of planned) {
    const source = byPath.get(one.path);
    const what = source === undefined ? "is not among the files any more" : await change(one, source, hash);
    if (what !== null) changes.push(`${shownPath(one.path, "a source")}: ${what}`);
  }
  for (const { path } of sources)
    if (!known.has(path)) changes.push(`${shownPath(path, "a source")}: is not in the plan`);
  const isReordered = planned.some(({ path }, at) => sources[at]?.path !== path);
  if (changes.length === 0 && isReordered) changes.push("the files come in another order");
  return changes;
}

async function change(
  planned: PlannedSource,
  source: Source,
  hash: (source: Source) => Promise<string>,
): Promise<string | null> {
  if (source.bytes !== planned.bytes) return `had ${planned.bytes} bytes, has ${source.bytes}`;
  return (await hash(source)) === planned.sha256 ? null : "has other content of the same size";
}

/** What became, or is to become, of all records. */
export type Outcomes = Pick<Plan, "unreadable" | "digest"> & Pick<RunResult, "counts">;

/** The counts that are not those of the plan, such as `24 conversations created in the plan, 23 now`. */
export function changesOfCounts(plan: Plan, now: Outcomes): string[] {
  const changes = (["conversations", "keys"] as const).flatMap((set) => {
    const [before, after] = [plan.counts[set], new Map(Object.entries(now.counts[set]))];
    const names = new Set([...Object.keys(before), ...after.keys()]);
    return [...names].flatMap((name) => {
      const [planned, found] = [before[name] ?? 0, after.get(name) ?? 0];
      const kind = set === "keys" ? "API keys" : set;
      return planned === found ? [] : [`${kind} ${name}: ${planned} in the plan, ${found} now`];
    });
  });
  if (plan.unreadable !== now.unreadable)
    changes.push(`damaged places: ${plan.unreadable} in the plan, ${now.unreadable} now`);
  return changes;
}

/** Whether the same is to become of every record, or became, and over the same values of Redis. */
export function isAsPlanned(plan: Plan, now: Outcomes): boolean {
  return plan.digest === now.digest && changesOfCounts(plan, now).length === 0;
}
