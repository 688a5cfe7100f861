import type { Kind } from "../types/kind.js";
import { type Fields, isFields } from "./json-object.js";
import { mergeVersions } from "./merge.js";
import { newerToMerge } from "./recency.js";
import { MessageSet } from "./same-message.js";

/** All rows with one id as one record. */
export interface MergedRows {
  readonly record: Fields;
  /** The record as JSON. */
  readonly text: string;
  /** Of each row, how many of its messages stand in no row before it. */
  readonly added: readonly number[];
}

/**
 * All rows with one id as one record, by the rules of `merge`: fields are the newest row's, or the first one's of several
 * equally new. In which order the rows stand decides nothing else, but the order of messages of one date.
 * @param rows in the order of the files, of one id
 * @returns null where one of them is no such record, or all of them together are longer than any text that Node can hold
 */
export function mergeRows(kind: Kind, rows: readonly unknown[]): MergedRows | null {
  const ranked = [...rows.keys()].sort((a, b) => rankOf[newerToMerge(kind, rows[a], rows[b]) ?? "neither"]);
  const record = mergeVersions(kind, rows, ranked);
  const text = record === null ? null : serialise(record);
  if (record === null || text === null) return null;
  const before = new MessageSet([]);
  const added = rows.map((row) => {
    const messages = kind === "key" ? [] : messagesOf(row);
    const news = messages.filter((message) => !before.has(message));
    before.add(news);
    return news.length;
  });
  return { record, text, added };
}

/** Of two rows, of which the first one stands for Redis: the newer one goes first. */
const rankOf = { redis: -1, file: 1, neither: 0 };

function messagesOf(row: unknown): readonly Fields[] {
  return isFields(row) && Array.isArray(row.messages) ? row.messages.filter(isFields) : [];
}

function serialise(record: Fields): string | null {
  try {
    return JSON.stringify(record);
  } catch {
    return null;
  }
}
