import { z } from "zod";
import { kinds } from "./kind.js";
import type { ReadonlyDeep } from "./readonly-deep.js";

export const place = z
  .strictObject({
    source: z.string().describe("The file's path as it was named or found; `-` is standard input."),
    index: z
      .int()
      .min(0)
      .nullable()
      .describe("Position within its set, from 0; null for what is outside any set."),
    offset: z.int().min(0).describe("Bytes from the start of the (decoded) text."),
    line: z.int().min(1).describe("Line, from 1."),
  })
  .meta({ id: "Place", description: "Where in a source something stands." });

export type Place = ReadonlyDeep<z.infer<typeof place>>;

export const rejection = z
  .strictObject({
    kind: z
      .enum(kinds)
      .nullable()
      .describe("The set whose row it is; null for damaged bytes that are not one row for certain."),
    place,
    reason: z.string().describe("Why, for people; never with text from the record."),
    bytes: z
      .int()
      .exactOptional()
      .describe("Its length in bytes, from its place on; absent where it has none in the text."),
  })
  .meta({
    id: "Rejection",
    description: "A record, or a range of damaged bytes, that cannot be migrated, and why.",
  });

export type Rejection = ReadonlyDeep<z.infer<typeof rejection>>;
