import type { Options } from "../options.js";
import { urlOf } from "../redis/address.js";
import type { RunResult } from "../types/run-result.js";
import { tool } from "../version.js";
import { flagsThatMatter } from "./flags-that-matter.js";
import { type Plan, type PlannedSource, planVersion } from "./format.js";

/** What a plan holds before Redis is asked. */
export type Planned = Pick<Plan, "tool" | "flags"> & { readonly url: string };

/** What was decided, and what Redis then is. */
type Decided = Pick<Plan, "unreadable" | "digest"> &
  Pick<RunResult, "counts"> &
  Pick<Plan["target"], "topology" | "server">;

/** How a run is asked for, as a plan holds it. */
export function plannedBy(options: Options): Planned {
  return {
    tool: `${tool.name} ${tool.version}`,
    flags: flagsThatMatter(options),
    url: urlOf(options.address),
  };
}

/** The plan of a dry run that has come to its end. */
export function makePlan(
  { tool, flags, url }: Planned,
  sources: readonly PlannedSource[],
  { counts, unreadable, digest, topology, server }: Decided,
): Plan {
  const target = { url, topology, server };
  const at = new Date().toISOString();
  return { plan: planVersion, tool, at, flags, sources, target, counts: { ...counts }, unreadable, digest };
}
