import type { Kind } from "../../types/kind.js";
import { apiKey, conversation } from "../schema.js";

/**
 * The kind of record that bytes are, where nothing around them tells that they are one; null for none.
 * @param name under which they stand: their id, or the name of any field
 * @param byId whether records may have their id by their name alone, if they show another sign
 */
export function kindOfRow(bytes: Buffer, name: string | null = null, byId = false): Kind | null {
  const record = parse(bytes);
  if (typeof record !== "object" || record === null || Array.isArray(record)) return null;
  const fields: Readonly<Record<string, unknown>> = { ...record };
  const isOwn = (id: unknown) => name === null || String(id) === name;
  if (Array.isArray(fields.messages)) {
    const unnamed =
      byId && name !== null && !Object.hasOwn(fields, "id") && typeof fields.userName === "string";
    const whole = unnamed ? { id: name, ...fields } : fields;
    return conversation.safeParse(whole).success && isOwn(whole.id) ? "conversation" : null;
  }
  const unnamed = byId && name?.startsWith("sk-") === true && !Object.hasOwn(fields, "key");
  const whole = unnamed ? { key: name, ...fields } : fields;
  if (!apiKey.safeParse(whole).success || !isOwn(whole.key)) return null;
  const counts = ["queries", "tokens", "balance"].some((count) => typeof whole[count] === "number");
  return counts || String(whole.key).startsWith("sk-") ? "key" : null;
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return null;
  }
}
