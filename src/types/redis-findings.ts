import { z } from "zod";
import { findingCodes } from "./finding-codes.js";
import type { ReadonlyDeep } from "./readonly-deep.js";

export const topology = z.enum(["standalone", "sentinel", "cluster"]);

/** How the servers that hold the data are arranged. */
export type Topology = z.infer<typeof topology>;

export const finding = z
  .strictObject({
    code: z.enum(findingCodes).describe("For programs: docs/errors.md says what each means."),
    severity: z
      .enum(["refuse", "warning", "note"])
      .describe(
        "`refuse` keeps the run from going on unless forced, `warning` may do harm, `note` is good to know.",
      ),
    message: z.string().describe("What was found, for people."),
    hint: z.string().describe("What to do about it."),
  })
  .meta({ id: "Finding", description: "What was found about Redis before the first write." });

export type Finding = ReadonlyDeep<z.infer<typeof finding>>;
