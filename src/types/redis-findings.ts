/** How the servers that hold the data are arranged. */
export type Topology = "standalone" | "sentinel" | "cluster";

/**
 * What was found about Redis before the first write. `refuse` keeps the run from going on unless forced, `warning` may
 * do harm, `note` is good to know.
 */
export interface Finding {
  readonly code: string;
  readonly severity: "refuse" | "warning" | "note";
  readonly message: string;
  readonly hint: string;
}
