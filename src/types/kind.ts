export const kinds = ["conversation", "key"] as const;

/** The two sorts of record that `chatgpt-official` keeps. */
export type Kind = (typeof kinds)[number];

/** The name of the set that holds a kind, in the old files as in Redis keys. */
export const setOf = { conversation: "conversations", key: "keys" } as const satisfies Record<Kind, string>;
