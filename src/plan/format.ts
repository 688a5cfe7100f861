import { z } from "zod";
import type { ReadonlyDeep } from "../types/readonly-deep.js";

/** The version of plans that this program writes, and reads. */
export const planVersion = 1;

const counts = z.record(z.string(), z.int().min(0));

/** What a dry run decided. It holds no secret: keys and values stand in one digest of all records together. */
export const plan = z.strictObject({
  plan: z.literal(planVersion),
  /** Name and version of what made it. */
  tool: z.string(),
  /** When the dry run ended, ISO 8601. */
  at: z.string(),
  /** The flags that matter, by their names. */
  flags: z.record(z.string(), z.string()),
  /** In the order in which they are read. `sha256` is of the file as it is on disk, packed or not. */
  sources: z.array(z.strictObject({ path: z.string(), bytes: z.int().min(0), sha256: z.string() })),
  /** Without credentials. `server` is for people, and not compared: an upgrade changes no data. */
  target: z.strictObject({
    url: z.string(),
    topology: z.enum(["standalone", "sentinel", "cluster"]),
    server: z.string().nullable(),
  }),
  counts: z.strictObject({ conversations: counts, keys: counts }),
  unreadable: z.int().min(0),
  /** SHA-256 of what is to become of every record, in the order of the files. */
  digest: z.string(),
});

export type Plan = ReadonlyDeep<z.infer<typeof plan>>;

/** What a plan says of one file. */
export type PlannedSource = Plan["sources"][number];
