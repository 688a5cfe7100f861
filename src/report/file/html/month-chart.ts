import { count, plural } from "../../units.js";
import { type Html, html } from "./elements.js";

/** Beyond so many months, columns are quarters; beyond so many quarters, years. */
const mostColumns = 36;

/** In px. */
const height = 150;

interface Column {
  /** `2024-03`, `2024 Q1`, `2024`. */
  readonly name: string;
  readonly year: number;
  readonly value: number;
}

/**
 * Conversations by the month of their last activity as columns, and as a table for who cannot see them.
 * @param months how many in each month, counted from the year 0
 */
export function monthChart(months: ReadonlyMap<number, number>, undated: number): Html {
  const title = "Conversations by last activity";
  const besides = undated === 0 ? "" : `${plural(undated, "conversation")} without a date`;
  if (months.size === 0)
    return html`<figure><figcaption>${title}</figcaption><p class="note">${besides || "None."}</p></figure>`;
  const columns = columnsOf(months);
  const most = columns.reduce((top, one) => (one.value > top.value ? one : top));
  const [first, last] = [columns[0]?.name ?? "", columns.at(-1)?.name ?? ""];
  const description = `From ${first} to ${last}; most in ${most.name}: ${count(most.value)}. All numbers are in the table below.`;
  const step = 100 / columns.length;
  const shapes = columns.map(({ name, value }, at) => {
    const tall = (height * value) / most.value;
    const box = { x: at * step + step * 0.08, y: height - tall, width: Math.min(step * 0.84, 12) };
    return html`<rect class="value" x="${box.x.toFixed(2)}%" y="${box.y.toFixed(1)}" width="${box.width.toFixed(2)}%" height="${tall.toFixed(1)}" rx="1.5"><title>${name}: ${count(value)}</title></rect>`;
  });
  const labels = labelsOf(columns).map(
    ({ at, text, anchor }) =>
      html`<text x="${(at * step).toFixed(2)}%" y="${height + 18}" text-anchor="${anchor}">${text}</text>`,
  );
  const rows = columns.map(
    ({ name, value }) => html`<tr><th scope="row">${name}</th><td class="number">${count(value)}</td></tr>`,
  );
  return html`<figure class="wide"><figcaption>${title}</figcaption>
<svg role="img" aria-labelledby="months-title months-description" width="100%" height="${height + 24}">
<title id="months-title">${title}</title><desc id="months-description">${description}</desc>
<line class="axis" x1="0" x2="100%" y1="${height + 0.5}" y2="${height + 0.5}"/>${shapes}${labels}</svg>
<p class="note">Most in ${most.name}: ${count(most.value)}${besides === "" ? "" : `; ${besides}`}.</p>
<details><summary>As a table</summary><table><thead><tr><th scope="col">When</th><th scope="col" class="number">Conversations</th></tr></thead><tbody>${rows}</tbody></table></details></figure>
`;
}

/** From the first to the last, those without any among them. */
function columnsOf(months: ReadonlyMap<number, number>): Column[] {
  const [first, last] = [Math.min(...months.keys()), Math.max(...months.keys())];
  const size = [1, 3, 12].find((one) => Math.floor(last / one) - Math.floor(first / one) < mostColumns) ?? 12;
  const start = Math.floor(first / size);
  const columns = Array.from({ length: Math.floor(last / size) - start + 1 }, (_, at) => {
    const month = (start + at) * size;
    return { name: nameOf(month, size), year: Math.floor(month / 12), value: 0 };
  });
  for (const [month, value] of months) {
    const column = columns[Math.floor(month / size) - start];
    if (column !== undefined) column.value += value;
  }
  return columns;
}

function nameOf(month: number, size: number): string {
  const year = Math.floor(month / 12);
  if (size === 12) return String(year);
  const within = month % 12;
  return size === 3 ? `${year} Q${within / 3 + 1}` : `${year}-${String(within + 1).padStart(2, "0")}`;
}

interface Label {
  readonly at: number;
  readonly text: string;
  readonly anchor: "start" | "end";
}

/** The first column and the last by their names, and between them the years, as far as they do not meet in a narrow window. */
function labelsOf(columns: readonly Column[]): Label[] {
  const last = columns.length - 1;
  const [nameWidth, yearWidth] = [columns.length * 0.18, columns.length * 0.1];
  const labels: Label[] = [{ at: 0, text: columns[0]?.name ?? "", anchor: "start" }];
  let free = nameWidth;
  for (const [at, { year }] of columns.entries()) {
    if (columns[at - 1]?.year === year || at < free || at + yearWidth > last - nameWidth) continue;
    labels.push({ at, text: String(year), anchor: "start" });
    free = at + yearWidth;
  }
  return last === 0
    ? labels
    : [...labels, { at: columns.length, text: columns[last]?.name ?? "", anchor: "end" }];
}
