import { lackingHeap } from "../../record/heap-needed.js";

/** Whether bytes are one JSON value, as JSON.parse has it; what is too large for it is left to whoever decodes. */
export function parses(bytes: Buffer): boolean {
  if (lackingHeap([bytes]) !== null) return true;
  try {
    JSON.parse(bytes.toString("utf8"));
    return true;
  } catch {
    return false;
  }
}

/** The name that these bytes write, quotes and all; null where they write none. */
export function parseName(raw: Buffer): string | null {
  try {
    const name: unknown = JSON.parse(raw.toString("utf8"));
    return typeof name === "string" ? name : null;
  } catch {
    return null;
  }
}
