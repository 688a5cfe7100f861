import { aboutConnecting } from "./errors/about-connecting.js";
import { aboutFiles } from "./errors/about-files.js";
import { aboutRedis } from "./errors/about-redis.js";
import type { Explanation } from "./errors/explanation.js";

/**
 * Every failure that the tool knows, by its code. Details are paths, addresses and the words of the system: never a
 * password, a key or a message's text.
 */
const explanations = {
  ...aboutFiles,
  ...aboutConnecting,
  ...aboutRedis,
  usage: (d: { problems: readonly string[] }): Explanation => ({
    message: d.problems.join("\n"),
    hint: "Run chatgpt-migrate --help for the options.",
  }),
  "sums-broken": (d: { where: string }): Explanation => ({
    message: `Internal error: the counts of ${d.where} do not add up`,
    hint: "This is a bug: please report it with the counts. Run --verify to see what is in Redis.",
  }),
  internal: (d: { reason: string }): Explanation => ({
    message: `Internal error: ${d.reason}`,
    hint: "This is a bug: please report it. Run --verify to see what is in Redis.",
  }),
};

export type ErrorCode = keyof typeof explanations;

/** All of them. */
export const errorCodes = Object.keys(explanations) as readonly ErrorCode[];

export type ErrorDetail<C extends ErrorCode> = Parameters<(typeof explanations)[C]>[0];

/** A failure with a sentence and a hint for people, and a code for programs. All exit with 1. */
export class MigrateError extends Error {
  override readonly name = "MigrateError";
  readonly code: ErrorCode;
  readonly hint: string;

  constructor(code: ErrorCode, { message, hint }: Explanation, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.hint = hint;
  }
}

/** Makes the error of `code`; `detail` fills its sentence, `cause` is kept for programs. */
export function migrateError<C extends ErrorCode>(
  code: C,
  detail: ErrorDetail<C>,
  cause?: unknown,
): MigrateError {
  // The functions differ in their argument; the signature above pairs them up.
  const explain = explanations[code] as (detail: ErrorDetail<C>) => Explanation;
  return new MigrateError(code, explain(detail), cause);
}

export function isCode(error: unknown, code: ErrorCode): boolean {
  return error instanceof MigrateError && error.code === code;
}

/** The user asked to stop: that is no failure, but nothing more is done. */
export class Interruption extends Error {
  override readonly name = "Interruption";
}

/** Why a run is to stop, where an exception that nobody caught broke into it: the reason of its signal. */
export class Crash {
  constructor(readonly error: unknown) {}
}

/** Node's code of a system error (`ENOENT`, `ECONNREFUSED` …), or undefined. */
export function systemCode(error: unknown): string | undefined {
  if (error === null || typeof error !== "object" || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Whether an error says that a string would be longer than V8's longest, 2^29 - 24 UTF-16 units. */
export function isTooLong(error: unknown): boolean {
  return (
    systemCode(error) === "ERR_STRING_TOO_LONG" ||
    (error instanceof RangeError && error.message === "Invalid string length")
  );
}
