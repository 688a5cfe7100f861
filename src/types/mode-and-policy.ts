export type Mode = "migrate" | "dry-run" | "verify" | "undo";

/** What a migration does where Redis already holds something else under the key. */
export type Policy = "newer" | "keep" | "overwrite" | "merge";

export const policies = ["newer", "keep", "overwrite", "merge"] as const satisfies readonly Policy[];
