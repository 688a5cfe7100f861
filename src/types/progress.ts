/** How far a run is. */
export interface Progress {
  /** Bytes of all sources read so far, and in all; of an export, both are those of the values read so far. */
  readonly bytes: number;
  readonly totalBytes: number;
  /** Records whose outcome is known. */
  readonly records: number;
  /** Of an export, records in all, as soon as their keys are found. */
  readonly totalRecords?: number;
}
