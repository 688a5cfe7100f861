import { checkOptions } from "../api/check-options.js";
import { passwordWarnings } from "../api/option-warnings.js";
import type { Environment } from "../api/url-from-flags-or-env.js";
import { migrateError } from "../errors.js";
import type { Display, Options } from "../options.js";
import { tool } from "../version.js";
import type { RawFlags } from "./flags.js";
import { isStandardOutput } from "./standard-output.js";

/**
 * Turns untrusted flags and environment into options.
 * @param problems what was already found wrong with the command line
 * @throws MigrateError `usage`, with all problems at once
 */
export function parseOptions(
  raw: RawFlags,
  sources: readonly string[],
  env: Environment,
  problems: readonly string[] = [],
): Options & { readonly display: Display } {
  const all = [...problems];
  const options = checkOptions(raw, sources, env, all);
  if (options === null) throw migrateError("usage", { problems: all });
  const { json = false, quiet = false, verbose = false, color = true, progress = true } = raw;
  return {
    ...options,
    export: isStandardOutput(options.export) ? "-" : options.export,
    output: isStandardOutput(options.output) ? "-" : options.output,
    journal: raw.journal === undefined ? datedFile() : options.journal,
    warnings: [...passwordWarnings(raw), ...options.warnings],
    // https://no-color.org: any value but the empty one.
    display: { json, quiet, verbose, color: color && !env.NO_COLOR, progress: progress && !quiet },
  };
}

/** In the working folder, such as `chatgpt-migrate-2026-11-23T05-10-00-123.jsonl`, in UTC. */
function datedFile(): string {
  return `${tool.name}-${new Date().toISOString().replace("Z", "").replaceAll(/[:.]/g, "-")}.jsonl`;
}
