import type { Environment } from "../../src/api/url-from-flags-or-env.js";
import { parseOptions } from "../../src/cli/parse-options.js";
import { MigrateError } from "../../src/errors.js";

/** The options of flags as commander hands them over, checked or not. */
export const options = (flags: object, env: Environment = {}) => parseOptions(flags, [], env);

/** What is wrong with flags and environment, a line each; none when nothing is. */
export function problemsOf(flags: object, env: Environment = {}): string[] {
  try {
    options(flags, env);
    return [];
  } catch (error) {
    if (error instanceof MigrateError && error.code === "usage") return error.message.split("\n");
    throw error;
  }
}
