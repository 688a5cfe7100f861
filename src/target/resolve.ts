import type { Comparison, MigrateOutcome, VerifyOutcome } from "../model.js";

/**
 * What a migration does with a record, from how Redis differs. Dry-run reports it, migration does it.
 * What is there stays, whatever its expiry: only what is missing is written.
 */
export function resolve(comparison: Comparison): MigrateOutcome {
  switch (comparison.relation) {
    case "missing":
      return "created";
    case "same":
    case "expiry":
      return "unchanged";
    case "different":
    case "wrongType":
      return "conflict";
  }
}

/** What a verification calls the same comparison. */
export function judge(comparison: Comparison): VerifyOutcome {
  switch (comparison.relation) {
    case "same":
      return "matched";
    case "different":
      return comparison.newer === "redis" ? "newer" : "different";
    default:
      return comparison.relation;
  }
}
