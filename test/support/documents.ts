import { readdirSync, readFileSync } from "node:fs";

/** A fenced block of a document, and where its body lies in the text. */
export interface Block {
  readonly language: string;
  readonly lines: readonly string[];
  /** What must be there before its commands: a name of `given`, in a comment on the line above. */
  readonly given: string | undefined;
  readonly start: number;
  readonly end: number;
}

/** Held against the program by a test of their own. */
const listings = new Set(["docs/errors.md", "docs/json.md"]);

export const everyDocument: readonly string[] = [
  "README.md",
  ...readdirSync("docs")
    .sort()
    .map((name) => `docs/${name}`),
];

export const documents: readonly string[] = everyDocument.filter((file) => !listings.has(file));

export function textOf(file: string): string {
  return readFileSync(file, "utf8");
}

export function blocksOf(text: string): Block[] {
  const fenced = /^(?:<!-- given: ([^>]+) -->\n\n?)?```(\w+)\n([\s\S]*?)^```$/gm;
  return [...text.matchAll(fenced)].map((match) => {
    const [all, given, language = "", body = ""] = match;
    const end = match.index + all.length - "```".length;
    return { language, lines: body.trimEnd().split("\n"), given, start: end - body.length, end };
  });
}

/** The commands of a `console` block, behind each `$`. */
export function commandsShown({ lines }: Block): string[] {
  return lines.filter((line) => line.startsWith("$ ")).map((line) => line.slice(2));
}

/** The names by which a document's headings are linked, as GitHub makes them. */
export function anchorsOf(text: string): Set<string> {
  const headings = text.replace(/^```[\s\S]*?^```$/gm, "").matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, title = ""]) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replace(/ /g, "-"),
    ),
  );
}
