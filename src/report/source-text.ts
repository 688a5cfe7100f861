import type { RunResult, SourceSummary } from "../types/run-result.js";
import { bytes, plural } from "./units.js";

/** How large a source is, and what was counted of it: nothing yet, while all was only checked. */
export function sourceText({ reading }: RunResult, source: SourceSummary): string {
  if (reading.checking) return bytes(source.bytes);
  const { conversations, keys } = source;
  return `${bytes(source.bytes)}: ${plural(conversations, "conversation")}, ${plural(keys, "API key")}`;
}
