import { z } from "zod";
import { kinds } from "./kind.js";
import { exportOutcomes, migrateOutcomes, outputOutcomes, undoOutcomes, verifyOutcomes } from "./outcome.js";
import type { ReadonlyDeep } from "./readonly-deep.js";
import { place } from "./rejection.js";

const fieldDifference = z
  .strictObject({
    field: z.string().describe("The field's name."),
    redis: z.union([z.string(), z.number()]).exactOptional().describe("What Redis holds."),
    file: z.union([z.string(), z.number()]).exactOptional().describe("What the file holds."),
    changed: z.int().min(0).exactOptional().describe("Of two lists equally long, how many items differ."),
    onlyInRedis: z
      .int()
      .min(0)
      .exactOptional()
      .describe("Of two lists of messages, how many Redis alone has."),
    onlyInFile: z
      .int()
      .min(0)
      .exactOptional()
      .describe("Of two lists of messages, how many the file alone has."),
  })
  .meta({
    id: "FieldDifference",
    description:
      "One field that differs. `redis` and `file` are shown only where they are harmless: counts, dates, durations.",
  });

export type FieldDifference = ReadonlyDeep<z.infer<typeof fieldDifference>>;

const differences = [
  ...new Set([
    ...migrateOutcomes,
    ...verifyOutcomes,
    ...undoOutcomes,
    ...exportOutcomes,
    ...outputOutcomes,
    ...(["extra", "duplicate"] as const),
  ]),
];

export const difference = z
  .strictObject({
    kind: z.enum(kinds).describe("Which sort of record it is."),
    name: z.string().describe("The conversation's id, or the API key masked."),
    difference: z.enum(differences).describe("What became of it, or how it differs: a name of the counts."),
    place: place
      .exactOptional()
      .describe("Where its row stands; absent for what is in Redis or in a journal alone."),
    fields: z.array(fieldDifference).describe("The fields that differ, where both sides were compared."),
    reason: z
      .string()
      .exactOptional()
      .describe(
        "The server's words, where Redis refused the record; which row counts in its place, where another one does.",
      ),
  })
  .meta({ id: "Difference", description: "One record of the list of differences." });

export type Difference = ReadonlyDeep<z.infer<typeof difference>>;
