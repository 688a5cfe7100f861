import { z } from "zod";
import { errorCodes } from "../errors.js";
import { counts } from "./counts.js";
import { difference } from "./difference.js";
import { findingCodes } from "./finding-codes.js";
import { kinds } from "./kind.js";
import { duplicateRules, modes, policies } from "./mode-and-policy.js";
import type { ReadonlyDeep } from "./readonly-deep.js";
import { finding, topology } from "./redis-findings.js";
import { rejection } from "./rejection.js";
import { layouts } from "./source-file.js";
import { warningCodes } from "./warning-codes.js";

// Whoever runs the program needs types alone, and imports no more: making these takes longer than a start may.

const sourceSummary = z
  .strictObject({
    path: z.string().describe("The path as it was named or found; `-` is standard input."),
    bytes: z.int().min(0).describe("Its size."),
    layout: z.enum(layouts).describe("How its records are laid out."),
    conversations: z.int().min(0).describe("Conversations found in it, valid or not."),
    keys: z.int().min(0).describe("API keys found in it, valid or not."),
  })
  .meta({ id: "SourceSummary", description: "One file that was read." });

const targetSummary = z
  .strictObject({
    url: z.string().describe("Where Redis is, without credentials."),
    prefix: z.string().describe("What the Redis keys begin with."),
    topology: topology
      .nullable()
      .describe("How the servers that hold the data are arranged; null where no server answered."),
    server: z.string().nullable().describe("Such as `redis 7.0.15`; null where no server answered."),
  })
  .meta({ id: "TargetSummary", description: "The Redis that was meant." });

const outputSummary = z
  .strictObject({
    path: z.string().describe("The path as it was named; `-` is standard output."),
    kind: z
      .enum(["file", "stream"])
      .describe("Whether it is a whole file, or was read by somebody while it was written."),
  })
  .meta({
    id: "OutputSummary",
    description: "Where `--output` wrote commands for `redis-cli --pipe`, or `--export` records.",
  });

const reading = z
  .strictObject({
    checking: z.boolean().describe("Whether everything was still being checked, before the first write."),
    bytes: z.int().min(0).describe("Bytes read, in all passes of this stage together."),
    totalBytes: z.int().min(0).describe("Bytes that were to be read, at most."),
    checked: z
      .int()
      .min(0)
      .describe(
        "Records that were checked before the first write: by `--strict`, or by comparing all with Redis, as `--apply` does.",
      ),
  })
  .meta({ id: "Reading", description: "How far the files were read." });

const warning = z
  .strictObject({
    code: z
      .enum([...warningCodes, ...findingCodes])
      .describe("For programs: docs/errors.md says what each means."),
    message: z.string().describe("For people."),
  })
  .meta({ id: "Warning", description: "Something to look at, though it did not stop the run." });

const runError = z
  .strictObject({
    code: z.enum(errorCodes).describe("For programs: docs/errors.md says what each means."),
    message: z.string().describe("What is wrong, and where; a line each where it is several things."),
    hint: z.string().describe("What to do about it."),
  })
  .meta({ id: "RunError", description: "Why a run could not do its job." });

export const runResult = z
  .strictObject({
    schemaVersion: z.literal(1).describe("Changes where a member changes its meaning or goes."),
    tool: z
      .strictObject({
        name: z.string().describe("The package's name."),
        version: z.string().describe("Its version."),
      })
      .describe("What made this result."),
    mode: z.enum(modes).describe("What was asked for."),
    dryRun: z
      .boolean()
      .describe("Whether nothing was to be written: in the mode dry-run, and for an undo with `--dry-run`."),
    only: z.enum(kinds).nullable().describe("The kind that alone was asked for; null for both."),
    onConflict: z.enum(policies).describe("What was to be done where Redis holds something else already."),
    onDuplicate: z.enum(duplicateRules).describe("What was to become of several rows with one id."),
    sources: z.array(sourceSummary).describe("The files that were read."),
    target: targetSummary
      .nullable()
      .describe("The Redis that was meant; null where that is not known, and for `--output`."),
    counts: z.strictObject({ conversations: counts, keys: counts }).describe("What became of the records."),
    unreadable: z
      .int()
      .describe(
        "Places where files are damaged, beside invalid rows: how many rows they cost is not known, and may be none.",
      ),
    evicted: z
      .int()
      .nullable()
      .describe("Keys that Redis threw away while a migration wrote; null where it did not say."),
    reading,
    differences: z.array(difference).describe("The first records that differ: `--details` says how many."),
    rejections: z.array(rejection).describe("The first of what could not be read as a record."),
    differencesFound: z.int().min(0).describe("How many differences there are, listed or not."),
    truncated: z.boolean().describe("Whether either list above was cut; the counts never are."),
    warnings: z.array(warning).describe("What to look at, though it did not stop the run."),
    preflight: z.array(finding).describe("What was found about Redis before the first write."),
    estimatedMemoryBytes: z
      .number()
      .nullable()
      .describe(
        "About how much Redis' `used_memory` grows by what a dry run would create and update; null in other modes.",
      ),
    error: runError.nullable().describe("Why the run could not do its job; null where it could."),
    interrupted: z
      .enum(["SIGINT", "SIGTERM"])
      .nullable()
      .describe("What asked the run to stop before its end; null where nothing did."),
    firstExpiresAt: z
      .string()
      .nullable()
      .describe(
        "With `--ttl-from last-active`, when the first of the conversations leaves Redis of which `expiresAt` says when the last does; null where all leave together. ISO 8601.",
      ),
    expiresAt: z
      .string()
      .nullable()
      .describe(
        "When a conversation written by this run, or by the one that a dry run mirrors, and used by nobody leaves Redis, the last of them with `--ttl-from last-active`; null if it never does, and for `--output`, since nobody knows when its commands are carried out. ISO 8601.",
      ),
    output: outputSummary
      .nullable()
      .describe("Where `--output` wrote commands; null where there are none that anybody could read."),
    journal: z.string().nullable().describe("The journal that this run wrote, or undid; null for none."),
    export: outputSummary
      .nullable()
      .describe("Where `--export` wrote records, all of them; null for nowhere."),
    archive: z
      .string()
      .nullable()
      .describe(
        "The file of conversations past their time that this run wrote, or that was there before and holds them; null for none.",
      ),
    rejects: z
      .string()
      .nullable()
      .describe("The file of `--rejects` that this run wrote; null where it kept nothing."),
    plan: z
      .string()
      .nullable()
      .describe(
        "The plan that a dry run wrote, or that a migration began to do after all of it was found the same; null for none.",
      ),
    exitCode: z
      .literal([0, 1, 2, 3, 130, 143])
      .describe(
        "0 done, nothing differs; 1 could not do its job; 2 differences, or work to do; 3 done, but some records could not be, or a report or the journal is lacking; 130 and 143 interrupted.",
      ),
    durationMs: z.int().describe("How long the run took, in ms."),
  })
  .meta({
    title: "The result of chatgpt-migrate",
    description: "What a run did, found, and could not do: printed by `--json`, and returned by the API.",
  });

/** The JSON result; its shape is published as JSON Schema, which is made of these. */
export type RunResult = ReadonlyDeep<z.infer<typeof runResult>>;
export type SourceSummary = ReadonlyDeep<z.infer<typeof sourceSummary>>;
export type OutputSummary = ReadonlyDeep<z.infer<typeof outputSummary>>;
export type Reading = ReadonlyDeep<z.infer<typeof reading>>;
export type Warning = ReadonlyDeep<z.infer<typeof warning>>;
export type RunError = ReadonlyDeep<z.infer<typeof runError>>;
