export const modes = ["migrate", "dry-run", "verify", "undo", "export", "output"] as const;

export type Mode = (typeof modes)[number];

export const policies = ["newer", "keep", "overwrite", "merge"] as const;

/** What a migration does where Redis already holds something else under the key. */
export type Policy = (typeof policies)[number];

export const ttlStarts = ["now", "last-active"] as const;

/** When a conversation's time to live starts to run. */
export type TtlFrom = (typeof ttlStarts)[number];

export const duplicateRules = ["first", "newest", "merge"] as const;

/** Which of several rows with one id counts, or that they are put together. */
export type OnDuplicate = (typeof duplicateRules)[number];
