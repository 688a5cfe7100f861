import { escapeXml } from "../escape-xml.js";

/** A piece of HTML in which all foreign text is escaped. */
export interface Html {
  readonly html: string;
}

/** HTML with values in it: text is escaped, pieces of HTML are not, lists are joined. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const parts = strings.map((part, at) => (at === 0 ? part : `${textOf(values[at - 1] ?? "")}${part}`));
  return { html: parts.join("") };
}

type HtmlValue = string | number | Html | readonly Html[];

function textOf(value: HtmlValue): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return escapeXml(value);
  return "html" in value ? value.html : value.map((piece) => piece.html).join("");
}

export const nothing: Html = { html: "" };

/** A column of a table. */
export interface Column {
  readonly head: string;
  /** Numbers stand at the right; they and what is whole are never broken into lines. */
  readonly cells?: "number" | "whole";
}

/**
 * A table that scrolls within itself, piece by piece; nothing where it has no rows.
 * @param id of its heading
 */
export function* dataTable(
  id: string,
  title: string,
  columns: readonly Column[],
  rows: Iterable<readonly (string | Html)[]>,
): Generator<Html> {
  const classes = columns.map(({ cells }) => (cells === undefined ? nothing : html` class="${cells}"`));
  let begun = false;
  for (const row of rows) {
    if (!begun) {
      const heads = columns.map(
        ({ head }, at) => html`<th scope="col"${classes[at] ?? nothing}>${head}</th>`,
      );
      yield html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
<div class="scroll" tabindex="0" role="region" aria-labelledby="${id}"><table><thead><tr>${heads}</tr></thead><tbody>
`;
      begun = true;
    }
    const cells = row.map((cell, at) => html`<td${classes[at] ?? nothing}>${cell}</td>`);
    yield html`<tr>${cells}</tr>
`;
  }
  if (begun)
    yield html`</tbody></table></div></section>
`;
}
