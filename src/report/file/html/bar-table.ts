import { count } from "../../units.js";
import { type Html, html, nothing } from "./elements.js";

/** One bar, with its label and what its number is shown as. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly shown?: string;
}

/** Bars as a table, so that who cannot see them reads the numbers; without the empty ones at both ends. Nothing for none. */
export function barTable(title: string, heads: readonly [string, string], bars: readonly Bar[]): Html {
  if (!bars.some(({ value }) => value > 0)) return nothing;
  const first = bars.findIndex(({ value }) => value > 0);
  const shown = bars.slice(first, bars.findLastIndex(({ value }) => value > 0) + 1);
  const most = Math.max(1, ...shown.map(({ value }) => value));
  const rows = shown.map(({ label, value, shown: text = count(value) }) => {
    const width = ((100 * value) / most).toFixed(2);
    return html`<tr><th scope="row">${label}</th><td class="bar"><svg width="100%" height="14" aria-hidden="true"><rect class="track" width="100%" height="14" rx="2"/><rect class="value" width="${width}%" height="14" rx="2"/></svg></td><td class="number">${text}</td></tr>
`;
  });
  const [what, howMany] = heads;
  return html`<figure><table class="bars"><caption>${title}</caption>
<thead class="unseen"><tr><th scope="col">${what}</th><td></td><th scope="col">${howMany}</th></tr></thead>
<tbody>
${rows}</tbody></table></figure>
`;
}
