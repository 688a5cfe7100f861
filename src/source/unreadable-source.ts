import { type MigrateError, migrateError } from "../errors.js";

/** The error for a path that the system would not let us read; its own words carry no file content. */
export function unreadable(path: string, error: unknown): MigrateError {
  const reason = error instanceof Error ? error.message.replace(/,.*$/, "") : "unknown";
  return migrateError("source-unreadable", { path, reason }, error);
}
