import { basename } from "node:path";
import type { Candidate, Layout } from "../types/source-file.js";
import { checkRecord } from "./check-record.js";
import { detectLayout, firstPart } from "./detect-layout.js";
import { holdsSign, holdsTypedMessages, showsSign } from "./is-of-this-library.js";
import { layoutTraits } from "./layout-traits.js";
import { parseRow } from "./parse-row.js";
import { readText } from "./read-text.js";
import type { RowBatch } from "./row-batch.js";
import { splitIntoRows } from "./split-into-rows.js";

/**
 * The layout of a file that is ours; null of one that is another program's. It is ours if a record in it shows so, and
 * is read as far as the first that does; or if it has the sets of this library, and nothing in them. Damage is reported
 * wherever it may have hit our records: in a file that was named, that bears the name of the library's own or has its
 * sets, or that still shows a sign.
 * @throws MigrateError `source-unreadable`
 */
export async function recognise(candidate: Candidate): Promise<Layout | null> {
  const layout = await detectLayout(candidate);
  if (layout === null || layout === "unreadable") return layout;
  let empty = true;
  let damaged = false;
  for await (const { items } of splitIntoRows({ ...candidate, layout }, { firstPart })) {
    if (items.some(isOurs)) return layout;
    empty &&= items.length === 0;
    damaged ||= items.some((item) => typeof item !== "number" && "rejection" in item);
  }
  // Where a set is a text, its layout is by id, and it holds at least what is in that.
  if (empty) return layout === "by-id" ? null : layout;
  const own = /^db(\.tmp)?\.json$/.test(basename(candidate.path)) || candidate.path.endsWith(".gz");
  if (!damaged) return null;
  return candidate.named || own || layoutTraits[layout].namesSets || (await showsSignSomewhere(candidate))
    ? layout
    : null;
}

/** The longest of the words that show a sign may be cut in two by the end of a chunk. In bytes. */
const longestWord = 16;

/** Whether any part of a damaged file shows whose it is, for damage may hide where its records stand. */
async function showsSignSomewhere(candidate: Candidate): Promise<boolean> {
  let end: Buffer = Buffer.alloc(0);
  for await (const chunk of readText(candidate).chunks) {
    const text = Buffer.concat([end, chunk]);
    if (holdsSign(text) || holdsTypedMessages(text)) return true;
    end = Buffer.from(chunk.subarray(-longestWord));
  }
  return false;
}

function isOurs(item: RowBatch["items"][number]): boolean {
  // Rows that need no decoding have a userName, or stand in the rows of a set.
  if (typeof item === "number") return true;
  if ("rejection" in item) return holdsSign(item.bytes);
  if (!item.mustShowSign) return true;
  const parsed = parseRow(item.bytes);
  if ("reason" in parsed || typeof parsed.record === "string") return holdsSign(item.bytes);
  // It need not be valid.
  const { record } = checkRecord(parsed.record, item);
  return showsSign("conversation", record, item.kind === "conversation") || showsSign("key", record);
}
