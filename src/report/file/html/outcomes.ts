import type { Counts } from "../../../types/outcome.js";
import type { RunResult } from "../../../types/run-result.js";
import { alarming, shownCounts } from "../../counts-table.js";
import { count } from "../../units.js";
import { type Html, html } from "./elements.js";

/** What each count counts. */
const meanings: Readonly<Record<keyof Counts, string>> = {
  read: "all rows that were looked at",
  invalid: "not a valid record; left out",
  duplicate: "another row with this id counts, or it was merged with that",
  created: "was not in Redis",
  updated: "Redis held something else, which gives way",
  unchanged: "there already, the same",
  kept: "Redis' version stays, for it goes on from the file's or the policy says so",
  conflict: "both differ, and neither goes on from the other; left alone",
  failed: "refused by Redis, or could not be read there",
  archived: "past its time; goes to the archive, and not to Redis",
  matched: "in Redis, or in the archive, as in the files",
  missing: "not in Redis or, past its time, not in the archive",
  different: "another value in Redis, or in the archive",
  expiry: "the right value, with a wrong expiry or none",
  wrongType: "something else than a text in Redis",
  deleted: "was not there before that run",
  restored: "is again what it was before that run",
  changed: "changed since that run; left alone",
  written: "a command that creates it was written, and leaves alone what Redis holds",
  exported: "in the file",
  extra: "in Redis, and in none of the files",
  leftOut: "of the duplicates: may hold something that the row that counts lacks",
};

/** What some count in an undo. */
const meaningsInUndo: Partial<typeof meanings> = {
  read: "all records that the journal names",
  unchanged: "already as before that run",
};

/** What some count in an export. */
const meaningsInExport: Partial<typeof meanings> = {
  read: "all keys that were looked at",
  invalid: "not a valid record; in Redis alone",
  wrongType: "something else than a text; in Redis alone",
  failed: "could not be read in Redis",
};

/** Counts that stand beside the sum. */
const besideTheSum: ReadonlySet<string> = new Set(["read", "extra", "leftOut"]);

/** In percent of the bar: what is narrower could not be seen. */
const narrowest = 1;

/** What became of all rows, as a bar and as a table, which is its legend. */
export function outcomesSection(result: RunResult): Html {
  const rows = shownCounts(result).map((row) => ({ ...row, sum: row.conversations + row.keys }));
  if (rows.length === 0) return html``;
  const parts = rows
    .filter(({ name, sum }) => sum > 0 && !besideTheSum.has(name))
    .sort((a, b) => Number(alarming.has(a.name)) - Number(alarming.has(b.name)));
  const ofMode = { undo: meaningsInUndo, export: meaningsInExport };
  const { mode } = result;
  const meaningOf = mode === "undo" || mode === "export" ? { ...meanings, ...ofMode[mode] } : meanings;
  const lines = rows.map(({ name, label, conversations, keys }) => {
    const swatch = parts.some((part) => part.name === name) ? html`<i class="swatch ${name}"></i>` : html``;
    return html`<tr><th scope="row">${swatch}${label}</th><td class="number">${count(conversations)}</td><td class="number">${count(keys)}</td><td class="meaning">${meaningOf[name]}</td></tr>
`;
  });
  return html`<section aria-labelledby="outcomes"><h2 id="outcomes">What became of the records</h2>
${barOf(parts)}<div class="scroll" tabindex="0" role="region" aria-labelledby="outcomes"><table class="counts">
<thead><tr><td></td><th scope="col" class="number">Conversations</th><th scope="col" class="number">API keys</th><th scope="col">Which means</th></tr></thead>
<tbody>
${lines}</tbody></table></div></section>
`;
}

function barOf(
  parts: readonly { readonly name: string; readonly label: string; readonly sum: number }[],
): Html {
  const total = parts.reduce((all, { sum }) => all + sum, 0);
  if (total === 0) return html``;
  const wide = parts.map(({ name, label, sum }) => ({
    name,
    label,
    sum,
    share: Math.max(narrowest, (100 * sum) / total),
  }));
  const scale = 100 / wide.reduce((all, { share }) => all + share, 0);
  let x = 0;
  const shapes = wide.map(({ name, label, sum, share }) => {
    const shape = html`<rect class="${name}" x="${x.toFixed(3)}%" width="${(share * scale).toFixed(3)}%" height="28"><title>${label}: ${count(sum)}</title></rect>`;
    x += share * scale;
    return shape;
  });
  const description = parts.map(({ label, sum }) => `${label} ${count(sum)}`).join(", ");
  return html`<svg class="outcomes" role="img" aria-labelledby="bar-title bar-description" width="100%" height="28">
<title id="bar-title">Rows by what became of them</title><desc id="bar-description">${description}</desc>${shapes}</svg>
`;
}
