import type { FindingCode } from "./finding-codes.js";

/** The codes of warnings, but for those of findings about Redis. */
export const warningCodes = [
  // About what was asked for.
  "password-shown",
  "prefix-unlistable",
  "prefix-pattern",
  "redis-url-set-aside",
  "undo-elsewhere",
  "strict",
  // About files.
  "unrecognised",
  "recovered",
  "unfinished-save",
  "source-changed",
  "other-set",
  "no-records",
  "journal-gone",
  "journal-cut-off",
  "report-incomplete",
  "summary-incomplete",
  "archive-skipped",
  "archive-unfinished",
  "archive-stays",
  "rejects-incomplete",
  "export-unfinished",
  "too-long-for-library",
  "save-beside",
  // About records.
  "duplicate",
  "no-user-name",
  "message-without-content",
  "message-without-date",
  "message-of-unknown-type",
  "balance-null",
  "number-as-id",
  "boolean-as-id",
  "null-as-id",
  "empty-id",
  "surrogate-in-id",
  "number-rounded",
  "name-twice",
  "other-name",
  "in-other-set",
  "json-in-string",
  // About Redis, while a run goes on.
  "evicted",
  "gone-meanwhile",
  "redis-restarted",
  "kept-from-before",
  "gone-since-restart",
  "replicas-behind",
  "expired-meanwhile",
  "plan-deviated",
] as const;

/** Those of a file that was asked for and is not there, or not whole: the exit code is 3, where nothing is worse. */
export const codesOfLackingFiles: ReadonlySet<string> = new Set<WarningCode>([
  "journal-gone",
  "report-incomplete",
]);

/**
 * Those that are shown also to who wants no warnings: what was asked for is not done, or may not be what it seems. Each that
 * makes the exit code 3 is among them: it alone says what to do about that.
 */
export const codesShownAnyway: ReadonlySet<string> = new Set<string>([
  ...codesOfLackingFiles,
  "source-changed",
  "evicted",
  "expired-meanwhile",
  "journal-cut-off",
  "archive-unfinished",
  "export-unfinished",
  "kept-from-before",
  "gone-since-restart",
  "rejects-incomplete",
  "too-long-for-library",
  "save-beside",
  "plan-deviated",
]);

export type WarningCode = (typeof warningCodes)[number] | FindingCode;
