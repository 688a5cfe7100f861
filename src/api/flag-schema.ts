import { availableParallelism } from "node:os";
import { z } from "zod";
import { libraryTtl, parseDuration } from "../record/expiry.js";
import { formatOfName } from "../report/file/format-of-name.js";
import { mayHoldSecret } from "../secret.js";
import { duplicateRules, policies, ttlStarts } from "../types/mode-and-policy.js";
import { reportFormats } from "../types/report-events.js";
import { hostProblem, isHostName } from "./host-name.js";

/** A program may give a number as such. */
const textOrNumber = z
  .union([z.string(), z.number()], { error: "expected a text or a number" })
  .transform(String);

const wholeNumber = (what: string, least: number, most: number) =>
  textOrNumber
    .refine((text) => /^\d{1,15}$/.test(text) && Number(text) >= least && Number(text) <= most, {
      error: `expected ${what}, a whole number from ${least} to ${most}`,
    })
    .transform(Number);

const duration = textOrNumber
  .refine((text) => text === "none" || parseDuration(text) !== null, {
    error: "expected a duration such as 30d, 12h, 90m or 3600 (seconds), or none",
  })
  .transform((text) => (text === "none" ? null : parseDuration(text)));

/** How long to try again, in ms: a duration, or 0 for not at all. */
const retryTime = textOrNumber
  .refine((text) => text === "0" || parseDuration(text) !== null, {
    error: "expected a duration such as 30s, 2m or 90 (seconds), or 0",
  })
  .transform((text) => (parseDuration(text) ?? 0) * 1000);

const defaultPrefix = "chatgpt:";

/** By default; more are of no use to anybody. */
const mostThreads = 8;

const filePath = z.string().min(1, { error: "expected a file name" });

/** Standard output has the result; and a file that is named `-` would be taken for it ever after. */
const newFile = filePath.refine((path) => path !== "-", {
  error: "expected a file, not standard output, which - means: ./- is a file of that name",
});

const outputFile = filePath.refine((path) => !/\.gz$/i.test(path), {
  error: "its file is not compressed: give --output - and pipe it to gzip",
});

/** The name of a report, with the format that its ending asks for. */
const reportFile = filePath.transform((path, context) => {
  const format = formatOfName(path);
  if (format !== null) return { path, format };
  const endings = reportFormats.map((name) => `.${name}`).join(", ");
  context.addIssue(`expected a file name whose ending says the format: ${endings}`);
  return z.NEVER;
});

const oneOf = <const T extends readonly string[]>(...choices: T) =>
  z.enum(choices, { error: `expected ${choices.join(" or ")}` });

/**
 * What may be asked of a run, by the names of the command line's flags: as commander hands them over (text, true or
 * absent, and `--no-…` as false), or as a program gives them. Each with its default.
 */
export const flagSchema = z.object({
  dryRun: z.boolean().default(false),
  verify: z.boolean().default(false),
  undo: z.string().min(1, { error: "expected a journal" }).optional(),
  output: outputFile.optional(),
  export: filePath.optional(),
  plan: newFile.optional(),
  apply: filePath.optional(),
  onConflict: oneOf(...policies).default("newer"),
  journal: z.union([newFile, z.literal(false)]).optional(),
  only: oneOf("conversations", "keys").optional(),
  onDuplicate: oneOf(...duplicateRules).default("first"),
  strict: z.boolean().default(false),
  rejects: newFile.optional(),
  report: z
    .union([z.string(), z.array(z.string()).readonly()], { error: "expected a file name, or a list of them" })
    .transform((given) => [given].flat())
    .pipe(z.array(reportFile))
    .default([]),
  ttl: duration.default(libraryTtl),
  ttlFrom: oneOf(...ttlStarts).default("now"),
  archive: filePath.optional(),
  url: z.string().optional(),
  host: z
    .string()
    .refine(isHostName, { error: ({ input }) => hostProblem(String(input)) })
    .optional(),
  port: wholeNumber("a port", 1, 65_535).optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  database: wholeNumber("a database number", 0, 2 ** 31 - 1).optional(),
  keyPrefix: z
    .string()
    .min(1, { error: "the library cannot use an empty prefix: it takes its own, chatgpt:, instead" })
    // It is shown, and stands in the name of each key.
    .refine((text) => !mayHoldSecret(text), { error: "expected a prefix, not a URL, a login or a key" })
    .default(defaultPrefix),
  connectionTimeout: wholeNumber("milliseconds", 1, 2 ** 31 - 1).default(10_000),
  commandTimeout: wholeNumber("milliseconds", 1, 2 ** 31 - 1).default(10_000),
  retryFor: retryTime.default(30_000),
  tls: z.boolean().default(false),
  tlsCa: filePath.optional(),
  tlsCert: filePath.optional(),
  tlsKey: filePath.optional(),
  tlsInsecure: z.boolean().default(false),
  cluster: z.boolean().default(false),
  sentinel: z
    .string()
    .min(1, { error: "expected the name of a master" })
    // It may hold a login, and is never quoted.
    .refine((name) => !/[@=,\s]|:\/\//.test(name), { error: "expected the name of a master, not a URL" })
    .optional(),
  force: z.boolean().default(false),
  concurrency: wholeNumber("a number of threads", 1, 64).default(
    Math.min(mostThreads, availableParallelism()),
  ),
  threadsFrom: wholeNumber("bytes", 0, Number.MAX_SAFE_INTEGER).default(24 * 1024 * 1024),
  details: wholeNumber("a count", 0, Number.MAX_SAFE_INTEGER).default(20),
  exitCode: z.boolean().default(false),
});

export type Flags = z.infer<typeof flagSchema>;

/** Flags as they were given, not yet checked. */
export type UncheckedFlags = Readonly<z.input<typeof flagSchema>>;
