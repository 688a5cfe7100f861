/** The two sorts of record that `chatgpt-official` keeps. */
export type Kind = "conversation" | "key";

export const kinds = ["conversation", "key"] as const satisfies readonly Kind[];

/** The name of the set that holds a kind, in the old files as in Redis keys. */
export const setOf = { conversation: "conversations", key: "keys" } as const satisfies Record<Kind, string>;
