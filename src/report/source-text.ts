import type { RunResult, SourceSummary } from "../types/run-result.js";
import { bytes, plural } from "./units.js";

/** How large a source is, and what was counted of it: nothing yet, while all was only checked, and perhaps not all, where it stopped. */
export function sourceText({ reading, error, interrupted }: RunResult, source: SourceSummary): string {
  if (reading.checking) return bytes(source.bytes);
  const { conversations, keys } = source;
  const until = error === null && interrupted === null ? "" : "so far ";
  return `${bytes(source.bytes)}: ${until}${plural(conversations, "conversation")}, ${plural(keys, "API key")}`;
}
