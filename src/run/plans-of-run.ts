import { migrateError } from "../errors.js";
import { type NewFile, openNewFile } from "../new-file/open-new-file.js";
import { outcomesOf } from "../pipeline/keep-to-plan.js";
import type { PlannedSource } from "../plan/format.js";
import { makePlan, plannedBy } from "../plan/make-plan.js";
import { type PlanToApply, readPlan } from "../plan/read-plan.js";
import { changesOfRequest, changesOfSources, changesOfTopology } from "../plan/what-has-changed.js";
import { hasChanged } from "../source/file-identity.js";
import { sha256OfSource } from "../source/hash-source.js";
import type { Topology } from "../types/redis-findings.js";
import type { Source } from "../types/source-file.js";
import type { RunState } from "./run-state.js";

/** The plan that a dry run writes, or that a migration is to do; most runs have neither. */
export interface Plans {
  /** What is to be done, or nothing; null where no plan says it. */
  readonly planned: PlanToApply | null;
  /** Whether what is decided about each record is asked for. */
  readonly areKept: boolean;
  /** Before any server is asked. @throws MigrateError `plan-outdated`, with all that can be seen by then */
  compareFiles(sources: readonly Source[]): Promise<void>;
  /** @throws MigrateError `plan-outdated` */
  compareTopology(topology: Topology): void;
  /** Writes the plan of a dry run that has come to its end. @throws MigrateError `source-changed`, `file-…` */
  write(sources: readonly Source[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Reads the plan that is to be done, or opens the file of the one that is made: both before any work.
 * @throws MigrateError `plan-unreadable`, `file-exists`, `file-unwritable`
 */
export async function openPlans(state: RunState): Promise<Plans> {
  const { options, summary, surroundings } = state;
  const { mode, plan: path, apply } = options;
  const planned = mode === "migrate" && apply !== null ? await readPlan(apply) : null;
  const file = mode === "dry-run" && path !== null ? await openNewFile({ path, flag: "--plan" }) : null;
  const request = plannedBy(options);
  const hash = (source: Source) => sha256OfSource(source, surroundings.signal);
  let hashed: readonly PlannedSource[] = [];
  const refuse = (changes: readonly string[]) => {
    if (planned !== null && changes.length > 0)
      throw migrateError("plan-outdated", { path: planned.path, changes });
  };
  return {
    planned,
    areKept: planned !== null || file !== null,
    async compareFiles(sources) {
      if (file !== null) hashed = await hashAll(sources, hash);
      if (planned === null) return;
      const ofFiles = await changesOfSources(planned.plan, sources, hash);
      refuse([...changesOfRequest(planned.plan, request), ...ofFiles]);
    },
    compareTopology: (topology) => {
      if (planned !== null) refuse(changesOfTopology(planned.plan, topology));
    },
    async write(sources) {
      if (file === null || path === null || surroundings.signal?.aborted) return;
      // Or else the digests would be of other bytes than those that were compared with Redis.
      for (const source of sources)
        if (await hasChanged(source)) throw migrateError("source-changed", { path: source.path });
      const { topology, server } = state;
      const found = { topology: topology ?? "standalone", server };
      await writePlan(file, makePlan(request, hashed, { ...outcomesOf(summary), ...found }));
      summary.plan = path;
    },
    close: async () => file?.discard(),
  };
}

async function hashAll(
  sources: readonly Source[],
  hash: (source: Source) => Promise<string>,
): Promise<PlannedSource[]> {
  const hashed: PlannedSource[] = [];
  for (const source of sources)
    hashed.push({ path: source.path, bytes: source.bytes, sha256: await hash(source) });
  return hashed;
}

async function writePlan(file: NewFile, plan: object): Promise<void> {
  await file.write(Buffer.from(`${JSON.stringify(plan, null, 2)}\n`));
  await file.finish();
}
