import type { Mode } from "../types/mode-and-policy.js";
import type { Finding } from "../types/redis-findings.js";
import type { MasterFacts } from "./server-facts.js";

/** One thing that may be wrong with a master. */
export interface Check {
  readonly code: Finding["code"];
  readonly severity: Finding["severity"] | ((master: MasterFacts) => Finding["severity"]);
  /** What is wrong, as the rest of a sentence that begins with "Redis at …"; null where nothing is. */
  readonly problem: (master: MasterFacts, mode: Mode) => string | null;
  readonly hint: string;
}

export function writes(mode: Mode): boolean {
  return mode !== "verify" && mode !== "export";
}
