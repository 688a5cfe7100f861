import { type Kind, kinds, setOf } from "../types/kind.js";
import type { Mode } from "../types/mode-and-policy.js";
import type { Counts } from "../types/outcome.js";
import type { Place } from "../types/row.js";
import type { SourceSummary } from "../types/run-result.js";
import type { Source } from "../types/source-file.js";
import { sumHolds, zeroCounts } from "./counts.js";

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The counts of a run, by kind and by source. */
export class RecordCounts {
  readonly byKind: Readonly<Record<Kind, Counts>>;
  readonly #mode: Mode;
  readonly #sources = new Map<string, Writable<SourceSummary>>();

  constructor(mode: Mode) {
    this.#mode = mode;
    this.byKind = { conversation: zeroCounts(mode), key: zeroCounts(mode) };
  }

  clear(): void {
    for (const kind of kinds) Object.assign(this.byKind[kind], zeroCounts(this.#mode));
    for (const source of this.#sources.values()) Object.assign(source, { conversations: 0, keys: 0 });
  }

  addSource({ path, bytes, layout }: Source): void {
    this.#sources.set(path, { path, bytes, layout, conversations: 0, keys: 0 });
  }

  /** Counts a row that was read, and what became of it. */
  addRow(kind: Kind, name: keyof Counts, place: Place): void {
    this.add(kind, "read");
    this.add(kind, name);
    const source = this.#sources.get(place.source);
    if (source !== undefined) source[setOf[kind]] += 1;
  }

  add(kind: Kind, name: keyof Counts, more = 1): void {
    this.byKind[kind][name] = (this.byKind[kind][name] ?? 0) + more;
  }

  /** What counts as archived is in no archive after all. */
  nothingIsArchived(): void {
    for (const kind of kinds) {
      const { archived = 0 } = this.byKind[kind];
      this.add(kind, "failed", archived);
      this.add(kind, "archived", -archived);
    }
  }

  /** Of both kinds together. */
  sum(...names: readonly (keyof Counts)[]): number {
    return kinds.flatMap((kind) => names.map((name) => this.byKind[kind][name] ?? 0)).reduce((a, b) => a + b);
  }

  get sources(): SourceSummary[] {
    return [...this.#sources.values()];
  }

  /** The kinds whose counts do not add up: none, unless this program is broken. */
  get unbalanced(): Kind[] {
    return kinds.filter((kind) => !sumHolds(this.#mode, this.byKind[kind]));
  }
}
