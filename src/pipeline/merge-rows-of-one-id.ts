import { compare } from "../record/compare.js";
import type { Lifetime } from "../record/expiry.js";
import { openHeapBudget } from "../record/heap-needed.js";
import { mergeRows } from "../record/merge-rows.js";
import { longestRow } from "../source/json/scanner.js";
import type { RowValue } from "../source/read-row-again.js";
import type { Entry } from "../types/entry.js";
import type { SkippedDuplicate } from "../types/outcome.js";
import { mergedEntry } from "./merged-entry.js";
import { placeName } from "./row-location.js";
import type { RowToMerge } from "./rows-to-merge.js";

/** The first row of an id, with what others add to it, and what became of each of them. */
export interface MergedWithFirst {
  readonly entry: Entry;
  readonly outcomes: readonly SkippedDuplicate[];
}

/** A row that is merged with the first one. */
interface TakenRow {
  readonly row: RowToMerge;
  readonly value: Buffer;
  readonly fields: SkippedDuplicate["fields"];
  /** Its place among the rows that are merged; null where another one is equal to it. */
  readonly index: number | null;
}

/**
 * Merges the rows with the id of `first` into it. One that cannot be read again, or for which there is no memory, stays
 * out, and is told.
 * @param readValue reads a row's value, in memory of its own
 */
export async function mergeRowsOfOneId(
  first: Entry,
  rows: readonly RowToMerge[],
  lifetime: Lifetime,
  readValue: (row: RowToMerge) => Promise<RowValue>,
): Promise<MergedWithFirst> {
  const { kind, ttl, expiresAt } = first;
  const winner = placeName(kind, first.place);
  const common = { outcome: "duplicate", winner, leftOut: false, fields: [] } as const;
  const leaveOut = ({ place }: RowToMerge, why: string): SkippedDuplicate => {
    const reason = `${winner} counts instead of ${placeName(kind, place)}, which could not be merged with it: ${why}`;
    return { ...common, leftOut: true, reason };
  };
  const taken: TakenRow[] = [];
  const held = { state: "string", value: first.value, ttl } as const;
  const lackingFor = openHeapBudget();
  lackingFor(first.value);
  const takeRow = async (row: RowToMerge): Promise<SkippedDuplicate | TakenRow> => {
    const read = await readValue(row);
    if ("reason" in read) return leaveOut(row, read.reason);
    const { value } = read;
    if (value.equals(first.value)) return { ...common, merged: true, reason: null };
    const equal = taken.find((one) => one.value.equals(value));
    if (equal !== undefined) return { ...equal, row, index: null };
    const lacking = lackingFor(value);
    if (lacking !== null) return leaveOut(row, `it ${lacking}`);
    const { relation, fields } = compare({ kind, value, ttl, expiresAt }, held);
    if (relation === "same") return { ...common, merged: true, reason: null };
    const one = { row, value, fields, index: taken.length + 1 };
    taken.push(one);
    return one;
  };
  const found: (SkippedDuplicate | TakenRow)[] = [];
  for (const row of rows) found.push(await takeRow(row));

  const values = [first.value, ...taken.map(({ value }) => value)];
  const all = taken.length === 0 ? null : mergeRows(kind, values.map(parse));
  const value = all === null ? null : Buffer.from(all.text);
  const isWhole = all !== null && value !== null && value.length <= longestRow;
  const outcomes = found.map((one) => {
    if ("outcome" in one) return one;
    if (!isWhole) return leaveOut(one.row, "together they are longer than what Node and Redis can hold");
    const news = one.index === null ? 0 : (all.added[one.index] ?? 0);
    const reason = `merged into ${winner}${kind === "key" ? "" : `, which got ${plural(news, "message")} of it`}`;
    return { ...common, merged: true, reason, fields: one.fields };
  });
  if (!isWhole || value.equals(first.value)) return { entry: first, outcomes };
  const oddities = new Set([first, ...taken.map(({ row }) => row)].flatMap((one) => one.oddities));
  return { entry: mergedEntry(first, all.record, value, oddities, lifetime), outcomes };
}

function parse(value: Buffer): unknown {
  return JSON.parse(value.toString());
}

function plural(count: number, noun: string): string {
  return `${count === 0 ? "no" : count} ${noun}${count === 1 ? "" : "s"}`;
}
