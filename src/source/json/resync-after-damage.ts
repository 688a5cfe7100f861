import type { Kind } from "../../types/kind.js";
import { lookBehind, nameBefore, tokensBehind } from "./around-value.js";
import { BRACE_CLOSE, BRACE_OPEN, BRACKET_OPEN, COMMA, QUOTE } from "./characters.js";
import { readFieldArray } from "./field-array.js";
import { Walk } from "./grammar.js";
import { kindOfRow } from "./kind-of-row.js";
import { ownNames } from "./library-field-names.js";
import { beginsLine } from "./line-start.js";
import type { Rows } from "./where-rows-stand.js";

/**
 * Finds where to go on after damage where no lines tell: at the next row that is whole (its brackets match, it parses,
 * and it is a record), or at the set that begins next. A record within something else is no row: what stands under the
 * name of a field is skipped, unless that field is one of the library's own, which hold no records.
 */

/** Where to go on: before a row, before the name of a row or set, or before a row whose line tells that it is one. */
export interface Found {
  readonly what: "row" | "named-row" | "set" | "tidy-row";
  /** Bytes from the start of the text. */
  readonly at: number;
  /** Of what kind the row is; null where only its line tells that it is one. */
  readonly kind: Kind | null;
}

const kindOfSet: ReadonlyMap<string, Kind> = new Map([
  ["conversations", "conversation"],
  ["keys", "key"],
]);

/** What stands under a name is tried as a row as far as this. In bytes. */
const longestNamed = 16 * 1024 * 1024;

interface Attempt {
  readonly walk: Walk;
  readonly from: number;
  /** Name under which it stands. */
  readonly name: string | null;
  /** Where its name begins. */
  readonly nameAt: number;
  readonly array: boolean;
  /** Whether its end is known, and only what follows is to be seen. */
  whole: boolean;
  /** The kind of the first record within it. */
  inner: Kind | null;
}

export class Resync {
  readonly #rows: Rows;
  /** Position in the text from which the search goes on. */
  #at: number;
  #attempt: Attempt | null = null;
  /** Where the name of a set stands whose first row is searched for. */
  #set: { readonly at: number; readonly kind: Kind } | null = null;
  #window: Buffer = Buffer.alloc(0);
  #base = 0;
  /** Position up to which arrays were read ahead. */
  #peeked = -1;
  /** Position of the row's line that was found last, or up to which there is none. */
  #tidy = -1;
  /** Position before which nothing is read. */
  #first = 0;

  constructor(rows: Rows, from: number) {
    this.#rows = rows;
    this.#at = from;
  }

  /** First byte that is still needed. */
  get needs(): number {
    const attempt = this.#attempt;
    const behind = this.#at - lookBehind;
    const set = this.#set?.at ?? Number.POSITIVE_INFINITY;
    if (attempt === null) return Math.min(behind, set);
    const kept = this.#isEligible(attempt) ? attempt.nameAt : Math.max(attempt.walk.string, attempt.from);
    return Math.min(kept - lookBehind, set);
  }

  /**
   * Searches on in a window that begins at `base`, of which nothing before `first` is read.
   * @param ended whether nothing comes behind it
   * @returns null where nothing was found so far
   */
  search(window: Buffer, base: number, first: number, ended: boolean): Found | null {
    this.#window = window;
    this.#base = base;
    this.#first = first;
    for (;;) {
      const found = this.#attempt === null ? this.#next(ended) : this.#continue(this.#attempt, ended);
      if (found !== "on") return found;
    }
  }

