import { z } from "zod";
import type { JournalHeader } from "../types/journal-header.js";

const kind = z.enum(["conversation", "key"]);

/** The first line. Journals of before 0.1.0 have no topology. */
export const header = z.object({
  journal: z.literal(1),
  tool: z.string(),
  at: z.string(),
  url: z.string(),
  topology: z.enum(["standalone", "sentinel", "cluster"]).default("standalone"),
  master: z.string().optional(),
  prefix: z.string(),
  archive: z.string().optional(),
}) satisfies z.ZodType<JournalHeader>;

/** What a key held before: text, or bytes in base64, or, of another type, what DUMP gave; its expiry alone has none of them. */
const previous = z.object({
  text: z.string().optional(),
  base64: z.string().optional(),
  dump: z.string().optional(),
  /** Milliseconds it had to live at `at`; null for ever. */
  ttlMs: z.number().nullable(),
  /** When it was read, in ms since 1970 by the clock of the server that held it. */
  at: z.number(),
});

/**
 * A step: what is about to be done to one key. `digest` is of the value that it gets. `again`: Redis may have lost what the run
 * did to this key before, so that an earlier line on it may say what it held at first.
 */
const common = { n: z.number(), kind, key: z.string(), digest: z.string(), again: z.boolean().optional() };

export const step = z.discriminatedUnion("op", [
  z.object({ op: z.literal("create"), ...common }),
  z.object({ op: z.literal("replace"), ...common, previous }),
  /** The key's expiry alone is set; `digest` is of the value that stays. */
  z.object({ op: z.literal("expire"), ...common, previous }),
  /** Step `void` was announced and then not done, since the app wrote first or Redis refused it. */
  z.object({ op: z.literal("void"), void: z.number() }),
]);

export type Previous = z.infer<typeof previous>;
export type Line = z.infer<typeof step>;
export type Step = Exclude<Line, { op: "void" }>;
