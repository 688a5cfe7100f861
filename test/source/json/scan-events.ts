import { Scanner } from "../../../src/source/json/scanner.js";
import type { DamageKind, Disposition, Level, Visitor } from "../../../src/source/json/scanner-visitor.js";
import { disposition } from "../../../src/source/which-values-are-rows.js";

interface Event {
  readonly what: "row" | DamageKind;
  readonly path: string;
  readonly offset: number;
  readonly line: number;
  readonly text: string;
}

/** Rows and damage alike are bytes of the text. */
type Piece = Parameters<Visitor["taken"]>[1];

export type Dispose = (path: readonly Level[], opens: number) => Disposition;

/** Walks into the outermost level and takes what stands there. */
export const rowsOfRoot: Dispose = (path) => (path.length === 0 ? "enter" : "take");

export function scan(text: Buffer, cuts: Iterable<number> = [], value: Dispose = rowsOfRoot): Event[] {
  const events: Event[] = [];
  const see = (what: Event["what"], path: readonly Level[], { offset, line, bytes }: Piece) => {
    const steps = path.map(({ array, index, name }) => (array ? index : `${index}:${name}`));
    events.push({ what, path: steps.join(" "), offset, line, text: bytes.toString("latin1") });
  };
  const scanner = new Scanner({
    value,
    taken: (path, taken) => see("row", path, taken),
    damaged: (path, damage) => see(damage.kind, path, damage),
  });
  let from = 0;
  for (const cut of [...cuts, text.length]) {
    scanner.write(Buffer.from(text.subarray(from, cut)));
    from = cut;
  }
  scanner.end();
  return events;
}

function lineAt(text: Buffer, offset: number): number {
  return text.subarray(0, offset).toString("latin1").split("\n").length;
}

export function rowsOf(events: readonly Event[]): string[] {
  return events.filter(({ what }) => what === "row").map(({ text }) => text);
}

export function damagesOf(events: readonly Event[]): Event[] {
  return events.filter(({ what }) => what !== "row");
}

/** Reads a text in which ▸ and ◂ stand around what will be lost: what should be reported, and the text itself. */
export function marked(given: string) {
  const [before = "", lost = "", after = ""] = given.split(/[▸◂]/).map((part) => Buffer.from(part));
  const text = Buffer.concat([before, lost, after].map((part) => Buffer.from(part)));
  return { text, damage: damageAt(text, before.length, before.length + lost.length) };
}

export function damageAt(text: Buffer, start: number, end: number) {
  return { offset: start, line: lineAt(text, start), text: text.subarray(start, end).toString("latin1") };
}

export function bytesOf(...texts: string[]): string[] {
  return texts.map((text) => Buffer.from(text).toString("latin1"));
}

export const conversation = (id: string) => ({
  id,
  userName: "Ann",
  messages: [
    { type: 1, content: 'she said "{ [', date: 5 },
    { type: 2, content: [{ type: "text", text: "é" }] },
  ],
});
const ids = ["c0", "c1", "c2", "c3"];
const keys = ["sk-madeup-k0", "sk-madeup-k1"].map((key) => ({ key, balance: null }));
export const [row0 = "", row1 = "", row2 = "", row3 = "", key0 = "", key1 = ""] = [
  ...ids.map(conversation),
  ...keys,
].map((row) => JSON.stringify(row, null, 4).replaceAll("\n", `\n${" ".repeat(12)}`));
const sets = {
  conversations: { rows: ids.map(conversation), name: "conversations" },
  keys: { rows: keys, name: "keys" },
};
export const indented = JSON.stringify(sets, null, 4);

export const dbcontext: Dispose = (path, opens) => disposition("dbcontext", path, opens);
export const scanLibrary = (text: Buffer, cuts?: Iterable<number>) => scan(text, cuts, dbcontext);