  /** Gives up the attempt in hand, which is too long. */
  giveUp(): void {
    if (this.#attempt !== null) this.#fail(this.#attempt);
  }

  /** Begins an attempt at the next bracket. */
  #next(ended: boolean): Found | "on" | null {
    const window = this.#window;
    let at = this.#at - this.#base;
    while (at < window.length && window[at] !== BRACE_OPEN && window[at] !== BRACKET_OPEN) at += 1;
    this.#at = this.#base + at;
    if (at >= window.length) return null;
    const { name, nameAt } = nameBefore(this.#window, this.#base, at, this.#first);
    const array = window[at] === BRACKET_OPEN;
    if (!array && this.#isTidy(at)) return { what: "tidy-row", at: this.#at, kind: null };
    const set = name === null ? undefined : kindOfSet.get(name);
    // In our own sets any array is taken for the rows, also where their name was damaged.
    if (
      set !== undefined ||
      name === "rows" ||
      (array && (this.#set !== null || name === null || ownNames.has(name)))
    ) {
      if (set !== undefined) this.#set = { at: nameAt, kind: set };
      else if (name === null && this.#set === null && this.#at >= this.#peeked)
        return this.#skipFieldArray(at, ended);
      this.#at += 1;
      return "on";
    }
    const isField = name !== null && !ownNames.has(name);
    const attempt: Attempt = {
      walk: new Walk({
        findsSets: !array && !isField,
        isRow: (from, to) => {
          const kind = array || isField ? null : this.#kindOf(from, to, null);
          attempt.inner ??= kind;
          return kind !== null;
        },
      }),
      from: this.#at,
      name,
      nameAt,
      array,
      whole: false,
      inner: null,
    };
    attempt.walk.at = at;
    this.#attempt = attempt;
    return "on";
  }

  /** An array without a name is skipped if it is that of a field, and entered otherwise. No part is read twice for that. */
  #skipFieldArray(at: number, ended: boolean): "on" | null {
    const array = readFieldArray(this.#window, at, ended);
    if (array === null) return null;
    if (!array.isField) this.#peeked = this.#base + array.end;
    this.#at = this.#base + (array.isField ? array.end : at + 1);
    return "on";
  }

  #continue(attempt: Attempt, ended: boolean): Found | "on" | null {
    const { walk, from } = attempt;
    if (attempt.whole) return this.#settle(attempt, "whole", ended);
    const at = Math.max(this.#at, from) - this.#base;
    const tidy = this.#nextTidy(at);
    const outcome = walk.feed(this.#window.subarray(0, tidy), this.#base, at);
    this.#at = this.#base + walk.at;
    if (outcome === "more" && tidy < this.#window.length) {
      // A line that is a row's is believed.
      this.#attempt = null;
      return "on";
    }
    if (outcome === "more" && !ended) return null;
    return this.#settle(attempt, outcome, ended);
  }

  /** Decides what an attempt that is over has found. */
  #settle(attempt: Attempt, outcome: "more" | "whole" | "broken", ended: boolean): Found | "on" | null {
    const { walk } = attempt;
    if (outcome === "whole" && (walk.looksLikeRow || this.#rows.byId)) {
      const behind = tokensBehind(this.#window, this.#at - this.#base);
      attempt.whole = true;
      if (behind.length < 2 && !ended) return null;
      const found = this.#rowOf(attempt, behind);
      if (found?.what === "row" && attempt.name === null) {
        const array = readFieldArray(this.#window, attempt.from - this.#base, ended, true);
        if (array === null) return null;
        if (!array.isField) return found;
        this.#at = this.#base + array.end;
      } else if (found !== null) return found;
    }
    this.#set = null;
    if (walk.inner !== null) {
      const { inner } = walk;
      this.#attempt = null;
      return { what: "row", at: inner, kind: attempt.inner };
    }
    if (outcome === "whole") this.#attempt = null;
    else this.#fail(attempt);
    return "on";
  }

  /** Searches on behind the beginning of its last string: if a quote is missing, what seems a string is none. */
  #fail({ walk, from }: Attempt): void {
    if (walk.foundSet) this.#at = walk.string;
    else if (walk.string > from) this.#at = walk.string + 1;
    else this.#at = Math.max(this.#at, from + 1);
    this.#attempt = null;
    this.#set = null;
  }

  /** Whether it may be a row, as far as can be told. What stands under a name is one only if that is its id. */
  #isEligible({ from, name, array }: Attempt): boolean {
    if (array) return false;
    return name === null || ownNames.has(name) || this.#at - from < longestNamed;
  }

  #rowOf(attempt: Attempt, [first, second]: readonly number[]): Found | null {
    if (!this.#isEligible(attempt)) return null;
    const { from, name, nameAt } = attempt;
    const id = name === null || ownNames.has(name) ? null : name;
    // Behind a row of an array no field follows: then it is a field itself, whose name is damaged.
    if (id === null && (first === BRACE_CLOSE || (first === COMMA && second === QUOTE))) return null;
    const kind = this.#kindOf(from, this.#at, id);
    if (kind === null) return null;
    if (this.#set !== null && this.#set.kind === kind) return { what: "set", at: this.#set.at, kind };
    return id === null ? { what: "row", at: from, kind } : { what: "named-row", at: nameAt, kind };
  }

  /** The kind of the record that these bytes are; null for none. */
  #kindOf(from: number, to: number, id: string | null): Kind | null {
    const { byId, idUnder } = this.#rows;
    const bytes = this.#window.subarray(from - this.#base, to - this.#base);
    return kindOfRow(bytes, id === null ? null : idUnder(id), byId);
  }

  /** Position of the next row behind this one that is known by its line; the end of the window where there is none. */
  #nextTidy(at: number): number {
    const indent = this.#rows.tidyIndent;
    const end = this.#window.length;
    if (indent === null) return end;
    // Searched for once in each window: what is tried is short, and often fails.
    if (this.#tidy - this.#base <= at) {
      const from = Math.max(at + 1 - indent.length - 1, this.#first - this.#base);
      const line = this.#window.indexOf(`\n${indent}{`, from, "latin1");
      // One that begins at the end of the window is found in the next one.
      this.#tidy = this.#base + (line < 0 ? end : line + 1 + indent.length);
    }
    return Math.min(this.#tidy - this.#base, end);
  }

  #isTidy(at: number): boolean {
    const indent = this.#rows.tidyIndent;
    return indent !== null && beginsLine(this.#window, at, indent, this.#first - this.#base);
  }
}
