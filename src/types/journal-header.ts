import type { Topology } from "./redis-findings.js";

/** What a journal says, on its first line, of the run that wrote it: what it was made against. */
export interface JournalHeader {
  readonly journal: 1;
  readonly tool: string;
  /** When the run began, ISO 8601. */
  readonly at: string;
  /** Without credentials. */
  readonly url: string;
  readonly topology: Topology;
  /** The name that Sentinels know the master by. */
  readonly master?: string | undefined;
  readonly prefix: string;
  /** The file that conversations past their time were to go to. */
  readonly archive?: string | undefined;
}
